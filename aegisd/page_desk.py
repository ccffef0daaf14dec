"""Where people find the page: under the URL that the configuration names, else where HTTP is served.

Only the HTTP door knows its addresses: a port may have been chosen by the kernel, a socket may have come from systemd.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

_HERE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - where all addresses listen, this host's own does too


class PageDesk:
    """Held by `Daemon`; `configured` gives `[web] url` as it is in force. The HTTP door says when it serves."""

    def __init__(self, *, configured: Callable[[], str | None]) -> None:
        self._configured = configured
        self._addresses: tuple[str, ...] = ()

    @contextmanager
    def serving(self, addresses: Sequence[str]) -> Iterator[None]:
        """HTTP is served on `addresses` (`http://127.0.0.1:8640`, `unix:/run/aegis/web.sock`) until the block ends."""
        self._addresses = tuple(addresses)
        try:
            yield
        finally:
            self._addresses = ()

    def find_url(self) -> str | None:
        """`[web] url`, else the first address that a browser on this host reaches; None when there is none."""
        configured = self._configured()
        if configured is not None:
            return configured.rstrip("/")
        return next(
            (_from_here(address) for address in self._addresses if address.startswith(("http://", "https://"))), None
        )


def _from_here(address: str) -> str:
    parts = urlsplit(address)
    host, _, port = parts.netloc.rpartition(":")
    return urlunsplit(parts._replace(netloc=f"{_HERE.get(host, host)}:{port}"))
