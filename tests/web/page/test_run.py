"""A run's page: the places of its steps in time, and what is said of them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis_web.page.run import is_asking, make_rows
from aegis_web.page.words import format_utc

_BEGUN = 1_795_000_000.0


def make_step(start: float | None, took: float | None, **more: Any) -> dict[str, Any]:
    """A step as the daemon shows it, `start` seconds after the run."""
    state = "pending" if start is None else "executing" if took is None else "finished"
    known = {
        "name": "unit",
        "type": "command",
        "phase": None,
        "state": state,
        "result": "success" if state == "finished" else None,
        "reason": None,
        "command": "pytest",
        "attempt": 1,
        "attempts": [],
        "started_at": None if start is None else format_utc(_BEGUN + start),
        "duration_s": took,
        "exit_code": None,
        "signal": None,
        "allowed": False,
    }
    return {**known, **more}


def make_run(took: float | None) -> dict[str, Any]:
    """A run that executes when `took` is None."""
    return {"started_at": format_utc(_BEGUN), "duration_s": took}


def test_bars_lie_where_the_steps_were() -> None:
    """A step of the second half has a bar over the second half, one that executes a bar up to now."""
    first, second = make_rows(make_run(10.0), [make_step(0, 5.0), make_step(5, 5.0)], now=_BEGUN + 99)
    assert (first.x, first.width) == (0.0, 50.0)
    assert (second.x, second.width) == (50.0, 50.0)
    (running,) = make_rows(make_run(None), [make_step(6, None)], now=_BEGUN + 8)
    assert (running.x, running.width, running.duration_s) == (75.0, 25.0, 2.0)
    (pending,) = make_rows(make_run(None), [make_step(None, None)], now=_BEGUN + 8)
    assert (pending.x, pending.width, pending.offset_s) == (0.0, 0.0, None)


@given(st.floats(-1e6, 1e6), st.none() | st.floats(0, 1e6), st.none() | st.floats(0, 1e6), st.floats(-1e6, 1e6))
def test_bars_stay_in_their_drawing(start: float, took: float | None, whole: float | None, now: float) -> None:
    """Also when a clock was set back, and for steps and runs of no length."""
    (row,) = make_rows(make_run(whole), [make_step(start, took)], now=_BEGUN + now)
    assert 0 <= row.x <= 100
    assert row.width >= 0
    assert row.x + row.width <= 100.01


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"result": "failure", "exit_code": 3, "reason": "exit 3", "attempt": 2}, "exit 3 · 2 attempts"),
        ({"result": "skip", "reason": "lint failed"}, "lint failed"),
        ({}, ""),
    ],
)
def test_what_is_said_of_a_step(more: dict[str, Any], words: str) -> None:
    """How it ended, once, and how often it was tried."""
    (row,) = make_rows(make_run(1.0), [make_step(0, 1.0, **more)], now=_BEGUN)
    assert row.words == words


def test_who_asks() -> None:
    """Only an approval that executes waits for a person."""
    assert is_asking(make_step(0, None, type="approval"))
    assert not is_asking(make_step(0, 1.0, type="approval"))
    assert not is_asking(make_step(0, None))
