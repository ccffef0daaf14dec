"""What the tests of a step came to in the run before: what new failures are told by."""

import msgspec
from attrs import frozen

from aegisd.core.codec import decode_event
from aegisd.core.events import StepCompleted
from aegisd.core.model import State
from aegisd.core.record import EventFilter, RunFilter
from aegisd.core.report import DATA_KEY, MOST_NAMES, ReportedTests
from aegisd.engine.order import RunOrder
from aegisd.store import Store

_RUNS_BACK = 5
_STEPS = 10_000


@frozen(kw_only=True)
class Previous:
    """The failing tests of run number `run`."""

    run: int
    names: frozenset[str]


async def find_previous(store: Store, order: RunOrder, step: str) -> Previous | None:
    """The last finished run before `order` in which `step` had a report that was read; None when there is none among
    the last few, or when it had more failing tests than are kept by name."""
    wanted = RunFilter(workflow=order.workflow.name, states=(State.FINISHED.value,), limit=_RUNS_BACK)
    for summary in await store.list_runs(wanted):
        if summary.id >= order.run:
            continue
        tests = await _read_tests(store, summary.id, step)
        if tests is not None and tests.total:
            whole = len(tests.names) < MOST_NAMES
            return Previous(run=summary.id, names=frozenset(tests.names)) if whole else None
    return None


async def _read_tests(store: Store, run: int, step: str) -> ReportedTests | None:
    ends = EventFilter(run=run, types=frozenset({StepCompleted.type}))
    for _, body in await store.read_events(0, limit=_STEPS, wanted=ends):
        event = decode_event(body)
        if event.step == step and isinstance(event.data, StepCompleted):
            return read_tests(event.data)
    return None


def read_tests(completed: StepCompleted) -> ReportedTests | None:
    """What the reports of a step said, from the event of its end."""
    plain = completed.data.get(DATA_KEY)
    try:
        return msgspec.convert(plain, ReportedTests) if plain is not None else None
    except msgspec.ValidationError:
        return None
