"""The chain of steps that made a run as long as it was."""

from aegisd.core.critical import find_critical, find_ends, find_ready
from aegisd.core.plan import Plan, plan_steps
from aegisd.core.spans import Doing, Span, Spans, find_spans
from tests.core.graphs import make_step
from tests.core.spans_kit import Story


def make_diamond() -> Story:
    """`a`, then `b` and `c` together, then `d`; `c` takes longer than `b`."""
    steps = (
        make_step("a"),
        make_step("b", parallel=True),
        make_step("c", parallel=True),
        make_step("d"),
    )
    story = Story(steps).begin("a", 0.0).end("a", 2.0, 2.0)
    story.begin("b", 2.0).begin("c", 2.0).end("b", 3.0, 1.0).end("c", 7.0, 5.0)
    return story.begin("d", 7.5).end("d", 8.0, 0.5).finish(8.0)


def read(story: Story) -> tuple[Plan, Spans]:
    """Its plan and spans."""
    return plan_steps(story.steps), find_spans(story.history)


def test_the_chain_goes_through_what_ended_last() -> None:
    """Through joins, and by each end that was waited for."""
    plan, spans = read(make_diamond())
    assert [
        make_diamond().steps[index].name for index in find_critical(plan, spans, find_ends(plan, spans, now_s=8.0))
    ] == ["a", "c", "d"]


def test_when_a_step_could_have_begun() -> None:
    """`d` could have begun when `c` had ended, and did half a second later."""
    plan, spans = read(make_diamond())
    assert find_ready(plan, spans, find_ends(plan, spans, now_s=8.0)) == {0: 0.0, 1: 2.0, 2: 2.0, 3: 7.0}


def test_what_goes_on_ends_now() -> None:
    """In a run that executes, the chain ends at a step that does."""
    story = Story((make_step("a", needs=()), make_step("b", needs=()))).begin("a", 0.0).begin("b", 0.0)
    story.end("a", 3.0, 3.0)
    plan, spans = read(story)
    assert find_critical(plan, spans, find_ends(plan, spans, now_s=5.0)) == (1,)


def test_skipped_steps_are_looked_through() -> None:
    """A step behind a skipped one waited for what that waited for."""
    story = Story((make_step("a"), make_step("b"), make_step("c")))
    story.begin("a", 0.0).end("a", 2.0, 2.0).skip("b", 2.0).begin("c", 2.0).end("c", 4.0, 2.0)
    plan, spans = read(story)
    assert find_critical(plan, spans, find_ends(plan, spans, now_s=4.0)) == (0, 2)
    assert find_ready(plan, spans, find_ends(plan, spans, now_s=4.0))[2] == 2.0


def test_nothing_began() -> None:
    """A run whose steps have not begun has no chain."""
    plan, spans = read(Story((make_step("a"),)))
    assert find_critical(plan, spans, find_ends(plan, spans, now_s=4.0)) == ()


def test_many_paths_cost_as_much_as_few() -> None:
    """Forty layers of five steps that all need each other are 5 ** 40 paths and a thousand edges."""
    steps = tuple(
        make_step(f"s{layer}-{place}", needs=tuple(f"s{layer - 1}-{n}" for n in range(5)) if layer else ())
        for layer in range(40)
        for place in range(5)
    )
    spans = {
        index: (Span(doing=Doing.ATTEMPT, start_s=index // 5, end_s=index // 5 + 1.0),) for index in range(len(steps))
    }
    assert find_critical(plan_steps(steps), spans, find_ends(plan_steps(steps), spans, now_s=40.0)) == tuple(
        range(0, 200, 5)
    )
