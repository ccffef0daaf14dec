"""Questions on 1,000,000 events: the first page of each, the start of aegisd, and the 100,000 events of one run; beside
the same over one JSONL file that is read whole.

Targets: a first page within 20 ms, the start at most 1 s later than on an empty store, the run within 0.5 s.
"""

import functools
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import trio

sys.path.insert(0, str(Path(__file__).parents[2]))

from aegisd.core.codec import encode_event
from aegisd.core.events import Event, StepCompleted, StepStarted
from aegisd.core.events.agent import LlmResponded
from aegisd.core.events.task import TaskStarted
from aegisd.core.model import Result, RunSummary, State, Trigger
from aegisd.core.record import Batch, EventFilter, Record
from aegisd.store.sqlite import SqliteStore, open_store
from aegisd.timeline.identity import format_time
from tests.behaviour.host import Host

EVENTS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
BIG_RUN = EVENTS // 10
START_S = 1_800_000_000.0
PAGE = 100
ROUNDS = 7


def _at(seq: int) -> str:
    return format_time(START_S + seq / 10)


def _events() -> Iterator[Event]:
    """Runs of twenty steps of many workflows; in the middle a run of agents that is a tenth of all."""
    chance = random.Random(1)
    for seq in range(1, EVENTS + 1):
        is_big = EVENTS // 2 <= seq < EVENTS // 2 + BIG_RUN
        run = 1_000_000 if is_big else seq // 40
        step, phase = f"step-{chance.randrange(40)}", f"phase-{run % 5}"
        if is_big and seq % 2:
            role, task = chance.choice(("coder", "tester", "reviewer")), f"task-{chance.randrange(500)}"
            data: Any = TaskStarted(role=role, task=task, message="the next one")
            if seq % 4 == 1:
                data = LlmResponded(role=role, task=task, model="m", prompt_tokens=900, completion_tokens=80)
        elif seq % 2:
            data = StepStarted(step_type="command", command="pytest -q", boottime_s=12.5)
        else:
            result = Result.FAILURE if chance.random() < 0.02 else Result.SUCCESS
            data = StepCompleted(step_type="command", result=result, success=True, duration_s=1.5, attempts=())
        yield Event(
            seq=seq,
            id=f"0192a5b0-1c2d-7e3f-8a4b-{seq:012}",
            type=data.type,
            time=_at(seq),
            data=data,
            workflow=f"workflow-{run % 50}",
            run=run,
            step=step,
            phase=phase,
        )


async def _fill(store: SqliteStore, lines: Path) -> None:
    batch: list[Record] = []
    with lines.open("wb") as file:
        for event in _events():
            record = Record(event=event, body=encode_event(event))
            file.write(record.body + b"\n")
            batch.append(record)
            if len(batch) == 5000 or event.seq == EVENTS:
                runs = {record.event.run or 0: record.event for record in batch}
                rows = tuple(_run(number, last) for number, last in runs.items())
                await store.commit(Batch(records=tuple(batch), runs=rows))
                batch = []


def _run(number: int, last: Event) -> RunSummary:
    return RunSummary(
        id=number,
        workflow=last.workflow or "",
        state=State.FINISHED,
        result=Result.SUCCESS,
        trigger=Trigger(),
        definition="d",
        step_count=20,
        created_at=last.time,
        finished_at=last.time,
        duration_s=1.0,
    )


def _questions() -> dict[str, EventFilter]:
    middle = EVENTS * 3 // 4
    return {
        "latest": EventFilter(),
        "one type": EventFilter(types=frozenset({"llm.responded"})),
        "list of types": EventFilter(types=frozenset({"llm.responded", "task.started", "step.completed"})),
        "kind of types": EventFilter(types=frozenset({"step.*"})),
        "phase": EventFilter(phases=frozenset({"phase-3"})),
        "task": EventFilter(tasks=frozenset({"task-77"})),
        "role": EventFilter(roles=frozenset({"coder"})),
        "step": EventFilter(steps=frozenset({"step-7"})),
        "run": EventFilter(run=EVENTS // 80),
        "workflow": EventFilter(workflows=frozenset({"workflow-9"})),
        "result": EventFilter(results=frozenset({"failure"})),
        "time range": EventFilter(since=_at(middle), until=_at(middle + 1000)),
        "type and phase": EventFilter(types=frozenset({"step.completed"}), phases=frozenset({"phase-3"})),
        "all of them": EventFilter(
            types=frozenset({"task.started"}),
            roles=frozenset({"coder"}),
            tasks=frozenset({"task-77", "task-78"}),
            run=1_000_000,
            since=_at(EVENTS // 2),
        ),
        "nothing": EventFilter(types=frozenset({"step.started"}), roles=frozenset({"coder"})),
    }


async def _time(ask: Callable[[], Awaitable[object]]) -> float:
    """The median of some rounds, in milliseconds; the first one does not count."""
    spent = []
    for _ in range(ROUNDS + 1):
        begun = time.perf_counter()
        await ask()
        spent.append((time.perf_counter() - begun) * 1000)
    return statistics.median(spent[1:])


def _scan(lines: Path, wanted: EventFilter) -> tuple[float, list[bytes]]:
    """The same from the file: every line is read and decoded, as who has no index must."""
    begun = time.perf_counter()
    found = []
    with lines.open("rb") as file:
        for line in file:
            event = json.loads(line)
            if (not wanted.types or event["type"] in wanted.types) and wanted.run in (None, event["run"]):
                found.append(line)
    return (time.perf_counter() - begun) * 1000, found[-PAGE:]


async def _measure(folder: Path) -> None:
    lines = folder / "events.jsonl"
    async with open_store(folder / "store.sqlite", synchronous="normal", epoch="e") as store:
        begun = time.perf_counter()
        await _fill(store, lines)
        size = (await store.status())["file_bytes"]
        rate = EVENTS / (time.perf_counter() - begun)
        print(f"{EVENTS} events, {size / EVENTS:.0f} bytes each in the store, written at {rate:.0f} a second")
        scanned, _ = _scan(lines, EventFilter(types=frozenset({"llm.responded"})))
        print(f"{'one JSONL file, read whole':28} {scanned:9.1f} ms for any question")
        for name, wanted in _questions().items():
            last = await _time(functools.partial(store.read_last_events, PAGE, wanted=wanted))
            first = await _time(functools.partial(store.read_events, 0, limit=PAGE, wanted=wanted))
            count = await _time(functools.partial(store.count_events, wanted=wanted))
            late = "" if max(last, first) <= 20 else "  LATE"
            print(f"{name:28} {last:9.2f} ms latest {first:9.2f} ms first (target 20)  {count:9.2f} ms count{late}")
        whole = await _time(functools.partial(store.read_histories, [1_000_000]))
        scanned, _ = _scan(lines, EventFilter(run=1_000_000))
        print(f"{f'{BIG_RUN} events of one run':28} {whole:9.1f} ms (target 500), from the file {scanned:.1f} ms")
        used = await _time(functools.partial(store.read_usage, wanted=EventFilter(), by=("model", "role")))
        print(f"{'usage of all':28} {used:9.1f} ms")


def _start(folder: Path) -> float:
    host = Host(folder, "")
    begun = time.perf_counter()
    host.start()
    spent = (time.perf_counter() - begun) * 1000
    host.stop()
    return spent


def main() -> None:
    """Print what was measured beside its targets."""
    with tempfile.TemporaryDirectory() as name:
        full, empty = Path(name, "full"), Path(name, "empty")
        (full / "state").mkdir(parents=True)
        empty.mkdir()
        trio.run(_measure, full / "state")
        starts = [(_start(full), _start(empty)) for _ in range(3)]
        more = statistics.median(one - other for one, other in starts)
        print(
            f"{'start':28} {min(one for one, _ in starts):9.1f} ms, {more:+.1f} against an empty store (target +1000)"
        )


if __name__ == "__main__":
    main()
