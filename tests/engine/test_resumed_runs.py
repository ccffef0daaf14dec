"""Random runs, cut off after any of their events and taken up again by a new engine: every history is a legal one."""

from collections import Counter
from datetime import datetime

import trio
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aegisd.core.events import Event, StepCompleted
from aegisd.core.model import State, Workflow
from aegisd.core.state import RunState, fold
from aegisd.store.memory import MemoryStore
from tests.daemon.crash import cut_after, recover
from tests.engine.checks import check_timeline
from tests.engine.kit import House, collected_log, in_virtual_time, open_house
from tests.engine.random_runs import Scenario, scenarios
from tests.engine.scripted import ScriptedSpec, Stage
from tests.timeline.kit import EPOCH_S, virtual_clock

_ENDS = ("step.completed", "step.skipped")


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios(), st.lists(st.floats(0, 1), min_size=1, max_size=3), st.sampled_from([0.125, 1.0, 100.0]))
def test_cut_anywhere_and_resumed(scenario: Scenario, cuts: list[float], down: float) -> None:
    """Whatever was on disk when aegisd ended, once or several times: finished steps are never executed again, each
    other step has one start and one end, each run one end, and the fold of it all is legal."""
    workflows = tuple(_mark_steps(workflow, number) for number, workflow in enumerate(scenario.workflows))
    named = {workflow.name: workflow for workflow in workflows}
    with collected_log() as log:
        house = _first_life(evolve(scenario, workflows=workflows))
        for cut in cuts:
            house = _next_life(house.store, cut, workflows, down)
            definitions = {e.run or 0: named[e.workflow or ""] for e in house.events() if e.type == "workflow.queued"}
            check_timeline(house.events(), definitions, down=down * len(cuts))
            assert {state.state for state in _fold_all(house.events()).values()} == {State.FINISHED}
    assert [text for text in log if "defect of the engine" in text or "broken" in text] == []


def _mark_steps(workflow: Workflow, number: int) -> Workflow:
    """Scripts that can be told from each other by what they write."""
    steps = []
    for index, step in enumerate(workflow.steps):
        first, *rest = step.spec.plays
        mark = evolve(first, output=1 + index + 10 * number)
        steps.append(evolve(step, spec=evolve(step.spec, plays=(mark, *rest))))
    return evolve(workflow, steps=tuple(steps))


def _first_life(scenario: Scenario) -> House:
    """An engine to which most of `scenario` happens; what it leaves is cut somewhere later."""
    houses = []

    async def main() -> None:
        async with open_house(slots=scenario.slots, workflows=scenario.workflows, grace=1000.0) as house:
            houses.append(house)
            async with trio.open_nursery() as nursery:
                for at, number in scenario.submissions:
                    nursery.start_soon(_submit, house, at, scenario.workflows[number])
                for at, run in scenario.cancels:
                    nursery.start_soon(_cancel, house, at, run)

    in_virtual_time(main)
    return houses[0]


async def _submit(house: House, at: float, workflow: Workflow) -> None:
    await trio.sleep(at)
    await house.submit(workflow)


async def _cancel(house: House, at: float, run: int) -> None:
    await trio.sleep(at)
    await house.supervisor.cancel(run, by="uid:1", reason=None)


def _next_life(store: MemoryStore, where: float, workflows: tuple[Workflow, ...], down: float) -> House:
    """An engine that finds the events up to a cut and starts `down` seconds after the last of them."""
    count = max(1, round(where * len(store.records)))
    if count < len(store.records) and store.records[count].event.type == "failure.detected":
        count += 1  # it is in the transaction of the event before it
    up = datetime.fromisoformat(store.records[count - 1].event.time).timestamp() - EPOCH_S + down
    stage, houses = Stage(), []

    async def main() -> None:
        kept = await cut_after(store, count)
        clock = virtual_clock(ahead=up, up=up)
        async with open_house(store=kept, last_seq=count, workflows=workflows, stage=stage, clock=clock) as house:
            houses.append(house)
            await recover(house)
            while house.supervisor.directories:
                await house.one_ended.wait()

    in_virtual_time(main)
    _check_executions(houses[0].events(), count, workflows, stage)
    return houses[0]


def _check_executions(events: list[Event], count: int, workflows: tuple[Workflow, ...], stage: Stage) -> None:
    """What had ended before the cut is not told of again, and each script was played once for each attempt that is
    told after it."""
    before, after = events[:count], events[count:]
    ended = {(event.run, event.index) for event in before if event.type in _ENDS}
    assert [event for event in after if event.index is not None and (event.run, event.index) in ended] == []
    folds = _fold_all(before)
    played = Counter[ScriptedSpec]()
    specs = {workflow.name: [step.spec for step in workflow.steps] for workflow in workflows}
    for event in after:
        if isinstance(event.data, StepCompleted):
            known = folds[event.run].steps.get(event.index or 0) if event.run in folds else None
            told = len(known.attempts) + 1 if known is not None else 0
            played[specs[event.workflow or ""][event.index or 0]] += len(event.data.attempts) - told
    assert +played == stage.calls


def _fold_all(events: list[Event]) -> dict[int | None, RunState]:
    runs = {event.run for event in events if event.run is not None}
    return {run: fold(run, [event for event in events if event.run == run]) for run in runs}
