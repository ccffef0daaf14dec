"""Where a request comes from, behind proxies: only those that are trusted are believed."""

import pytest

from aegis_web.forwarded import is_trusted, trace

PROXIES = ("127.0.0.1", "10.0.0.0/8", "unix", "::1")


@pytest.mark.parametrize(
    ("address", "named", "origin"),
    [
        pytest.param("127.0.0.1", ["203.0.113.5"], "203.0.113.5", id="one proxy"),
        pytest.param("unix", ["203.0.113.5"], "203.0.113.5", id="at the Unix socket"),
        pytest.param("127.0.0.1", ["198.51.100.1", "203.0.113.5"], "203.0.113.5", id="what a client made up"),
        pytest.param("127.0.0.1", ["203.0.113.5", "10.1.2.3"], "203.0.113.5", id="two proxies"),
        pytest.param("203.0.113.9", ["10.0.0.1"], "203.0.113.9", id="not a proxy"),
        pytest.param("127.0.0.1", [], "127.0.0.1", id="nothing named"),
        pytest.param("127.0.0.1", ["203.0.113.5", "unknown"], "127.0.0.1", id="no address"),
        pytest.param("::1", ["[2001:db8::1]"], "2001:db8::1", id="six"),
        pytest.param("::ffff:127.0.0.1", ["203.0.113.5"], "203.0.113.5", id="four in six"),
        pytest.param("127.0.0.1", ["10.0.0.1", "10.0.0.2"], "10.0.0.1", id="all trusted"),
    ],
)
def test_the_way_back(address: str, named: list[str], origin: str) -> None:
    """The last address that a trusted proxy has seen is where a request comes from."""
    assert trace(address, named, PROXIES) == origin


def test_nobody_is_trusted_unasked() -> None:
    """Without the setting every address is only itself."""
    assert not is_trusted("127.0.0.1", ())
    assert not is_trusted("unix", ("127.0.0.1",))
    assert not is_trusted("nonsense", PROXIES)
