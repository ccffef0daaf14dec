"""Answers of this moment: what was worked out for one client is given to the next, as long as nothing has happened.

The moment is the newest event and the configuration. Because a few things change without an event (who waits behind
whom, how late a service answered), an answer is not given for longer than a quarter of a second either. So a crowd of
monitors and open pages costs one look each time, and nobody sees what is older than their request by more than that.
"""

from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

import trio
from quart import current_app
from quart_trio import QuartTrio

from aegisd.daemon import Daemon

_EXTENSION = "aegis_snapshots"
_FRESH_S = 0.25
_MOST = 64
_LARGEST = 256 * 1024
T = TypeVar("T")


class Snapshots:
    """See the module; one for each app."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._moment: tuple[object, ...] = ()
        self._known: dict[Hashable, tuple[float, Any]] = {}

    async def get(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """What `make` gives, or gave a moment ago for the same `key`; it must be the same for all who have that key."""
        moment, now = self._read_moment(), trio.current_time()
        if moment != self._moment or len(self._known) > _MOST:
            self._moment = moment
            self._known.clear()
        found = self._known.get(key)
        if found is not None and now - found[0] < _FRESH_S:
            value: T = found[1]
            return value
        value = await make()
        if self._read_moment() == moment == self._moment and not _is_large(
            value
        ):  # else it may be older than the event
            self._known[key] = now, value
        return value

    def _read_moment(self) -> tuple[object, ...]:
        return self._daemon.cursor, id(self._daemon.config)


def _is_large(value: object) -> bool:
    parts = value if isinstance(value, tuple) else (value,)
    return sum(len(part) for part in parts if isinstance(part, bytes)) > _LARGEST


def add_snapshots(app: QuartTrio, daemon: Daemon) -> None:
    """Let the tenants of `app` have them."""
    app.extensions[_EXTENSION] = Snapshots(daemon)


def current_snapshots() -> Snapshots:
    """Those of the app that answers now."""
    snapshots: Snapshots = current_app.extensions[_EXTENSION]
    return snapshots
