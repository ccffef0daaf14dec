"""The sink `jsonl`: one file for all events, or one in the directory of each run."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from aegisd.config.sink_kinds import JsonlKeys
from aegisd.config.subscription_keys import Subscription
from aegisd.core.record import Batch, Record
from aegisd.sinks.base import SinkError
from aegisd.sinks.jsonl import open_jsonl
from aegisd.sinks.surroundings import Surroundings
from aegisd.store.memory import MemoryStore
from tests.store.kit import make_event, make_run


def _around(folder: Path, store: MemoryStore | None = None) -> Surroundings:
    executor: Any = None  # files need no programs
    return Surroundings(state_dir=folder, epoch="e", store=store or MemoryStore(), executor=executor, environment={})


def _subscription(path: Path | None = None, *, events: Sequence[str] = ("*",)) -> Subscription:
    spec = JsonlKeys(path=None if path is None else str(path))
    return Subscription(name="s", type="jsonl", spec=spec, events=tuple(events))


def _seqs(path: Path) -> list[int]:
    return [json.loads(line)["seq"] for line in path.read_text().splitlines()]


async def _store(records: Sequence[Record], *runs: int) -> MemoryStore:
    store = MemoryStore()
    await store.commit(Batch(records=tuple(records), runs=tuple(make_run(run) for run in runs)))
    return store


async def test_one_file(tmp_path: Path) -> None:
    """S96: the lines are what `tail-events --json` prints: the cursor and the event; it is written until it works."""
    sink, terms = open_jsonl(_subscription(tmp_path / "all.jsonl"), _around(tmp_path))
    assert terms.max_retries is None
    records = [make_event(seq, run=seq % 3) for seq in range(1, 6)]
    await sink.deliver(records[:3])
    await sink.deliver(records[2:])
    await sink.settle()
    await sink.close()
    lines = (tmp_path / "all.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"cursor": f"e.{record.seq}", **json.loads(record.body)} for record in records
    ]


async def test_a_file_for_each_run(tmp_path: Path) -> None:
    """S96, S101: the events of a run are in `events.jsonl` in its directory; those of no run are in none."""
    records = [make_event(seq, run=(None, 7, 8)[seq % 3]) for seq in range(1, 10)]
    sink, _ = open_jsonl(_subscription(), _around(tmp_path, await _store(records, 7, 8)))
    await sink.deliver(records[:5])
    await sink.deliver(records[5:])
    await sink.settle()
    await sink.close()
    assert _seqs(tmp_path / "runs" / "7" / "events.jsonl") == [1, 4, 7]
    assert _seqs(tmp_path / "runs" / "8" / "events.jsonl") == [2, 5, 8]


async def test_a_run_is_complete(tmp_path: Path) -> None:
    """S97: a subscription that begins in the middle of a run, or after a kill, fills in what the run's file lacks, and
    only what it asked for."""
    records = [make_event(seq, run=7) for seq in range(1, 2600)]
    store = await _store(records, 7)
    sink, _ = open_jsonl(_subscription(), _around(tmp_path, store))
    await sink.deliver(records[2100:2110])
    path = tmp_path / "runs" / "7" / "events.jsonl"
    assert _seqs(path) == list(range(1, 2111))
    again, _ = open_jsonl(_subscription(), _around(tmp_path, store))
    await again.deliver(records[2105:])
    assert _seqs(path) == list(range(1, 2600))
    nothing, _ = open_jsonl(_subscription(events=["step.*"]), _around(tmp_path / "other", store))
    await nothing.deliver([make_event(2600, run=7)])
    assert _seqs(tmp_path / "other" / "runs" / "7" / "events.jsonl") == [2600]


async def test_a_run_that_was_let_go(tmp_path: Path) -> None:
    """The directory of a run that retention removed does not come back."""
    sink, _ = open_jsonl(_subscription(), _around(tmp_path))
    await sink.deliver([make_event(1, run=7)])
    assert not (tmp_path / "runs").exists()


async def test_many_runs(tmp_path: Path) -> None:
    """Hundreds of runs need no hundreds of open files."""
    records = [make_event(seq, run=seq % 300) for seq in range(1, 901)]
    sink, _ = open_jsonl(_subscription(), _around(tmp_path, await _store(records, *range(300))))
    await sink.deliver(records)
    await sink.settle()
    assert all(len(_seqs(tmp_path / "runs" / str(run) / "events.jsonl")) == 3 for run in range(300))


@pytest.mark.parametrize("path", ["nowhere/events.jsonl", "folder"])
async def test_what_cannot_be_written(path: str, tmp_path: Path) -> None:
    """The error names the file and says why."""
    (tmp_path / "folder").mkdir()
    sink, _ = open_jsonl(_subscription(tmp_path / path), _around(tmp_path))
    with pytest.raises(SinkError, match=str(tmp_path / path)):
        await sink.deliver([make_event(1)])


async def test_two_writers(tmp_path: Path) -> None:
    """The second one is told what is the matter."""
    first, _ = open_jsonl(_subscription(tmp_path / "x"), _around(tmp_path))
    second, _ = open_jsonl(_subscription(tmp_path / "x"), _around(tmp_path))
    await first.deliver([make_event(1)])
    with pytest.raises(SinkError, match="another program"):
        await second.deliver([make_event(1)])
    await first.close()
    await second.deliver([make_event(2)])
