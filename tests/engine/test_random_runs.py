"""The real engine under random workflows, retries, limits, cancellations and ends: every history is a legal one."""

from collections import Counter

import trio
from hypothesis import HealthCheck, given, settings

from aegisd.core.model import State, Workflow
from aegisd.core.state import fold
from aegisd.wire.errors import CallError
from tests.engine.checks import check_timeline
from tests.engine.kit import House, collected_log, in_virtual_time, open_house
from tests.engine.random_runs import Scenario, scenarios
from tests.timeline.kit import FailingStore


@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios())
def test_every_history_is_legal(scenario: Scenario) -> None:
    """S6 to S9, S42 to S52, S56, S65, W1.8 to W1.11: numbered without holes, folded legally, one terminal event for
    each started step, one end for each run; limits, needs, conditions and order kept; rows agree with events."""
    definitions: dict[int, Workflow] = {}
    house: House
    with collected_log() as log:
        house = _perform(scenario, definitions)
    assert [text for text in log if "defect of the engine" in text] == []
    check_timeline(house.events(), definitions)
    _check_rows(house, definitions)
    _check_limits(house, scenario)


def _perform(scenario: Scenario, definitions: dict[int, Workflow]) -> House:
    """Let `scenario` happen to a new engine; fills `definitions` with what each run was to do."""
    houses = []

    async def submit(at: float, definition: Workflow) -> None:
        await trio.sleep(at)
        try:
            run = await houses[0].submit(definition)
        except CallError as error:
            assert "StoreFailed" in error.name  # noqa: PT017 - nothing else may be refused
        else:
            definitions[run] = definition

    async def cancel(at: float, run: int) -> None:
        await trio.sleep(at)
        await houses[0].supervisor.cancel(run, by="uid:1", reason=None)

    async def main() -> None:
        store = FailingStore(delay=scenario.commit_s, failures=scenario.failures)
        async with open_house(
            slots=scenario.slots, workflows=scenario.workflows, store=store, grace=scenario.grace
        ) as house:
            houses.append(house)
            async with trio.open_nursery() as nursery:
                for at, number in scenario.submissions:
                    nursery.start_soon(submit, at, scenario.workflows[number])
                for at, run in scenario.cancels:
                    nursery.start_soon(cancel, at, run)
            await trio.sleep_until(scenario.ends_at)
        assert house.supervisor.executing == []

    in_virtual_time(main)
    return houses[0]


def _check_rows(house: House, definitions: dict[int, Workflow]) -> None:
    """The row of each run is the fold of its events; only runs that never left the queue are unfinished."""
    for run in definitions:
        state = fold(run, house.events(run))
        assert house.store._runs[run] == state.summarize()
        assert state.state in {State.FINISHED, State.PENDING}
        assert (run in house.recorder.folds) == (state.state is State.PENDING)


def _check_limits(house: House, scenario: Scenario) -> None:
    """Never more runs at a time than the host has slots, nor of a workflow than it allows."""
    most = {workflow.name: workflow.max_concurrent for workflow in scenario.workflows}
    executing = Counter[str]()
    for event in house.events():
        name = event.workflow or ""
        if event.type == "workflow.started":
            executing[name] += 1
            assert executing[name] <= most[name]
            assert executing.total() <= scenario.slots
        elif event.type == "workflow.completed" and any(
            other.type == "workflow.started" for other in house.events(event.run)
        ):
            executing[name] -= 1
