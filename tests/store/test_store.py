"""What every store promises: the durable one and its twin in memory pass the same tests."""

import pytest
from attrs import evolve

from aegisd.core.codec import decode_event
from aegisd.core.model import Part, Result, State
from aegisd.core.record import EventFilter, RunFilter
from aegisd.store import Store
from tests.store.kit import at, make_end, make_event, make_run, write

_ALL = EventFilter()


async def _seqs(store: Store, wanted: EventFilter = _ALL, *, after: int = 0, limit: int = 99) -> list[int]:
    return [seq for seq, _ in await store.read_events(after, limit=limit, wanted=wanted)]


async def test_an_empty_store(store: Store) -> None:
    """A new store has nothing, and says so without an error."""
    assert (store.bounds.last_seq, store.bounds.first_seq, store.bounds.last_run) == (0, 0, 0)
    assert await _seqs(store) == []
    assert await store.read_last_events(5, wanted=_ALL) == []
    assert (await store.first_seq(), await store.seq_before(at(9))) == (0, 0)
    assert await store.list_runs(RunFilter()) == []
    assert (await store.get_run(1), await store.find_run()) == (None, None)
    assert await store.unfinished_runs() == []
    assert await store.latest_runs() == {}
    assert await store.usual_durations(["w"]) == {}
    assert await store.read_definition("d") is None
    assert await store.find_expired(runs=1, before=at(9)) == []
    await store.forget_runs([])


async def test_events_in_order(store: Store) -> None:
    """Events come back as they were written, in order, above a cursor, at most `limit`."""
    records = [make_event(seq, run=1) for seq in range(1, 121)]
    await write(store, records[:70])
    await write(store, records[70:])
    rows = await store.read_events(10, limit=50, wanted=_ALL)
    assert rows == [(record.event.seq, record.body) for record in records[10:60]]
    assert [decode_event(body) for _, body in rows] == [record.event for record in records[10:60]]
    assert await _seqs(store, after=120) == []
    assert await store.first_seq() == 1


@pytest.mark.parametrize(
    ("wanted", "seqs"),
    [
        (EventFilter(run=3), [3, 9]),
        (EventFilter(types=frozenset({"workflow.completed"})), [7, 8, 9]),
        (EventFilter(workflows=frozenset({"w0"})), [2, 4, 6, 8]),
        (EventFilter(workflows=frozenset({"w0", "w1"}), results=frozenset({"failure"})), [8, 9]),
        (EventFilter(results=frozenset({"success", "failure"}), run=1), [7]),
        (EventFilter(since=at(5), until=at(7)), [5, 6, 7]),
        (EventFilter(run=99), []),
    ],
)
async def test_filters(store: Store, wanted: EventFilter, seqs: list[int]) -> None:
    """S11, S19: a filter in the store is the filter of the ring: first and last pages agree with it."""
    records = [make_event(seq, run=seq) for seq in range(1, 7)]
    records += [
        make_end(7, Result.SUCCESS, run=1),
        make_end(8, Result.FAILURE, run=2),
        make_end(9, Result.FAILURE, run=3),
    ]
    await write(store, records)
    assert [record.event.seq for record in records if wanted.matches(record.event)] == seqs
    assert await _seqs(store, wanted) == seqs
    assert await _seqs(store, wanted, limit=1) == seqs[:1]
    for limit in (0, 1, 2, 50):
        last = [seq for seq, _ in await store.read_last_events(limit, wanted=wanted)]
        assert last == (seqs[-limit:] if limit else [])


async def test_seq_before(store: Store) -> None:
    """The newest event before a time, across holes; 0 when there is none."""
    await write(store, [make_event(seq, run=1 if seq in {1, 5} else None) for seq in (1, 2, 3, 5, 6)], [make_run(1)])
    await store.forget_runs([1])
    found = [await store.seq_before(at(second)) for second in (0, 2, 2.5, 3, 4, 6, 99)]
    assert found == [0, 0, 2, 2, 3, 3, 6]


async def test_rows_are_replaced(store: Store) -> None:
    """S54: a run has one row, the last that was written, with everything that it says."""
    await write(store, runs=[make_run(1, result=None)])
    assert [run.id for run in await store.unfinished_runs()] == [1]
    ended = make_run(1, result=Result.FAILURE, by="uid:1000")
    await write(store, runs=[ended])
    assert await store.get_run(1) == ended
    assert await store.unfinished_runs() == []


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (RunFilter(), [6, 5, 4, 3, 2, 1]),
        (RunFilter(limit=2), [6, 5]),
        (RunFilter(limit=0), []),
        (RunFilter(workflow="a"), [5, 3, 1]),
        (RunFilter(results=("failure",)), [4]),
        (RunFilter(results=("failure", "success"), workflow="b"), [4, 2]),
        (RunFilter(states=("executing", "pending")), [6]),
        (RunFilter(by="uid:7"), [2]),
        (RunFilter(triggers=("timer",)), [5]),
        (RunFilter(since=at(3), until=at(4)), [4, 3]),
        (RunFilter(workflow="nobody"), []),
    ],
)
async def test_lists_of_runs(store: Store, wanted: RunFilter, numbers: list[int]) -> None:
    """S92, S54, W2.20: newest first, by workflow or host-wide; every field narrows; a limit of 0 is none."""
    runs = [make_run(number, workflow="ba"[number % 2]) for number in (1, 3)]
    runs += [make_run(2, workflow="b", by="uid:7"), make_run(4, workflow="b", result=Result.FAILURE)]
    runs += [make_run(5, workflow="a", kind="timer"), make_run(6, workflow="b", result=None)]
    await write(store, runs=runs)
    assert [run.id for run in await store.list_runs(wanted)] == numbers


async def test_finding_runs(store: Store) -> None:
    """`quality`, `quality~2`, and the newest run of somebody."""
    await write(store, runs=[make_run(n, workflow="ba"[n % 2], by=f"uid:{n % 3}") for n in range(1, 10)])
    assert await store.find_run() == 9
    assert [await store.find_run(workflow="a", back=back) for back in (0, 1, 4, 5)] == [9, 7, 1, None]
    assert await store.find_run(workflow="b", by="uid:0") == 6
    assert await store.find_run(by="uid:5") is None


async def test_newest_and_usual(store: Store) -> None:
    """The newest run of each workflow; the median of its last ten passed runs. Failed ones, parts, and retries that
    reused steps are left out."""
    runs = [make_run(n, workflow="a", duration=float(n)) for n in range(1, 13)]
    runs += [make_run(13, workflow="a", result=Result.FAILURE, duration=99.0), make_run(14, workflow="b", result=None)]
    runs.append(evolve(make_run(15, workflow="a", duration=0.1), part=Part(only=("s",))))
    runs.append(evolve(make_run(16, workflow="a", duration=0.2), retry_of=13, reused=("s",)))
    await write(store, runs=runs)
    assert {name: run.id for name, run in (await store.latest_runs()).items()} == {"a": 16, "b": 14}
    assert await store.usual_durations(["a", "b", "c"]) == {"a": 7.5}


async def test_unfinished_runs(store: Store) -> None:
    """Every run that has not ended, the oldest first."""
    states = (State.PENDING, State.EXECUTING, State.FINALIZING)
    await write(store, runs=[make_run(n, result=None, state=state) for n, state in zip((3, 1, 2), states, strict=True)])
    await write(store, runs=[make_run(4)])
    assert [run.id for run in await store.unfinished_runs()] == [1, 2, 3]


async def test_histories(store: Store) -> None:
    """The events of many runs at once, each run's in order; nothing of other runs."""
    await write(store, [make_event(seq, run=run) for seq, run in enumerate((1, 2, None, 1, 3, 2, 1), 1)])
    found = await store.read_histories([2, 1, 9])
    seqs = {run: [decode_event(body).seq for body in bodies] for run, bodies in found.items()}
    assert seqs == {1: [1, 4, 7], 2: [2, 6], 9: []}


async def test_what_is_expired(store: Store) -> None:
    """Beyond the newest N finished runs of each workflow, or too old; never a run that has not ended."""
    runs = [make_run(n, workflow="a") for n in range(1, 6)] + [make_run(6, workflow="b", finished=2.0)]
    runs += [make_run(7, workflow="b"), make_run(8, workflow="a", result=None)]
    await write(store, runs=runs)
    assert await store.find_expired(runs=3, before=at(0)) == [1, 2]
    assert await store.find_expired(runs=99, before=at(3)) == [6]
    assert await store.find_expired(runs=0, before=at(0)) == [1, 2, 3, 4, 5, 6, 7]


async def test_forgetting_runs(store: Store) -> None:
    """Runs go with their events and the definitions that nobody else uses; everything else stays."""
    await write(store, [make_event(1, run=1), make_event(2), make_event(3, run=2), make_event(4, run=1)])
    runs = [make_run(1, digest="only mine"), make_run(2, digest="shared"), make_run(3, digest="shared")]
    await write(store, runs=runs, definitions={"only mine": b"{}", "shared": b'{"a":1}'})
    await store.forget_runs([1, 2])
    assert await _seqs(store) == [2]
    assert [run.id for run in await store.list_runs(RunFilter())] == [3]
    assert await store.read_definition("only mine") is None
    assert await store.read_definition("shared") == b'{"a":1}'


async def test_forgetting_events_of_no_run(store: Store) -> None:
    """The oldest go first, a bounded number at once, up to a number; those of runs stay, and what is gone is a gap."""
    await write(store, [make_event(seq, run=1 if seq in {2, 5} else None) for seq in range(1, 9)], [make_run(1)])
    assert await store.forget_loose_events(6, limit=2) == 2
    assert await _seqs(store) == [2, 4, 5, 6, 7, 8]
    assert await store.forget_loose_events(6, limit=9) == 2
    assert await store.forget_loose_events(6, limit=9) == 0
    assert await _seqs(store) == [2, 5, 7, 8]
    assert await store.read_gaps(0, last=8) == [(1, 1), (3, 4), (6, 6)]
    assert await store.forget_loose_events(99, limit=9) == 2
    assert await _seqs(store) == [2, 5]
