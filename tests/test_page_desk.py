"""Where people are sent to see the page."""

import pytest

from aegisd.page_desk import PageDesk


def _find(addresses: list[str], url: str | None = None) -> str | None:
    desk = PageDesk(configured=lambda: url)
    with desk.serving(addresses):
        return desk.find_url()


@pytest.mark.parametrize(
    ("addresses", "url"),
    [
        ([], None),
        (["unix:/run/aegis/web.sock"], None),
        (["unix:/run/aegis/web.sock", "http://127.0.0.1:8640"], "http://127.0.0.1:8640"),
        (["http://0.0.0.0:80"], "http://127.0.0.1:80"),
        (["http://[::]:8640"], "http://[::1]:8640"),
        (["http://[fd00::1]:8640"], "http://[fd00::1]:8640"),
        (["https://0.0.0.0:443"], "https://127.0.0.1:443"),
    ],
)
def test_the_address_that_a_browser_here_reaches(addresses: list[str], url: str | None) -> None:
    """The first one that speaks HTTP over a network; a socket on all addresses is reached on this host's own."""
    assert _find(addresses) == url


def test_the_configured_url_comes_first() -> None:
    """`[web] url` is where a proxy serves the page, also while nothing else does."""
    assert _find(["http://127.0.0.1:8640"], "https://ci.example.org/aegis/") == "https://ci.example.org/aegis"
    assert _find([], "https://ci.example.org") == "https://ci.example.org"


def test_nothing_once_it_is_not_served() -> None:
    """A door that has fallen is not told as a place to go to."""
    desk = PageDesk(configured=lambda: None)
    with desk.serving(["http://127.0.0.1:8640"]):
        assert desk.find_url() is not None
    assert desk.find_url() is None
