"""A program that went on without aegisd: its attempt goes on with what is left of its limit, and so does the run."""

from collections import Counter

import trio
from attrs import define

from aegisd.core.model import OnRestart, Result, Workflow
from aegisd.engine.taking_over import name_attempt
from tests.daemon.crash import crash, recover
from tests.engine.kit import House, open_house, step, workflow
from tests.engine.scripted import Play, Stage
from tests.timeline.kit import virtual_clock

_DAY_S = 86400.0


@define
class FakeWard:
    """A program that nobody holds; `ends` counts who has ended it."""

    name: str = name_attempt(1, 0, 1)
    memo: str = ""
    ended_at: float | None = None
    ends: int = 0

    async def end(self) -> None:
        """Count it."""
        self.ends += 1


async def _go_on(definition: Workflow, ward: FakeWard, *, away: float, ahead: float = 0.0) -> House:
    """The run is cut off after 5 s and taken up again `away` seconds later, with the wall clock `ahead`. Steps play
    their second play then, if they have one."""
    stage = Stage(calls=Counter({step.spec: 1 for step in definition.steps if len(step.spec.plays) > 1}))
    disk = await crash(definition, after=5.0, clock=virtual_clock())
    await trio.sleep(away)
    async with open_house(
        store=disk, last_seq=len(disk.records), workflows=(definition,), stage=stage, clock=virtual_clock(ahead=ahead)
    ) as house:
        assert await recover(house, {ward.name: ward}) == ()
        await house.wait_ended(1)
    return house


async def test_it_goes_on(autojump_clock: trio.abc.Clock) -> None:
    """The attempt is the same one, and lasts from its first beginning; what nobody took over is ended after it."""
    ward = FakeWard()
    house = await _go_on(workflow(step("a", delay=10.0), step("b")), ward, away=2.0)
    assert house.told(1)[3:7] == ["workflow.resumed", "step.adopted a", "step.completed a", "step.started b"]
    assert house.datum(1, "workflow.resumed").interrupted == ()
    adopted = house.datum(1, "step.adopted")
    assert (adopted.ended, adopted.after_s) == (False, 7.0)
    end = house.datum(1, "step.completed", "a")
    assert [(each.attempt, each.duration_s) for each in end.attempts] == [(1, 17.0)]
    assert (end.result, end.duration_s) == (Result.SUCCESS, 17.0)
    assert ward.ends == 1


async def test_the_rest_of_its_limit(autojump_clock: trio.abc.Clock) -> None:
    """Its limit counts on while nobody was there, whatever the wall clock says."""
    for ahead in (0.0, -_DAY_S, _DAY_S):
        house = await _go_on(workflow(step("a", delay=10.0, timeout=9.0)), FakeWard(), away=2.0, ahead=ahead)
        (attempt,) = house.datum(1, "step.completed").attempts
        assert (attempt.result, attempt.duration_s) == (Result.TIMEOUT, 9.0)


async def test_its_limit_passed_meanwhile(autojump_clock: trio.abc.Clock) -> None:
    """One that still executes after its limit is ended at once."""
    house = await _go_on(workflow(step("a", delay=10.0, timeout=9.0)), FakeWard(), away=30.0)
    (attempt,) = house.datum(1, "step.completed").attempts
    assert (attempt.result, attempt.duration_s) == (Result.TIMEOUT, 35.0)


async def test_it_ended_in_time(autojump_clock: trio.abc.Clock) -> None:
    """One that has ended within its limit has not timed out, and lasted until then."""
    ward = FakeWard(ended_at=virtual_clock().boottime() + 7.0)
    house = await _go_on(workflow(step("a", Play(delay=10.0), Play(), timeout=9.0)), ward, away=30.0)
    end = house.datum(1, "step.completed")
    assert (end.result, end.duration_s, end.attempts[0].duration_s) == (Result.SUCCESS, 7.0, 7.0)
    assert house.datum(1, "step.adopted").ended


async def test_it_ended_too_late(autojump_clock: trio.abc.Clock) -> None:
    """One that has ended after its limit has timed out."""
    ward = FakeWard(ended_at=virtual_clock().boottime() + 20.0)
    house = await _go_on(workflow(step("a", delay=10.0, timeout=9.0)), ward, away=30.0)
    (attempt,) = house.datum(1, "step.completed").attempts
    assert (attempt.result, attempt.duration_s) == (Result.TIMEOUT, 20.0)


async def test_the_limit_of_the_run(autojump_clock: trio.abc.Clock) -> None:
    """A run whose own limit has passed ends, and its program with it."""
    ward = FakeWard()
    house = await _go_on(workflow(step("a", delay=10.0), timeout=9.0), ward, away=30.0)
    assert house.datum(1, "workflow.completed").result is Result.TIMEOUT
    assert ward.ends == 1


async def test_nothing_was_cut_short(autojump_clock: trio.abc.Clock) -> None:
    """A run that is not to be resumed, and a step that must not run twice, go on: nothing of them was interrupted."""
    once = step("a", delay=10.0, idempotent=False)
    house = await _go_on(workflow(once, on_restart=OnRestart.FAIL), FakeWard(), away=2.0)
    assert house.datum(1, "workflow.completed").result is Result.SUCCESS


async def test_another_attempt_than_it_was(autojump_clock: trio.abc.Clock) -> None:
    """A program of an attempt that is not the last one is none of the run's."""
    definition = workflow(step("a", delay=10.0))
    disk = await crash(definition, after=5.0, clock=virtual_clock())
    ward = FakeWard(name=name_attempt(1, 0, 2))
    async with open_house(
        store=disk, last_seq=len(disk.records), workflows=(definition,), clock=virtual_clock()
    ) as house:
        assert await recover(house, {ward.name: ward}) == (1,)
        await house.wait_ended(1)
    assert "step.interrupted a" in house.told(1)
