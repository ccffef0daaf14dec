"""Answers of this moment: given again as long as nothing happens, and no longer."""

import trio
import trio.testing

from aegis_web.snapshots import Snapshots


class Daemon:
    """As much of the daemon as says what moment it is."""

    cursor = "e.1"
    config = object()


class Maker:
    """Counts; `meanwhile` happens while it makes."""

    def __init__(self) -> None:
        self.made = 0
        self.meanwhile = lambda: None
        self.value: bytes | None = None

    async def make(self) -> object:
        """The next one."""
        self.made += 1
        self.meanwhile()
        return self.made if self.value is None else self.value


async def test_the_same_moment(autojump_clock: trio.testing.MockClock) -> None:
    """One look for all who ask for the same; another key, event, configuration or quarter of a second is a new one."""
    daemon, maker = Daemon(), Maker()
    snapshots = Snapshots(daemon)  # type: ignore[arg-type]
    assert [await snapshots.get("a", maker.make) for _ in range(3)] == [1, 1, 1]
    assert await snapshots.get("b", maker.make) == 2
    daemon.cursor = "e.2"
    assert [await snapshots.get("a", maker.make) for _ in range(2)] == [3, 3]
    daemon.config = object()
    assert await snapshots.get("a", maker.make) == 4
    await trio.sleep(0.2)
    assert await snapshots.get("a", maker.make) == 4
    await trio.sleep(0.06)
    assert await snapshots.get("a", maker.make) == 5


async def test_what_is_not_kept(autojump_clock: trio.testing.MockClock) -> None:
    """What may be older than an event that came meanwhile, and what is large."""
    daemon, maker = Daemon(), Maker()
    snapshots = Snapshots(daemon)  # type: ignore[arg-type]

    def happen() -> None:
        daemon.cursor = "e.9"

    maker.meanwhile = happen
    assert [await snapshots.get("a", maker.make) for _ in range(3)] == [1, 2, 2]
    maker.value = b"x" * 300_000
    for _ in range(2):
        await snapshots.get("large", maker.make)
    assert maker.made == 4
    for number in range(1000):
        await snapshots.get(number, Maker().make)
    assert len(snapshots._known) <= 65
