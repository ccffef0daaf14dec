"""Runs of a part of a workflow: what is left out is skipped and says why, and a retry leaves it out too."""

import pytest
import trio

from aegisd.core.codec import decode_workflow
from aegisd.core.model import Part, Result, Trigger, Workflow
from aegisd.core.state import fold
from aegisd.parameters import leave_out
from aegisd.views import show_plan_steps
from aegisd.wire.errors import CallError
from tests.engine.kit import House, failing, open_house, step, workflow
from tests.engine.scripted import ScriptedSpec, Stage


async def _run(house: House, definition: Workflow, part: Part) -> int:
    run = await house.acceptance.accept(definition, params={}, trigger=Trigger(by="uid:7"), part=part)
    await house.wait_ended(run)
    return run


async def test_a_part_runs(autojump_clock: trio.abc.Clock) -> None:
    """A run from a step on: the steps before it are skipped with the reason, those behind it run, and it passes."""
    async with open_house() as house:
        run = await _run(house, workflow(step("a"), step("b"), step("c")), Part(start=("b",)))
        summary = await house.store.get_run(run)
    state = fold(run, house.events(run))
    assert [each.result for each in state.steps.values()] == [Result.SKIP, Result.SUCCESS, Result.SUCCESS]
    assert state.steps[0].reason == "not asked for: what begins with b"
    assert state.result is Result.SUCCESS
    assert summary is not None
    assert summary.part == Part(start=("b",))
    assert house.datum(run, "workflow.queued").part == Part(start=("b",))


async def test_skipped_failure_does_not_count(autojump_clock: trio.abc.Clock) -> None:
    """Hooks that would fail are left out and the rest completes (S86)."""
    async with open_house() as house:
        run = await _run(house, workflow(failing("hooks"), step("tests")), Part(skip=("hooks",)))
    state = fold(run, house.events(run))
    assert (state.result, state.steps[1].result) == (Result.SUCCESS, Result.SUCCESS)
    assert state.steps[0].reason == "left out of this run"


@pytest.mark.parametrize("failed", [False, True])
async def test_retry_keeps_the_part(autojump_clock: trio.abc.Clock, *, failed: bool) -> None:
    """A retry, of all or of what failed, carries out the same part as the run that it repeats."""
    definition = workflow(step("a"), failing("b"), step("c"))
    async with open_house() as house:
        run = await _run(house, definition, Part(only=("b",)))
        summary = await house.store.get_run(run)
        assert summary is not None
        kept = decode_workflow(
            await house.store.read_definition(summary.definition) or b"", step_types={"scripted": ScriptedSpec}
        )
        again = await house.acceptance.accept_again(
            summary, kept, fold(run, house.events(run)), failed=failed, trigger=Trigger(), note=None
        )
        await house.wait_ended(again)
    results = [each.result for each in fold(again, house.events(again)).steps.values()]
    assert results == [Result.SKIP, Result.FAILURE, Result.SKIP]
    assert house.datum(again, "workflow.queued").part == Part(only=("b",))


@pytest.mark.parametrize(
    ("part", "words", "hint"),
    [
        (Part(only=("lnit",)), 'w has no step "lnit"', 'did you mean "lint"?'),
        (Part(start=("zzz",)), 'w has no step "zzz"', "steps: lint, tests"),
        (Part(skip=("x" * 500,)), f'w has no step "{"x" * 80}"', "steps: lint, tests"),
        (Part(only=("lint",), skip=("lint",)), "all steps of w are left out", None),
    ],
)
async def test_bad_parts(part: Part, words: str, hint: str | None, autojump_clock: trio.abc.Clock) -> None:
    """Steps that there are not are refused with the nearest name, and nothing is recorded."""
    async with open_house() as house:
        with pytest.raises(CallError) as caught:
            await house.acceptance.accept(
                workflow(step("lint"), step("tests")), params={}, trigger=Trigger(), part=part
            )
        assert str(caught.value) == words
        assert caught.value.parameters.get("hint") == hint
        assert await house.store.get_run(1) is None


async def test_a_restart_keeps_the_part(autojump_clock: trio.abc.Clock) -> None:
    """What an aegisd that begins anew makes of the row of a run leaves out the same steps, for the same reasons."""
    definition = workflow(step("a"), step("b"))
    async with open_house() as house:
        run = await _run(house, definition, Part(skip=("a",)))
        summary = await house.store.get_run(run)
        assert summary is not None
        assert house.acceptance.restore(summary, definition).left_out == {"a": "left out of this run"}


def test_a_plan_says_what_is_left_out() -> None:
    """A plan has all steps; those that the part leaves out say why, in the words of a run of it."""
    definition, kinds = workflow(step("a"), step("b"), step("c")), {"scripted": Stage().step_type()}
    left_out = leave_out(Part(start=("b",), skip=("c",)), definition)
    shown = show_plan_steps(definition, kinds, left_out=left_out)
    assert [each["left_out"] for each in shown] == ["not asked for: what begins with b", None, "left out of this run"]
    assert leave_out(None, definition) == {}
    assert [each["left_out"] for each in show_plan_steps(definition, kinds)] == [None] * 3


@pytest.mark.parametrize(("part", "kind"), [(Part(only=("x",)), "NoSuchStep"), (Part(skip=("a", "b")), "BadParameter")])
def test_a_plan_of_nothing(part: Part, kind: str) -> None:
    """What a run would refuse, a plan refuses too."""
    with pytest.raises(CallError) as caught:
        leave_out(part, workflow(step("a"), step("b")))
    assert caught.value.name.endswith(kind)
