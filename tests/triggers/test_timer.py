"""The task behind timers, in virtual time: a clock that can be set, a store in memory, a starter that notes."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import trio
from attrs import define, evolve, field

from aegisd.config.trigger_keys import TriggerConfig
from aegisd.config.trigger_timer import TimerSpec
from aegisd.core.record import Batch, StoreError
from aegisd.store.memory import MemoryStore
from aegisd.timeline.identity import Clock, format_time
from aegisd.triggers.due import Due
from aegisd.triggers.timer import Timers

HOUR, DAY = 3600.0, 86_400.0
EIGHT = datetime(2026, 11, 21, 8, tzinfo=UTC).timestamp()


@define(kw_only=True)
class World:
    """A host: its store, its clock (set by `ahead`), and what the timers did: `runs` and `missed` as (name, due)."""

    store: MemoryStore = field(factory=MemoryStore)
    ahead: float = 0.0
    runs: list[tuple[str, str]] = field(factory=list)
    missed: list[tuple[str, str]] = field(factory=list)
    numbers: list[int] = field(factory=list)
    is_open: bool = True

    def now(self) -> float:
        """The wall clock."""
        return EIGHT + trio.current_time() - self.began + self.ahead

    began: float = field(factory=trio.current_time)

    async def start(self, trigger: TriggerConfig, *, due: Due, marks: Mapping[str, str]) -> bool:
        """Note a run, and write the marks with it."""
        if not self.is_open:
            return False
        await self.store.commit(Batch(records=(), marks=marks))
        self.runs.append((trigger.name, show(due.at)))
        self.numbers.append(due.number)
        return True

    async def miss(self, trigger: TriggerConfig, *, due: Due, marks: Mapping[str, str]) -> None:
        """Note what was missed."""
        await self.store.commit(Batch(records=(), marks=marks))
        self.missed.append((trigger.name, show(due.at)))

    @asynccontextmanager
    async def aegisd(self, *triggers: TriggerConfig) -> AsyncIterator[Timers]:
        """One life of the daemon; leaving the block is its end, at any moment."""
        clock = Clock(wall=self.now, monotonic=trio.current_time)
        timers = Timers(store=self.store, clock=clock, starter=self, host="buildhost")
        timers.configure(triggers)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(timers.run)
            await trio.sleep(0.5)
            yield timers
            nursery.cancel_scope.cancel()


def show(moment: float) -> str:
    """`21T09:00:00`."""
    return format_time(moment)[8:19]


def timer(name: str = "hourly", cron: str = "0 * * * *", **keys: object) -> TriggerConfig:
    """A timer of the workflow ci."""
    spec = TimerSpec(cron=cron, **keys)  # type: ignore[arg-type]
    return TriggerConfig(name=name, type="timer", workflow="ci", spec=spec)


async def test_runs_when_due(autojump_clock: trio.abc.Clock) -> None:
    """Each due time starts one run, at that time."""
    world = World()
    async with world.aegisd(timer(), timer("half", "30 * * * *")) as timers:
        assert show(timers.next_at("hourly") or 0) == "21T09:00:00"
        await trio.sleep(2 * HOUR)
    assert world.runs == [
        ("half", "21T08:30:00"),
        ("hourly", "21T09:00:00"),
        ("half", "21T09:30:00"),
        ("hourly", "21T10:00:00"),
    ]
    assert world.missed == []


async def test_a_restart_runs_nothing_again(autojump_clock: trio.abc.Clock) -> None:
    """Right after a run, and again and again: what has run stays done."""
    world = World()
    for _ in range(4):
        async with world.aegisd(timer(catch_up=True)):
            await trio.sleep(HOUR / 2)
    assert [due for _, due in world.runs] == ["21T09:00:00", "21T10:00:00"]


async def test_downtime_is_made_up_for_once(autojump_clock: trio.abc.Clock) -> None:
    """Down for five due times: one run for all of them with catch_up, and the news without it."""
    world = World()
    triggers = timer("with", catch_up=True), timer("without")
    async with world.aegisd(*triggers):
        await trio.sleep(1)
    await trio.sleep(5.5 * HOUR)
    async with world.aegisd(*triggers):
        await trio.sleep(60)
    assert world.runs == [("with", "21T13:00:00")]
    assert world.missed == [("without", "21T13:00:00")]
    assert world.numbers == [5]


async def test_a_new_timer_counts_from_now(autojump_clock: trio.abc.Clock) -> None:
    """What was due before somebody wrote the timer is not made up for, not even after a restart."""
    world = World()
    async with world.aegisd():
        await trio.sleep(1)
    async with world.aegisd(timer(cron="0 7 * * *", catch_up=True)):
        await trio.sleep(60)
    assert world.runs == []


async def test_a_reload_starts_nothing_twice(autojump_clock: trio.abc.Clock) -> None:
    """Reloads in the very second that a timer is due, and a change of something else, are no second run."""
    world = World()
    async with world.aegisd(timer(catch_up=True)) as timers:
        await trio.sleep(HOUR - 0.5)
        for reason in ("a", "b", "c"):
            timers.configure([evolve(timer(catch_up=True), reason=reason), timer("other", "0 5 * * *")])
            await trio.sleep(0.25)
        await trio.sleep(HOUR)
    assert [due for _, due in world.runs] == ["21T09:00:00", "21T10:00:00"]


async def test_other_times_count_from_the_reload(autojump_clock: trio.abc.Clock) -> None:
    """A timer that is changed to a time which was earlier today does not make up for it; removed ones stop."""
    world = World()
    async with world.aegisd(timer(), timer("gone")) as timers:
        await trio.sleep(HOUR / 2)
        timers.configure([timer(cron="15 * * * *", catch_up=True)])
        await trio.sleep(HOUR)
        assert timers.next_at("gone") is None
    assert world.runs == [("hourly", "21T09:15:00")]


async def test_switched_off_and_on_again(autojump_clock: trio.abc.Clock) -> None:
    """What is due while a timer is off is not made up for when it is switched on."""
    world = World()
    async with world.aegisd(timer(catch_up=True)) as timers:
        timers.configure([evolve(timer(catch_up=True), enabled=False)])
        await trio.sleep(2 * HOUR)
        assert timers.next_at("hourly") is None
        timers.configure([timer(catch_up=True)])
        await trio.sleep(HOUR / 2)
    assert world.runs == []


@pytest.mark.parametrize("jump", [HOUR, -HOUR, DAY, -DAY])
async def test_a_clock_that_is_set(autojump_clock: trio.abc.Clock, jump: float) -> None:
    """The clock is set an hour or a day forward or back: noticed within a minute, nothing lost, nothing twice."""
    world = World()
    async with world.aegisd(timer(catch_up=True)):
        await trio.sleep(1.5 * HOUR)
        world.ahead = jump
        await trio.sleep(61)
        soon = list(world.runs)
        await trio.sleep(3 * HOUR)
    assert len(soon) == (2 if jump > 0 else 1)
    assert len(set(world.runs)) == len(world.runs)
    assert sum(world.numbers) == int(max(0.0, (world.now() - EIGHT) // HOUR, 1))


async def test_one_that_cannot_run_now_is_tried_again(autojump_clock: trio.abc.Clock) -> None:
    """While nothing may start, the due time is kept; then there is one run for all of them."""
    world = World(is_open=False)
    async with world.aegisd(timer(catch_up=True)):
        await trio.sleep(2.25 * HOUR)
        assert world.runs == []
        world.is_open = True
        await trio.sleep(10)
    assert world.runs == [("hourly", "21T10:00:00")]
    assert world.numbers == [2]


async def test_jitter_is_the_same_after_a_restart(autojump_clock: trio.abc.Clock) -> None:
    """With jitter a run starts later than due, within the bound, always by as much; two timers differ."""
    world = World()
    for _ in range(2):
        async with world.aegisd(timer("a", jitter=600.0), timer("b", jitter=600.0)) as timers:
            await trio.sleep(HOUR)
            due = {name: timers.next_at(name) for name in ("a", "b")}
    late = {name: {int(at[6:8]) * 60 + int(at[9:11]) for each, at in world.runs if each == name} for name in ("a", "b")}
    assert all(len(each) == 1 and max(each) <= 600 for each in late.values())
    assert late["a"] != late["b"]
    assert {name: {int((due[name] or 0) % HOUR)} for name in due} == late


async def test_a_store_that_fails_stops_no_timer(autojump_clock: trio.abc.Clock) -> None:
    """When marks cannot be read or written for a while, timers go on afterwards."""

    class Flaky(MemoryStore):
        failures = 3

        async def write_marks(self, marks: Mapping[str, str | None]) -> None:
            if self.failures:
                self.failures -= 1
                message = "the disk is full"
                raise StoreError(message)
            await super().write_marks(marks)

        async def read_marks(self) -> dict[str, str]:
            if self.failures > 2:
                self.failures -= 1
                message = "the disk is gone"
                raise StoreError(message)
            return await super().read_marks()

    world = World(store=Flaky())
    async with world.aegisd(timer()):
        await trio.sleep(HOUR)
    assert world.runs == [("hourly", "21T09:00:00")]
    assert list(await world.store.read_marks()) == ["timer.hourly"]


async def test_what_nobody_could_write_down_is_not_begun(autojump_clock: trio.abc.Clock) -> None:
    """A new timer counts only once that is on disk: a restart knows from when on."""

    class Full(MemoryStore):
        full = True

        async def write_marks(self, marks: Mapping[str, str | None]) -> None:
            if self.full:
                message = "the disk is full"
                raise StoreError(message)
            await super().write_marks(marks)

    store = Full()
    world = World(store=store)
    async with world.aegisd(timer(catch_up=True)):
        await trio.sleep(1.5 * HOUR)
        assert world.runs == []
        store.full = False
        await trio.sleep(HOUR)
    assert world.runs == [("hourly", "21T10:00:00")]


async def test_a_defect_of_one_timer_stops_no_other(
    autojump_clock: trio.abc.Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """What nobody expected ends in the log, and the timers beside it run on time."""

    class Broken(World):
        async def start(self, trigger: TriggerConfig, *, due: Due, marks: Mapping[str, str]) -> bool:
            if trigger.name == "broken":
                raise ZeroDivisionError
            return await super().start(trigger, due=due, marks=marks)

    world = Broken()
    async with world.aegisd(timer("broken"), timer()):
        await trio.sleep(2 * HOUR)
    assert [due for _, due in world.runs] == ["21T09:00:00", "21T10:00:00"]
    assert "the timer broken failed" in caplog.text


async def test_a_clock_from_the_future(autojump_clock: trio.abc.Clock) -> None:
    """After a clock that was a year ahead is put right, timers go on by the right one, also after a restart."""
    world = World(ahead=365 * DAY)
    async with world.aegisd(timer(catch_up=True)):
        await trio.sleep(1.5 * HOUR)
        world.ahead = 0.0
        await trio.sleep(HOUR / 4)
    world.runs.clear()
    async with world.aegisd(timer(catch_up=True)):
        await trio.sleep(HOUR)
    assert world.runs == [("hourly", "21T10:00:00")]
