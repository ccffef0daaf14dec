"""A run at one of its moments."""

import pytest

from aegis_web.page.travel import find_place, measure
from aegis_web.page.words import parse_time
from aegisd.core.model import Workflow
from aegisd.core.plan import plan_steps
from aegisd.core.state import fold
from aegisd.replay_desk import Replay
from aegisd.views import show_run
from tests.core.spans_kit import Story, chain

_BEGAN = parse_time("2026-11-21T08:00:00.000Z")


def replay(story: Story, count: int | None = None, *, usual_s: float | None = None) -> Replay:
    """A story after its first events."""
    count = len(story.history) if count is None else count
    state = fold(7, story.history[:count])
    return Replay(
        definition=Workflow(name="w", steps=story.steps),
        plan=plan_steps(story.steps),
        history=story.history,
        count=count,
        state=state,
        run=show_run(state.summarize(), usual_s=usual_s),
        steps=[],
        links=[],
    )


def make_story() -> Story:
    """Two steps of ten seconds, the second of which executes."""
    return Story(chain("a", "b")).begin("a", 0.0).end("a", 10.0, 10.0).begin("b", 10.0)


def test_where_a_moment_is() -> None:
    """Its event, its neighbours, and the seconds since the start; at either end there is one neighbour."""
    middle = find_place(replay(make_story(), 4))
    assert (middle.number, middle.count, middle.seq, middle.before, middle.after) == (4, 5, 4, 3, 5)
    assert middle.at_s == 10.0
    assert (middle.event["type"], middle.event["step"]) == ("step.completed", "a")
    assert find_place(replay(make_story(), 1)).before is None
    assert find_place(replay(make_story())).after is None


def test_the_axis_of_a_run_that_executes() -> None:
    """It reaches to now, or to its usual end; now is the clock's."""
    scale = measure(replay(make_story()), now=_BEGAN + 15, is_travel=False)
    assert (scale.now_s, scale.whole_s, scale.is_over) == (15.0, 15.0, False)
    scale = measure(replay(make_story(), usual_s=60.0), now=_BEGAN + 15, is_travel=False)
    assert (scale.now_s, scale.whole_s, scale.usual_s) == (15.0, 60.0, 60.0)


def test_a_clock_that_was_set_back_makes_no_run_shorter() -> None:
    """What is known to have happened has happened."""
    assert measure(replay(make_story()), now=_BEGAN - 500, is_travel=False).now_s == 10.0


def test_the_axis_stays_while_one_goes_through_time() -> None:
    """Of a run that has ended it is that of the whole run at each moment, so that bars keep their places."""
    story = make_story().end("b", 20.0, 10.0).finish(20.0)
    for count in range(1, len(story.history) + 1):
        assert measure(replay(story, count), now=_BEGAN + 99_999, is_travel=True).whole_s == 20.0
    then = measure(replay(story, 4), now=_BEGAN + 99_999, is_travel=True)
    assert (then.now_s, then.is_over) == (10.0, False)
    assert measure(replay(story), now=_BEGAN + 99_999, is_travel=True).is_over


@pytest.mark.parametrize("count", [1, 2])
def test_before_the_first_step(count: int) -> None:
    """In the queue, and just begun: at the beginning of the axis."""
    assert measure(replay(make_story(), count), now=_BEGAN + 50, is_travel=True).now_s == 0.0
