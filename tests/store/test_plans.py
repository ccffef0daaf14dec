"""How SQLite goes about the questions on events: by an index and in order, never through the whole table."""

import random
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from aegisd.core.event_filter import EventFilter
from aegisd.core.events import StepStarted
from aegisd.core.record import Batch
from aegisd.store import events
from aegisd.store.migrate import open_schema
from aegisd.store.sqlite import _write_batch
from tests.store.kit import at, make_event


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[apsw.Connection]:
    """A store with 6000 events, among them a rare type, step and phase."""
    opened = apsw.Connection(str(tmp_path / "store.sqlite"))
    open_schema(opened, path=tmp_path / "store.sqlite", epoch="e")
    chance = random.Random(1)
    records = []
    for seq in range(1, 6001):
        rare = seq % 1000 == 0
        step, phase = ("odd", "rarely") if rare else (f"s{chance.randrange(9)}", f"p{seq % 3}")
        data = StepStarted(step_type="command") if seq % 2 else None
        records.append(make_event(seq, run=seq // 20, data=data, step=step, phase=phase))
    _write_batch(opened, Batch(records=tuple(records)))
    yield opened
    opened.close()


def _plan(connection: apsw.Connection, wanted: EventFilter, order: str = "ORDER BY seq LIMIT 20") -> list[str]:
    question = events.ask(connection, wanted)
    assert question is not None
    sql, values = question.write("seq, body", after=0)
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql} {order}", values)]


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (EventFilter(), "PRIMARY KEY"),
        (EventFilter(since=at(100), until=at(200)), "PRIMARY KEY"),
        (EventFilter(run=3), "event_of_run"),
        (EventFilter(types=frozenset({"step.started"})), "event_of_type"),
        (EventFilter(types=frozenset({"step.started", "cancellation.requested"})), "event_of_type"),
        (EventFilter(types=frozenset({"step.*", "cancellation.*"})), "event_of_type"),
        (EventFilter(workflows=frozenset({"w0"})), "event_of_workflow"),
        (EventFilter(steps=frozenset({"s1", "s2"})), "event_of_step"),
        (EventFilter(phases=frozenset({"p1"})), "event_of_phase"),
        (EventFilter(results=frozenset({"failure", "error"})), "event_of_result"),
        (EventFilter(tasks=frozenset({"t"})), "event_of_task"),
        (EventFilter(roles=frozenset({"coder"})), "event_of_role"),
    ],
)
@pytest.mark.parametrize("order", ["ORDER BY seq LIMIT 20", "ORDER BY seq DESC LIMIT 20"])
def test_each_filter_walks_its_index(connection: apsw.Connection, wanted: EventFilter, index: str, order: str) -> None:
    """S98: one filter, its index; no scan of the table, and nothing is sorted: the walks are merged."""
    plan = _plan(connection, wanted, order)
    walks = [line for line in plan if line.startswith(("SEARCH", "SCAN"))]
    assert walks
    assert all(line.startswith("SEARCH event") and index in line for line in walks), plan
    assert not any("TEMP B-TREE" in line for line in plan), plan


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (EventFilter(types=frozenset({"step.started"}), steps=frozenset({"odd"})), "event_of_step"),
        (EventFilter(phases=frozenset({"rarely"}), workflows=frozenset({"w0"})), "event_of_phase"),
        (EventFilter(steps=frozenset({"s1"}), run=3), "event_of_run"),
        (EventFilter(results=frozenset({"success"}), steps=frozenset({"s1"})), "event_of_step"),
    ],
)
def test_the_rarest_leads(connection: apsw.Connection, wanted: EventFilter, index: str) -> None:
    """Of several filters the one with the fewest events is walked, the others are checked on its rows."""
    assert [line for line in _plan(connection, wanted) if index not in line] == []
