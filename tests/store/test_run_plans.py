"""How SQLite goes about the questions on runs: what few of them pass is not looked for among all."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from aegisd.core.record import RunFilter
from aegisd.store.migrate import open_schema
from aegisd.store.query import ask_runs


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[apsw.Connection]:
    """A store."""
    opened = apsw.Connection(str(tmp_path / "store.sqlite"))
    open_schema(opened, path=tmp_path / "store.sqlite", epoch="e")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (RunFilter(states=("executing", "finalizing")), "run_unfinished"),
        (RunFilter(states=("pending",), before=7), "run_unfinished"),
        (RunFilter(results=("failure",)), "run_not_passed"),
        (RunFilter(results=("failure", "error"), states=("finished",)), "run_not_passed"),
        (RunFilter(workflow="ci"), "run_of_workflow"),
        (RunFilter(workflow="ci", states=("finished",)), "run_of_workflow"),
        (RunFilter(), "SCAN run"),
    ],
)
def test_each_list_walks_its_index(connection: apsw.Connection, wanted: RunFilter, index: str) -> None:
    """The newest runs that pass come from an index of those that may, in its order: nothing is sorted."""
    sql, values = ask_runs(wanted)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert len(plan) == 1, plan
    assert index in plan[0], plan
