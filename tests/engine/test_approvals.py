"""Runs that wait for a person, in virtual time: slots, order, restarts, races."""

from typing import TYPE_CHECKING

import pytest
import trio

from aegisd.approval_desk import ApprovalDesk
from aegisd.core.model import OnRestart, Result, Step, Workflow
from aegisd.engine.approvals import Approvals
from aegisd.engine.around import Outside
from aegisd.recovery import recover_runs
from aegisd.steps.approval import APPROVAL, ApprovalSpec
from aegisd.wire.errors import CallError
from tests.daemon.crash import Disk
from tests.engine.checks import check_run
from tests.engine.kit import House, open_house, step, workflow
from tests.engine.scripted import ScriptedSpec

if TYPE_CHECKING:
    from aegisd.store.memory import MemoryStore


def ask(name: str = "ask", *, timeout: float | None = None, parallel: bool = False, retries: int = 0) -> Step:
    """A step that asks."""
    spec = ApprovalSpec(message="Go on?")
    return Step(name=name, type="approval", spec=spec, timeout=timeout, parallel=parallel, retries=retries)


class Home:
    """An engine with a desk."""

    def __init__(self) -> None:
        self.approvals = Approvals()
        self.desk = ApprovalDesk(self.approvals)
        self.kinds = {"approval": APPROVAL}
        self.outside = Outside(approvals=self.approvals)

    async def decide(self, run: int, step: str | None = None, *, approve: bool = True) -> None:
        """Decide as dev1."""
        await self.desk.decide(run, step, approve=approve, by="dev1", reason="fine")


async def recover(house: House) -> tuple[int, ...]:
    """What a start does before the doors open."""
    recovery = await recover_runs(
        store=house.store,
        recorder=house.recorder,
        supervisor=house.supervisor,
        acceptance=house.acceptance,
        step_types={"scripted": ScriptedSpec, "approval": ApprovalSpec},
    )
    return recovery.interrupted


async def test_the_slot_is_free_meanwhile(autojump_clock: trio.abc.Clock) -> None:
    """With one slot another run passes while the first one waits; approved while it is taken, the first one waits for
    it, and goes before younger runs and after those of a higher priority."""
    home = Home()
    release = workflow(step("a", delay=1.0), ask(), step("b", delay=1.0), name="release")
    long, urgent = workflow(step("x", delay=10.0), name="long"), workflow(step("x"), name="urgent", priority=5)
    async with open_house(slots=1, workflows=(release, long, urgent), step_types=home.kinds, outside=home.outside) as h:
        first = await h.submit(release)
        await trio.sleep(2)
        assert (h.supervisor.executing, h.supervisor.holding) == ([first], [])
        second = await h.submit(long)
        await trio.sleep(1)
        assert h.supervisor.holding == [second]
        third, fourth = await h.submit(long), await h.submit(urgent)
        await home.decide(first)
        await trio.sleep(1)
        assert "step.started b" not in h.told(first)
        assert h.supervisor.explain_wait(third) is not None
        await h.wait_ended(first, second, third, fourth)
    assert [run for run, _ in h.ended] == [second, fourth, first, third]
    check_run(h.events(first), release, first)
    data = h.datum(first, "step.completed", "ask").data
    assert (data["decision"], data["by"], data["reason"]) == ("approved", "dev1", "fine")
    assert h.datum(first, "approval.granted").waited_s == 2.0


async def test_its_workflow_counts_it(autojump_clock: trio.abc.Clock) -> None:
    """A waiting run is still a run of its workflow: max_concurrent keeps a second one out."""
    home, definition = Home(), workflow(ask(), name="release")
    async with open_house(slots=4, workflows=(definition,), step_types=home.kinds, outside=home.outside) as house:
        first, second = await house.submit(definition), await house.submit(definition)
        await trio.sleep(5)
        assert house.supervisor.waiting == [second]
        await home.decide(first)
        await trio.sleep(5)
        await home.decide(second, approve=False)
        await house.wait_ended(first, second)
    assert house.ended == [(first, Result.SUCCESS), (second, Result.FAILURE)]


async def test_only_while_nothing_else_executes(autojump_clock: trio.abc.Clock) -> None:
    """Beside a step that executes the slot is kept; when that has ended, it is given back; two questions at once are
    told apart by their steps."""
    home = Home()
    batch = workflow(step("w", delay=5.0, parallel=True), ask("p", parallel=True), ask("q", parallel=True), step("end"))
    async with open_house(slots=1, workflows=(batch,), step_types=home.kinds, outside=home.outside) as house:
        run = await house.submit(batch)
        await trio.sleep(2)
        assert house.supervisor.holding == [run]
        await trio.sleep(4)
        assert house.supervisor.holding == []
        with pytest.raises(CallError, match="2 approvals: say which one"):
            await home.decide(run)
        await home.decide(run, "p")
        await trio.sleep(1)
        assert house.supervisor.holding == []
        with pytest.raises(CallError, match="p of run #1 waits for no approval"):
            await home.decide(run, "p")
        await home.decide(run, "q")
        await house.wait_ended(run)
    check_run(house.events(run), batch, run)


async def test_drained_but_not_stuck(autojump_clock: trio.abc.Clock) -> None:
    """A drained aegisd starts nothing, but lets a run go on that was approved."""
    home, definition = Home(), workflow(ask(), step("b", delay=1.0))
    async with open_house(slots=1, step_types=home.kinds, outside=home.outside) as house:
        first, second = await house.submit(definition), await house.submit(definition)
        await trio.sleep(1)
        house.supervisor.hold("dev2")
        await home.decide(first)
        await house.wait_ended(first)
        assert house.supervisor.waiting == [second]


async def test_silence_expires_once(autojump_clock: trio.abc.Clock) -> None:
    """The limit ends the question with an event, and retries do not ask again."""
    home, definition = Home(), workflow(ask(timeout=60.0, retries=3))
    async with open_house(step_types=home.kinds, outside=home.outside) as house:
        run = await house.run(definition)
    assert house.datum(run, "approval.expired").waited_s == 60.0
    end = house.datum(run, "step.completed")
    assert (end.result, end.error, len(end.attempts)) == (Result.TIMEOUT, "nobody decided within 1m", 1)


async def test_cancelled_while_it_waits(autojump_clock: trio.abc.Clock) -> None:
    """A cancellation ends the question; nobody can decide it afterwards."""
    home, definition = Home(), workflow(ask(), step("b"))
    async with open_house(slots=1, step_types=home.kinds, outside=home.outside) as house:
        run = await house.submit(definition)
        await trio.sleep(1)
        await house.supervisor.cancel(run, by="dev1", reason=None)
        await house.wait_ended(run)
        with pytest.raises(CallError, match="waits for no approval"):
            await home.decide(run)
        other = await house.submit(workflow(step("x"), name="other"))
        await house.wait_ended(other)
    assert house.datum(run, "workflow.completed").result is Result.CANCELLATION


async def _wait_through_ends(definition: Workflow, *, ends: int, stop: bool) -> tuple[House, int]:
    """A run that asks while aegisd ends `ends` times, and is approved in the last life."""
    store: MemoryStore = Disk()
    run = 1
    for life in range(ends + 1):
        home = Home()
        async with open_house(
            slots=1, store=store, last_seq=len(store.records), step_types=home.kinds, outside=home.outside
        ) as house:
            if life == 0:
                run = await house.submit(definition)
            else:
                await recover(house)
            await trio.sleep(10)
            assert [question.run for question in home.approvals.all()] == [run]
            if life == ends:
                await home.decide(run)
                await house.wait_ended(run)
            elif not stop:
                store.cut = True  # type: ignore[attr-defined]
        store.cut = False  # type: ignore[attr-defined]
    return house, run


@pytest.mark.parametrize("stop", [True, False])
@pytest.mark.parametrize("on_restart", OnRestart)
async def test_survives_many_ends(autojump_clock: trio.abc.Clock, on_restart: OnRestart, stop: bool) -> None:  # noqa: FBT001
    """However often aegisd stops or is killed: one question, one attempt, the limit counts on, and on_restart = "fail"
    is not meant, for nothing was cut short."""
    definition = workflow(ask(timeout=1000.0), step("b"), on_restart=on_restart)
    house, run = await _wait_through_ends(definition, ends=12, stop=stop)
    told = house.told(run)
    assert (told.count("approval.requested ask"), told.count("workflow.resumed")) == (1, 12)
    assert "step.interrupted ask" not in told
    end = house.datum(run, "step.completed", "ask")
    assert (end.result, len(end.attempts)) == (Result.SUCCESS, 1)
    assert house.datum(run, "approval.granted").waited_s == pytest.approx(130.0)
    assert house.datum(run, "workflow.completed").result is Result.SUCCESS
    check_run(house.events(run), definition, run, down=0.0)


async def test_decided_just_before_the_end(autojump_clock: trio.abc.Clock) -> None:
    """An approval that is on disk is not asked for again, though the step had not ended."""
    store, home = Disk(), Home()
    definition = workflow(ask(), step("b"))
    async with open_house(slots=1, store=store, step_types=home.kinds, outside=home.outside) as house:
        run = await house.submit(definition)
        await trio.sleep(1)
        await home.decide(run)
        store.cut = True
    store.cut = False
    again = Home()
    async with open_house(
        slots=1, store=store, last_seq=len(store.records), step_types=again.kinds, outside=again.outside
    ) as house:
        await recover(house)
        await house.wait_ended(run)
    assert house.told(run).count("approval.requested ask") == 1
    assert house.datum(run, "step.completed", "ask").data["by"] == "dev1"
