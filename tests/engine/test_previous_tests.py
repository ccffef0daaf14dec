"""The run before, as new failures are told by it."""

from typing import Any

import pytest
from attrs import evolve

from aegisd.core.codec import encode_event, to_plain
from aegisd.core.events import Event, StepCompleted
from aegisd.core.model import Result, State, Trigger, Workflow
from aegisd.core.record import Record
from aegisd.core.report import ReportedTests
from aegisd.engine.order import RunOrder
from aegisd.engine.previous_tests import find_previous
from aegisd.store.memory import MemoryStore
from tests.store.kit import at, make_run, write

_TESTS = ReportedTests(total=3, passed=1, failed=2, names=("a", "b"))


def _end(seq: int, run: int, step: str, data: dict[str, Any]) -> Record:
    ended = StepCompleted(
        step_type="command", result=Result.SUCCESS, success=True, duration_s=1.0, attempts=(), data=data
    )
    event = Event(seq=seq, id=f"{seq}", type=ended.type, time=at(seq), data=ended, run=run, step=step, index=0)
    return Record(event=event, body=encode_event(event))


async def _previous(tests: dict[int, Any], *, run: int = 9, step: str = "unit") -> tuple[int, set[str]] | None:
    """What is found before `run`, with `tests` of the step `unit` in earlier runs."""
    store = MemoryStore()
    records = [_end(seq, number, "unit", {"tests": each}) for seq, (number, each) in enumerate(tests.items(), 1)]
    runs = [make_run(number) for number in (*tests, 20)]
    await write(store, records, [*runs, make_run(8, workflow="other"), make_run(7, result=None, state=State.EXECUTING)])
    order = RunOrder(run=run, workflow=Workflow(name="w"), digest="", dir="/", trigger=Trigger())
    found = await find_previous(store, order, step)
    return None if found is None else (found.run, set(found.names))


async def test_the_newest_with_a_report() -> None:
    """The last finished run of the workflow counts that had a report; later ones, others and empty ones do not."""
    plain, empty = to_plain(_TESTS), to_plain(ReportedTests())
    assert await _previous({4: plain, 5: to_plain(evolve(_TESTS, names=("c",)))}) == (5, {"c"})
    assert await _previous({4: plain, 5: empty}) == (4, {"a", "b"})
    assert await _previous({4: plain, 12: empty}) == (4, {"a", "b"})
    assert await _previous({4: plain}, step="lint") is None
    assert await _previous({}) is None


@pytest.mark.parametrize("data", ["text", [], {"total": "many"}, {"total": 1, "names": [1]}, None])
async def test_data_of_something_else(data: object) -> None:
    """What a plugin or another version calls `tests` is passed over."""
    assert await _previous({5: data}) is None


async def test_too_many_to_compare() -> None:
    """Where the names of the run before are not all kept, nothing is called new."""
    many = ReportedTests(total=600, failed=600, names=tuple(map(str, range(500))))
    assert await _previous({5: to_plain(many), 4: to_plain(_TESTS)}) is None
