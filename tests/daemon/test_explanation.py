"""Why, from histories that the engine made: who waits for whom, who ended what, and that each link can be looked up."""

from typing import Any

import pytest
import trio
from hypothesis import given, settings

from aegisd.core.codec import decode_workflow
from aegisd.core.model import OnBusy, Result, Trigger, Workflow
from aegisd.core.state import fold
from aegisd.drain import drain
from aegisd.explanation import explain
from aegisd.wire.errors import CallError
from tests.engine.kit import House, failing, in_virtual_time, open_house, step, workflow
from tests.engine.random_runs import scenarios
from tests.engine.scripted import Play, ScriptedSpec


async def _why(house: House, run: int, step: str | None = None) -> list[tuple[int | None, str]]:
    """The answer about `run`, as the daemon gives it; each link is held against the event that it names."""
    summary = await house.store.get_run(run)
    assert summary is not None
    body = await house.store.read_definition(summary.definition)
    definition = decode_workflow(body or b"", step_types={"scripted": ScriptedSpec})
    links = await explain(summary, definition, step, store=house.store, supervisor=house.supervisor, silences={})
    events = {event.seq: event for event in house.events()}
    for link in links:
        assert link["text"].strip()
        if link["seq"] is not None:
            assert link["time"] == events[link["seq"]].time
    return [(link["seq"], link["text"]) for link in links]


def _seq(house: House, run: int | None, kind: str, step: str | None = None) -> int:
    """The number of the one event of type `kind`."""
    (seq,) = [event.seq for event in house.events(run) if event.type == kind and step in (None, event.step)]
    return seq


async def test_waiting_for_its_own_kind(autojump_clock: trio.abc.Clock) -> None:
    """A run of a busy workflow names the limit, the run that holds it, and who is before it in the queue."""
    definition = workflow(step("a", delay=5.0))
    async with open_house(workflows=(definition,)) as house:
        first, second, third = [await house.submit(definition) for _ in range(3)]
        await trio.sleep(1)
        holder = (_seq(house, first, "workflow.started"), f"it waits for the end of run #{first} of w")
        limit = (None, "w may have 1 run at a time (max_concurrent)")
        assert (await _why(house, second))[1:] == [limit, holder, (None, "it is the next one in the queue")]
        assert (await _why(house, third))[1:] == [limit, holder, (None, f"#{second} is before it in the queue")]
        assert (await _why(house, third, "a"))[0] == (None, "a waits for its run to begin")
        await house.wait_ended(third)
        assert (await _why(house, second))[1] == (
            _seq(house, second, "workflow.started"),
            "it left the queue after 5.0s",
        )


async def test_waiting_for_a_slot(autojump_clock: trio.abc.Clock) -> None:
    """A run that finds no slot names the host's limit and all that hold one."""
    definitions = tuple(workflow(step("a", delay=5.0), name=name) for name in "abc")
    async with open_house(slots=2, workflows=definitions) as house:
        runs = [await house.submit(definition) for definition in definitions]
        await trio.sleep(1)
        assert (await _why(house, runs[2]))[1:] == [
            (None, "the host may have 2 runs at a time (runs)"),
            *(
                (_seq(house, run, "workflow.started"), f"it waits for the end of run #{run} of {name}")
                for run, name in zip(runs[:2], "ab", strict=True)
            ),
            (None, "it is the next one in the queue"),
        ]


async def test_waiting_while_drained(autojump_clock: trio.abc.Clock) -> None:
    """While aegisd is drained or stops, a run in the queue says so, with the event."""
    definition = workflow(step("a", delay=5.0))
    async with open_house(workflows=(definition,)) as house:
        first, second = await house.submit(definition), await house.submit(definition)
        await trio.sleep(1)
        await drain(supervisor=house.supervisor, recorder=house.recorder, by="dev1")
        text = "aegisd was drained by dev1 and starts no runs until aegisctl resume"
        assert (await _why(house, second))[1] == (_seq(house, None, "daemon.drained"), text)
        house.supervisor.draining = True
        assert (await _why(house, second))[1][1].startswith("aegisd is stopping")
        house.supervisor.draining = False
        await house.wait_ended(first)
        assert (await _why(house, second))[2:] == [(None, "it is the next one in the queue")]


async def test_replaced(autojump_clock: trio.abc.Clock) -> None:
    """A run that a newer one replaced names it; its step did not fail."""
    definition = workflow(step("a", delay=5.0), step("b"), on_busy=OnBusy.REPLACE)
    async with open_house(workflows=(definition,)) as house:
        first = await house.submit(definition)
        await trio.sleep(1)
        second = await house.submit(definition)
        await house.wait_ended(first, second)
        words = f"cancelled by aegis: replaced by run #{second}"
        assert [text for _, text in await _why(house, first)] == [
            "uid:1000 asked for it",
            f"aegis asked for its end: replaced by run #{second}",
            f"a did not fail, it was only cut short by the end of the run: {words}",
            f"b was not begun any more: {words}",
            f"it was {words}",
        ]


async def test_stopped(autojump_clock: trio.abc.Clock) -> None:
    """A run that was cancelled because aegisd stopped says that."""
    async with open_house() as house:
        run = await house.submit(workflow(step("a", delay=500.0)))
        await trio.sleep(1)
        await house.supervisor.finish(grace=1.0, hurry=trio.Event())
        assert (await _why(house, run))[-1][1] == "it was cancelled by aegis: daemon stopping"


_OF_RUN = ["a did not fail", "b was not begun any more: the run's limit", "it timed out: the run's limit of 3s"]
_OF_STEP = [
    "attempt 1 of a timed out",
    "a timed out first after 2 attempts: no end after 2s",
    "b was skipped: a failed",
    "it failed: a failed",
]


@pytest.mark.parametrize(("limits", "texts"), [({"timeout": 3.0}, _OF_RUN), ({}, _OF_STEP)])
async def test_limits(limits: dict[str, Any], texts: list[str], autojump_clock: trio.abc.Clock) -> None:
    """The limit of a run and that of a step are told apart."""
    slow = step("a", delay=9.0, timeout=None if limits else 2.0, retries=0 if limits else 1)
    async with open_house() as house:
        run = await house.run(workflow(slow, step("b"), **limits))
        told = [text for _, text in await _why(house, run)][1:]
    assert len(told) == len(texts)
    assert [text for text, wanted in zip(told, texts, strict=True) if not text.startswith(wanted)] == []


async def test_reused(autojump_clock: trio.abc.Clock) -> None:
    """A retry says of which run it is, and which steps it did not run again."""
    definition = workflow(step("a"), step("b", Play(result=Result.FAILURE), Play()))
    async with open_house() as house:
        run = await house.run(definition)
        summary = await house.store.get_run(run)
        assert summary is not None
        again = await house.acceptance.accept_again(
            summary, definition, fold(run, house.events(run)), failed=True, trigger=Trigger(), note=None
        )
        await house.wait_ended(again)
        assert [text for _, text in await _why(house, again)] == [
            "somebody asked for it",
            f"it is a retry of run #{run}: a passed there and is not run again",
            f"a was not run again: it passed in run #{run}",
            "it passed",
        ]


async def test_no_such_step(autojump_clock: trio.abc.Clock) -> None:
    """A step that the run does not have is refused with the nearest one."""
    async with open_house() as house:
        run = await house.run(workflow(step("tests")))
        with pytest.raises(CallError) as refused:
            await _why(house, run, "test")
    assert refused.value.name == "io.aegisd.Control.NoSuchStep"
    assert refused.value.hint == 'did you mean "tests"?'


async def test_what_failed_first(autojump_clock: trio.abc.Clock) -> None:
    """failure.detected proves the first failure."""
    async with open_house() as house:
        run = await house.run(workflow(failing("a"), failing("b", condition="on_failure")))
        told = await _why(house, run)
        first = _seq(house, run, "failure.detected")
    assert told[1:3] == [
        (first, "a failed first: came to failure"),
        (_seq(house, run, "step.completed", "b"), "b failed too: came to failure"),
    ]


@settings(max_examples=50)
@given(scenarios().map(lambda scenario: scenario.workflows[0]))
def test_any_history(definition: Workflow) -> None:
    """Whatever the engine does, each step of a run that has ended has an answer, with a link to an event."""

    async def main() -> None:
        async with open_house(workflows=(definition,)) as house:
            run = await house.run(definition)
            told = await _why(house, run)
            assert told[0][1] == "uid:1000 asked for it"
            assert told[-1][0] == _seq(house, run, "workflow.completed")
            for one in definition.steps:
                answer = await _why(house, run, one.name)
                assert any(seq is not None for seq, _ in answer), answer

    in_virtual_time(main)
