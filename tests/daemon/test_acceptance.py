"""Accepting runs: parameters, numbers, retries, and what is refused before anything is recorded."""

from pathlib import Path

import pytest
import trio

from aegisd.core.codec import decode_workflow
from aegisd.core.model import Parameter, Result, Trigger
from aegisd.core.part import reusable_steps
from aegisd.core.state import fold
from aegisd.wire.errors import CallError
from tests.engine.kit import House, failing, open_house, step, workflow
from tests.engine.scripted import Play, ScriptedSpec
from tests.timeline.kit import FailingStore

_PARAMS = (Parameter(name="target"), Parameter(name="level", default="1"))


async def _again(house: House, run: int, *, failed: bool) -> int:
    """A retry of `run`, as the daemon asks for it."""
    summary = await house.store.get_run(run)
    assert summary is not None
    body = await house.store.read_definition(summary.definition)
    definition = decode_workflow(body or b"", step_types={"scripted": ScriptedSpec})
    state = fold(run, house.events(run))
    return await house.acceptance.accept_again(
        summary, definition, state, failed=failed, trigger=Trigger(by="uid:7"), note="again"
    )


async def test_parameters(autojump_clock: trio.abc.Clock) -> None:
    """What is given goes over the defaults and is in the event of the run."""
    async with open_house() as house:
        run = await house.submit(workflow(params=_PARAMS), target="prod")
        await house.wait_ended(run)
    queued = house.datum(run, "workflow.queued")
    assert dict(queued.params) == {"target": "prod", "level": "1"}
    assert queued.trigger.by == "uid:1000"


@pytest.mark.parametrize(
    ("given", "words", "hint"),
    [
        ({}, "w needs target", "aegisctl run w target=VALUE"),
        ({"target": "x", "levle": "2"}, 'w has no parameter "levle"', 'did you mean "level"?'),
        ({"target": "x", "zzz": "2"}, 'w has no parameter "zzz"', "parameters: target, level"),
        ({"target": "a\0b"}, "a parameter holds a NUL byte, or all together are above 64 KiB", None),
        ({"target": "x" * 70_000}, "a parameter holds a NUL byte, or all together are above 64 KiB", None),
    ],
)
async def test_bad_parameters(
    given: dict[str, str], words: str, hint: str | None, autojump_clock: trio.abc.Clock
) -> None:
    """A run that cannot be is refused in words, with the next thing to do, and leaves nothing behind."""
    async with open_house() as house:
        with pytest.raises(CallError) as caught:
            await house.submit(workflow(params=_PARAMS), **given)
        assert (str(caught.value), caught.value.name) == (words, "io.aegisd.Control.BadParameter")
        assert caught.value.parameters.get("hint") == hint
        assert await house.submit(workflow()) == 1


async def test_a_relative_directory(autojump_clock: trio.abc.Clock) -> None:
    """A directory must be absolute: aegisd's own is nobody's business."""
    async with open_house() as house:
        with pytest.raises(CallError, match="not an absolute path"):
            await house.acceptance.accept(workflow(), params={}, trigger=Trigger(), dir="here")


async def test_a_store_that_fails(autojump_clock: trio.abc.Clock) -> None:
    """W1.16: while events cannot be recorded no run is accepted, and the reason is said."""
    async with open_house(store=FailingStore(failures=3)) as house, trio.open_nursery() as nursery:
        nursery.start_soon(house.submit, workflow())
        await trio.sleep(0.5)
        with pytest.raises(CallError, match="the disk is full"):
            await house.submit(workflow())


async def test_retry_failed_steps(autojump_clock: trio.abc.Clock) -> None:
    """`retry --failed` runs what failed and what comes after it; what passed is taken over, with its run's number."""
    flaky = step("flaky", Play(result=Result.FAILURE), Play())
    definition = workflow(step("a", needs=()), flaky, step("after"), step("other", needs=("a",)))
    async with open_house() as house:
        run = await house.run(definition)
        again = await _again(house, run, failed=True)
        await house.wait_ended(again)
        third = await _again(house, again, failed=False)
        await house.wait_ended(third)
    queued = house.datum(again, "workflow.queued")
    assert (queued.retry_of, queued.reused, queued.reason) == (run, ("a", "other"), "again")
    assert house.told(again)[2:] == [
        "step.skipped a",
        "step.started flaky",
        "step.skipped other",
        "step.completed flaky",
        "step.started after",
        "step.completed after",
        "workflow.completed",
    ]
    skipped = house.datum(again, "step.skipped", "a")
    assert (skipped.reused, skipped.reason) == (run, f"passed in run #{run}")
    assert house.datum(again, "workflow.completed").success
    assert house.datum(third, "workflow.queued").reused == ()


async def test_what_cannot_be_retried(autojump_clock: trio.abc.Clock) -> None:
    """A run that has not ended, and with --failed one in which nothing failed."""
    async with open_house() as house:
        run = await house.submit(workflow(step("a", delay=5.0)))
        with pytest.raises(CallError, match=f"run #{run} has not ended yet"):
            await _again(house, run, failed=False)
        await house.wait_ended(run)
        with pytest.raises(CallError, match=f"nothing failed in run #{run}"):
            await _again(house, run, failed=True)


async def test_skipped_steps_are_judged_anew(autojump_clock: trio.abc.Clock) -> None:
    """A step that was skipped is not taken over as passed."""
    definition = workflow(failing("a"), step("clean", condition="on_failure"), step("b"))
    async with open_house() as house:
        run = await house.run(definition)
    assert reusable_steps(definition, fold(run, house.events(run))) == ()


@pytest.mark.parametrize(
    ("directory", "own"), [("runs/1/workspace", True), ("runs-of-others/app", False), ("/srv/app", False)]
)
async def test_whose_directory(directory: str, own: bool, autojump_clock: trio.abc.Clock) -> None:  # noqa: FBT001
    """Only a directory below aegisd's own runs is made by aegisd; a neighbour with a similar name is not."""
    async with open_house() as house:
        run = await house.run(workflow())
        summary = await house.store.get_run(run)
        assert summary is not None
        order = house.acceptance.restore(summary, workflow(dir=directory))
    assert (order.dir, order.own_dir) == (directory, own)
    assert Path(house.acceptance.directory(summary, workflow())) == Path("runs", str(run), "workspace")
