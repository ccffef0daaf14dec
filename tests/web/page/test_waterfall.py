"""The waterfall: what lies where over the time of a run."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis_web.page.waterfall import Row, Scale, Waterfall, draw_waterfall
from aegisd.core.model import Result, Step, Workflow
from aegisd.core.plan import plan_steps
from aegisd.core.spans import find_spans
from aegisd.core.state import fold
from aegisd.views import show_steps
from tests.core.graphs import make_step
from tests.core.spans_kit import Story, chain


class AnyType:
    """A step type that says nothing of its steps."""

    def __getitem__(self, name: str) -> "AnyType":
        return self

    def describe(self, spec: Any) -> None:
        """No command."""


def draw(
    story: Story, now_s: float, whole_s: float | None = None, *, flips: set[int] | None = None, **more: Any
) -> Waterfall:
    """The waterfall of a story as it was `now_s`."""
    state = fold(7, story.history)
    workflow = Workflow(name="w", steps=story.steps)
    steps = show_steps(workflow, state, AnyType())  # type: ignore[arg-type]
    is_over = state.result is not None
    scale = Scale(now_s=now_s, whole_s=whole_s or max(now_s, 0.001), is_over=is_over, **more)
    plan, spans = plan_steps(story.steps), find_spans(story.history)
    return draw_waterfall(steps, plan, spans, scale, flips=flips or set())


def find(fall: Waterfall, name: str) -> Row:
    """The row of that name."""
    return next(row for row in fall.rows if row.name == name)


def tell(row: Row) -> list[tuple[str, float, float]]:
    """Its bars: what, from, how wide."""
    return [(bar.doing, bar.x, bar.width) for bar in row.bars]


def test_bars_lie_where_the_steps_were() -> None:
    """A step of the second half has its bar over the second half; each row has its numbers beside it."""
    story = Story(chain("a", "b")).begin("a", 0.0).end("a", 5.0, 5.0).begin("b", 5.0).end("b", 10.0, 5.0).finish(10.0)
    fall = draw(story, 10.0)
    assert [(row.name, row.kind, row.start_s, row.duration_s, tell(row)) for row in fall.rows] == [
        ("a", "success", 0.0, 5.0, [("attempt", 0.0, 50.0)]),
        ("b", "success", 5.0, 5.0, [("attempt", 50.0, 50.0)]),
    ]
    assert (fall.now_x, fall.critical, fall.critical_s) == (None, ("a", "b"), 10.0)
    assert all(row.is_critical for row in fall.rows)


def test_attempts_pauses_and_waits() -> None:
    """A failed attempt that another followed, the pause, the last attempt; and the time in which it could have begun
    and did not."""
    story = Story(chain("a", "b")).begin("a", 0.0).end("a", 2.0, 2.0).begin("b", 4.0)
    story.retry("b", 5.0, number=1, took=1.0, delay=3.0).end("b", 10.0, 1.0, 2.0, result=Result.FAILURE)
    row = find(draw(story.finish(10.0, Result.FAILURE), 10.0), "b")
    assert tell(row) == [("wait", 20.0, 20.0), ("attempt", 40.0, 10.0), ("pause", 50.0, 30.0), ("attempt", 80.0, 20.0)]
    assert [(bar.kind, bar.is_again) for bar in row.bars if bar.doing == "attempt"] == [
        ("failure", True),
        ("failure", False),
    ]
    assert row.words == "exit 1 · 2 attempts"


def test_what_runs_has_an_edge_at_this_moment() -> None:
    """The axis reaches to the usual end; the bar of what executes to now, open; what has not begun has none."""
    story = Story(chain("a", "b")).begin("a", 0.0)
    fall = draw(story, 5.0, 20.0, usual_s=20.0)
    assert tell(find(fall, "a")) == [("attempt", 0.0, 25.0)]
    assert find(fall, "a").bars[0].is_open
    assert find(fall, "a").duration_s == 5.0
    assert (fall.now_x, fall.usual_x) == (25.0, 100.0)
    assert (find(fall, "b").bars, find(fall, "b").kind, find(fall, "b").start_s) == ((), "pending", None)


def test_a_pause_that_goes_on_ends_now() -> None:
    """Before the next attempt nothing is drawn of it."""
    story = Story(chain("a")).begin("a", 0.0).retry("a", 2.0, number=1, took=2.0, delay=60.0)
    assert tell(find(draw(story, 4.0), "a")) == [("attempt", 0.0, 50.0), ("pause", 50.0, 50.0)]


def test_a_question_is_drawn_as_one() -> None:
    """A step that waits for a person looks different from one that works."""
    story = Story(chain("ask")).begin("ask", 0.0, kind="approval")
    assert [(bar.doing, bar.is_open) for bar in find(draw(story, 4.0), "ask").bars] == [("ask", True)]


def test_steps_and_runs_of_no_length() -> None:
    """A bar of no length is still one that can be seen, and lies inside."""
    story = Story(chain("a", "b")).begin("a", 0.0).end("a", 0.0, 0.0).begin("b", 0.0).end("b", 0.0, 0.0).finish(0.0)
    for row in draw(story, 0.0).rows:
        assert row.bars[0].width > 0
        assert row.bars[0].x + row.bars[0].width <= 100


def test_skipped_and_cancelled_while_it_waited() -> None:
    """Both say why, and have no bar: they took no time."""
    story = Story(chain("a", "b", "c")).begin("a", 0.0).end("a", 1.0, 1.0, result=Result.FAILURE)
    story.skip("b", 1.0, "a failed").skip("c", 1.0, "the run was cancelled").finish(1.0, Result.CANCELLATION)
    fall = draw(story, 1.0)
    assert [(row.name, row.kind, row.words, row.bars) for row in fall.rows[1:]] == [
        ("b", "skip", "a failed", ()),
        ("c", "skip", "the run was cancelled", ()),
    ]


def test_a_run_that_never_left_the_queue() -> None:
    """Its steps wait, and nothing is drawn of them."""
    story = Story(chain("a"))
    story.history.pop()
    fall = draw(story, 0.0)
    assert [(row.kind, row.bars, fall.critical) for row in fall.rows] == [("pending", (), ())]


def test_rows_are_in_the_order_of_their_start() -> None:
    """Then in that of the definition; what has not begun comes last."""
    steps = tuple(make_step(name, needs=()) for name in "abcd")
    story = Story(steps).begin("c", 1.0).begin("b", 2.0).begin("a", 2.0)
    assert [row.name for row in draw(story, 3.0).rows if row.group is None] == ["c", "a", "b", "d"]


def make_batch(count: int, failing: set[int]) -> Story:
    """Steps that run together for a second, and one after them."""
    steps = (*(make_step(f"t{n}", parallel=True) for n in range(count)), make_step("last"))
    story = Story(steps)
    for number in range(count):
        story.begin(f"t{number}", 0.0)
    for number in range(count):
        result = Result.FAILURE if number in failing else Result.SUCCESS
        story.end(f"t{number}", 1.0, 1.0, result=result)
    return story.skip("last", 1.0).finish(1.0, Result.FAILURE)


def test_a_group_has_a_row_that_counts() -> None:
    """Few are shown under it; its bar covers them all, and its result is that of the worst."""
    head, *rest = draw(make_batch(3, {1}), 1.0).rows
    assert (head.name, head.kind, head.words, head.is_open) == (
        "3 steps together",
        "failure",
        "2 passed, 1 failed",
        True,
    )
    assert tell(head) == [("group", 0.0, 100.0)]
    assert [(row.name, row.is_member) for row in rest] == [("t0", True), ("t1", True), ("t2", True), ("last", False)]


def test_a_large_group_is_folded_and_its_failures_are_shown() -> None:
    """More than twenty: one row and those that failed. Turned over, all of them; a small one can be folded, too."""
    fall = draw(make_batch(30, {7}), 1.0)
    assert [row.name for row in fall.rows] == ["30 steps together", "t7", "last"]
    assert not fall.rows[0].is_open
    assert len(draw(make_batch(30, {7}), 1.0, flips={1}).rows) == 32
    assert [row.name for row in draw(make_batch(3, set()), 1.0, flips={1}).rows] == ["3 steps together", "last"]


def test_phases_are_groups() -> None:
    """Steps of a phase stand under its name, in whatever order they ran; one alone needs no group."""
    steps = tuple(
        Step(name=name, type="none", spec=None, phase=phase)
        for name, phase in (("a", "check"), ("b", "check"), ("c", "ship"))
    )
    story = Story(steps).begin("a", 0.0).end("a", 1.0, 1.0).begin("b", 1.0)
    rows = draw(story, 2.0).rows
    assert [(row.name, row.group is not None, row.kind) for row in rows] == [
        ("check", True, "executing"),
        ("a", False, "success"),
        ("b", False, "executing"),
        ("c", False, "pending"),
    ]


def make_large(count: int) -> Story:
    """A run of very many steps in layers of ten that all need each other, some of them tried twice."""
    steps = tuple(
        make_step(
            f"s{n}", needs=tuple(f"s{other}" for other in range(n // 10 * 10 - 10, n // 10 * 10)) if n >= 10 else ()
        )
        for n in range(count)
    )
    story = Story(steps)
    for number in range(count):
        at = float(number // 10)
        story.begin(f"s{number}", at)
        if number % 7 == 0:
            story.retry(f"s{number}", at + 0.2, number=1, took=0.2, delay=0.3).end(f"s{number}", at + 1, 0.2, 0.5)
        else:
            story.end(f"s{number}", at + 1, 1.0, result=Result.FAILURE if number % 50 == 3 else Result.SUCCESS)
    return story.finish(count / 10, Result.FAILURE)


def test_a_thousand_steps() -> None:
    """Every step has its row, and the chain goes through all layers of a graph with more paths than there are atoms."""
    fall = draw(make_large(1000), 100.0)
    steps = [row for row in fall.rows if row.group is None]
    assert len(steps) == 1000
    assert fall.left_out == 0
    assert len(fall.critical) == 100
    assert sum(row.kind == "failure" for row in steps) == sum(n % 50 == 3 and n % 7 != 0 for n in range(1000))


def test_more_than_a_thousand_steps() -> None:
    """Of them the groups and what failed are shown, and the rest is counted."""
    fall = draw(make_large(1500), 150.0)
    shown = [row for row in fall.rows if row.group is None]
    assert {row.kind for row in shown} == {"failure"}
    assert len(shown) + fall.left_out == 1500
    assert sum(row.group is not None for row in fall.rows) == 150


def test_a_long_chain_takes_no_recursion() -> None:
    """Five thousand steps in a row are deeper than any stack."""
    names = [f"s{n}" for n in range(5000)]
    story = Story(chain(*names))
    for number, name in enumerate(names):
        story.begin(name, float(number)).end(name, number + 1.0, 1.0)
    assert draw(story.finish(5000.0), 5000.0).critical == tuple(names)


@pytest.mark.parametrize("whole", [0.001, 0.4, 1, 18.3, 59, 61, 3600, 100_000, 1e8])
def test_the_axis_has_round_marks(whole: float) -> None:
    """From 0 on, at most seven, inside, at equal distances."""
    story = Story(chain("a")).begin("a", 0.0)
    ticks = draw(story, whole, whole).ticks
    assert 2 <= len(ticks) <= 7
    assert ticks[0].text == "0"
    assert all(0 <= tick.x <= 100 for tick in ticks)
    gaps = {round(after.x - before.x, 1) for before, after in pairwise(ticks)}
    assert max(gaps) - min(gaps) <= 0.11


@given(begun=st.floats(0, 1e6), took=st.floats(0, 1e6), now=st.floats(0, 1e6), whole=st.floats(0.001, 1e6))
def test_bars_stay_in_their_drawing(begun: float, took: float, now: float, whole: float) -> None:
    """Whatever the clock and the axis are."""
    story = Story(chain("a", "b")).begin("a", begun).end("a", begun + took, took).begin("b", begun + took)
    for row in draw(story, now, whole).rows:
        for bar in row.bars:
            assert 0 <= bar.x <= 100
            assert bar.width > 0
            assert bar.x + bar.width <= 100.011
