"""What every store promises about questions on events: filters, counts, what is gone, what models used."""

import pytest

from aegisd.core.events import StepCompleted, StepStarted, Unknown
from aegisd.core.events.agent import LlmResponded
from aegisd.core.events.task import TaskStarted
from aegisd.core.model import Result
from aegisd.core.place import Place
from aegisd.core.record import EventFilter
from aegisd.core.usage import GROUPS, fold_usage
from aegisd.store import Store
from tests.store.kit import at, make_end, make_event, make_run, write

_ALL = EventFilter()


async def _seqs(store: Store, wanted: EventFilter = _ALL, *, limit: int = 99) -> list[int]:
    return [seq for seq, _ in await store.read_events(0, limit=limit, wanted=wanted)]


@pytest.mark.parametrize(
    ("wanted", "seqs"),
    [
        (EventFilter(types=frozenset({"step.*"})), [2, 3, 4]),
        (EventFilter(types=frozenset({"*"}), phases=frozenset({"build"})), [2]),
        (EventFilter(types=frozenset({"step.*", "workflow.completed"})), [2, 3, 4, 7]),
        (EventFilter(types=frozenset({"stepping.*"})), []),
        (EventFilter(steps=frozenset({"lint", "nothing"})), [2, 3]),
        (EventFilter(steps=frozenset({"lint"}), types=frozenset({"step.completed"})), [3]),
        (EventFilter(phases=frozenset({"build", "check"})), [2, 3, 4]),
        (EventFilter(results=frozenset({"failure"})), [3, 7]),
        (EventFilter(results=frozenset({"failure"}), types=frozenset({"step.*"}), run=1), [3]),
        (EventFilter(workflows=frozenset({"w1"}), since=at(3)), [3, 4, 7]),
        (EventFilter(run=1, until=at(2.5)), [1, 2]),
    ],
)
async def test_more_filters(store: Store, wanted: EventFilter, seqs: list[int]) -> None:
    """S98: types, also by kind, steps, phases, results, workflow, run and times narrow each other, in the store as in
    the ring; counts and pages agree."""
    started = StepStarted(step_type="command")
    ended = StepCompleted(step_type="command", result=Result.FAILURE, success=False, duration_s=1.0, attempts=())
    records = [
        make_event(1, run=1),
        make_event(2, run=1, data=started, step="lint", phase="build"),
        make_event(3, run=1, data=ended, step="lint", phase="check"),
        make_event(4, run=1, data=started, step="unit", phase="check"),
        make_event(5, run=2),
        make_event(6),
        make_end(7, Result.FAILURE, run=1),
    ]
    await write(store, records)
    assert [record.seq for record in records if wanted.matches(record.event)] == seqs
    assert await _seqs(store, wanted) == seqs
    assert await store.count_events(wanted=wanted) == len(seqs)
    paged: list[int] = []
    while page := await store.read_last_events(2, wanted=wanted, before=paged[-1] if paged else None):
        paged += [seq for seq, _ in reversed(page)]
    assert paged == seqs[::-1]


async def test_more_types_than_walks(store: Store) -> None:
    """A kind with hundreds of types is found like one with three."""
    records = [make_event(seq, data=Unknown(fields={}), kind=f"custom.e{seq}") for seq in range(1, 301)]
    await write(store, [*records, make_event(301)])
    kinds = EventFilter(types=frozenset({"custom.*", "cancellation.requested"}))
    assert await _seqs(store, kinds, limit=999) == list(range(1, 302))
    names = EventFilter(types=frozenset(f"custom.e{seq}" for seq in range(100, 200)))
    assert await _seqs(store, names, limit=999) == list(range(100, 200))
    assert await store.count_events(wanted=names) == 100


async def test_gaps_are_noted(store: Store) -> None:
    """What retention lets go of is known as ranges that neither touch nor overlap, in whatever order it goes."""
    await write(store, [make_event(seq, run=seq % 5) for seq in range(1, 31)], [make_run(n) for n in range(5)])
    assert await store.read_gaps(0, last=99) == []
    await store.forget_runs([1, 3])
    assert await store.read_gaps(0, last=12) == [(1, 1), (3, 3), (6, 6), (8, 8), (11, 11)]
    await store.forget_runs([2])
    assert await store.read_gaps(0, last=12) == [(1, 3), (6, 8), (11, 12)]
    await store.forget_runs([4, 0])
    assert await store.read_gaps(0, last=99) == [(1, 30)]
    assert await store.read_gaps(7, last=9) == [(8, 9)]
    assert await store.read_gaps(30, last=99) == []


async def test_times_out_of_order(store: Store) -> None:
    """Events that are numbered a little out of the order of their times are all found by their times."""
    seconds = [10, 12, 11, 13, 15, 14, 16, 12.5]
    await write(store, [make_event(seq, second=second) for seq, second in enumerate(seconds, 1)])
    wanted = EventFilter(since=at(12), until=at(14))
    assert await _seqs(store, wanted) == [2, 4, 6, 8]
    assert await store.count_events(wanted=wanted) == 4


async def test_usage(store: Store) -> None:
    """S103: what models used, by any of run, workflow, step, role and model, is what the fold of the events says."""
    answers = [
        LlmResponded(
            model=f"m{n % 3}", role="coder" if n % 2 else None, prompt_tokens=n, completion_tokens=1, cost_usd=n / 8
        )
        for n in range(1, 20)
    ]
    more = [LlmResponded(model="m1", total_tokens=500), LlmResponded()]
    records = [
        make_event(seq, run=seq % 4, step=f"s{seq % 2}", data=data) for seq, data in enumerate([*answers, *more], 1)
    ]
    await write(store, [*records, make_event(99, run=1)])
    events = [record.event for record in records]
    for by in ((), ("model",), ("role", "model"), GROUPS, ("step", "run")):
        assert await store.read_usage(wanted=_ALL, by=by) == fold_usage(events, by)
    of_one = await store.read_usage(wanted=EventFilter(run=3), by=("model",))
    assert of_one == fold_usage([event for event in events if event.run == 3], ("model",))
    assert await store.read_usage(wanted=EventFilter(run=77), by=()) == []


async def test_tasks_and_roles(store: Store) -> None:
    """S98: events of agents are found by task and role, together with any other filter."""
    records = [
        make_event(seq, run=1, data=TaskStarted(task=f"t{seq % 2}", role=("coder", "tester", None)[seq % 3]))
        for seq in range(1, 10)
    ]
    await write(store, [*records, make_event(10, run=1)])
    for wanted, seqs in (
        (EventFilter(tasks=frozenset({"t1"})), [1, 3, 5, 7, 9]),
        (EventFilter(roles=frozenset({"coder", "tester"})), [1, 3, 4, 6, 7, 9]),
        (EventFilter(roles=frozenset({"coder"}), tasks=frozenset({"t0"}), until=at(7)), [6]),
    ):
        assert [record.seq for record in records if wanted.matches(record.event)] == seqs
        assert await _seqs(store, wanted) == seqs
        assert await store.count_events(wanted=wanted) == len(seqs)


async def test_places(store: Store) -> None:
    """The place of each subscription is kept by its name, the last one that was given, until it is forgotten."""
    assert await store.read_places() == {}
    for place in (Place(name="a", done=1), Place(name="b", done=2, delivered=1), Place(name="a", done=9, lost=3)):
        await store.keep_place(place)
    assert await store.read_places() == {
        "a": Place(name="a", done=9, lost=3),
        "b": Place(name="b", done=2, delivered=1),
    }
    await store.forget_places(keep=["b", "c"])
    assert list(await store.read_places()) == ["b"]
