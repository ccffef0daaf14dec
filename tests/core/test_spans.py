"""The spans of steps: attempts, pauses and questions in seconds since the run began."""

from hypothesis import given
from hypothesis import strategies as st

from aegisd.core import events
from aegisd.core.model import Attempt, Result
from aegisd.core.spans import Doing, Span, find_end, find_spans
from tests.core.spans_kit import Story, chain

Told = list[tuple[str, float, float | None, int]]


def tell(story: Story, step: str) -> Told:
    """The spans of a step: what, from, to, attempt."""
    spans: tuple[Span, ...] = find_spans(story.history).get(story.names[step], ())
    return [(str(each.doing), each.start_s, each.end_s, each.attempt) for each in spans]


def test_a_step_is_one_span() -> None:
    """From its start, for as long as its attempt took; one that executes has no end, one that was skipped no span."""
    story = Story(chain("a", "b", "c")).begin("a", 0.5).end("a", 2.5, 2.0).begin("b", 2.5).skip("c", 2.5)
    assert tell(story, "a") == [("attempt", 0.5, 2.5, 1)]
    assert tell(story, "b") == [("attempt", 2.5, None, 1)]
    assert tell(story, "c") == []
    assert find_end(find_spans(story.history)) == 2.5


def test_the_last_attempt_ends_with_its_step() -> None:
    """Seeing to it that nothing is left of a program takes time, too: the bar of a step is as long as the step took."""
    story = Story(chain("a")).begin("a", 1.0)
    attempt = Attempt(attempt=1, result=Result.SUCCESS, duration_s=2.0)
    done = events.StepCompleted(
        step_type="command", result=Result.SUCCESS, success=True, duration_s=2.5, attempts=(attempt,)
    )
    assert tell(story.add(3.5, done, "a"), "a") == [("attempt", 1.0, 3.5, 1)]


def test_retries_and_the_pauses_between_them() -> None:
    """Each attempt has its own span and result, and each back-off the length that was announced."""
    story = Story(chain("a")).begin("a", 1.0)
    story.retry("a", 3.0, number=1, took=2.0, delay=4.0).retry("a", 8.0, number=2, took=1.0, delay=8.0)
    story.end("a", 17.0, 2.0, 1.0, 1.0)
    assert tell(story, "a") == [
        ("attempt", 1.0, 3.0, 1),
        ("pause", 3.0, 7.0, 2),
        ("attempt", 7.0, 8.0, 2),
        ("pause", 8.0, 16.0, 3),
        ("attempt", 16.0, 17.0, 3),
    ]
    results = [each.result for each in find_spans(story.history)[0] if each.doing is Doing.ATTEMPT]
    assert results == [Result.FAILURE, Result.FAILURE, Result.SUCCESS]


def test_the_end_of_a_run_cuts_a_pause_short() -> None:
    """Cancelled while it waited for its next attempt: no span for the attempt that never was."""
    story = Story(chain("a")).begin("a", 0.0).retry("a", 2.0, number=1, took=2.0, delay=60.0)
    data = events.StepCompleted(
        step_type="command",
        result=Result.CANCELLATION,
        success=False,
        duration_s=5.0,
        attempts=(find_attempt(story),),
    )
    story.add(5.0, data, "a")
    assert tell(story, "a") == [("attempt", 0.0, 2.0, 1), ("pause", 2.0, 5.0, 2)]


def find_attempt(story: Story) -> Attempt:
    """The attempt that the last retry tells of."""
    data = story.history[-1].data
    assert isinstance(data, events.StepRetrying)
    return data.failed


def test_a_clock_that_is_set_back_moves_nothing() -> None:
    """The wall clock jumps an hour back and a day forward in the middle of the run: every step is where it was."""
    story = Story(chain("a", "b", "c"))
    story.begin("a", 0.0).end("a", 10.0, 10.0, wall=-3590.0)
    story.begin("b", 10.0, wall=-3590.0).end("b", 30.0, 20.0, wall=86_400.0)
    story.begin("c", 30.0, wall=86_400.0)
    assert [tell(story, name)[0][1:3] for name in "abc"] == [(0.0, 10.0), (10.0, 30.0), (30.0, None)]


def test_without_a_boot_the_wall_clock_counts_and_never_back() -> None:
    """Events of another system, which tell no seconds since a boot: a clock that goes back stands still instead."""
    story = Story(chain("a", "b"))
    started = events.WorkflowStarted(step_count=2, queued_s=0.0)
    story.history[1] = story.add(0, started).history.pop()
    began = events.StepStarted(step_type="command")
    story.add(5.0, began, "a").end("a", 7.0, 2.0).add(7.0, began, "b", wall=1.0)
    assert tell(story, "a") == [("attempt", 5.0, 7.0, 1)]
    assert tell(story, "b") == [("attempt", 5.0, None, 1)]


def test_a_restart_of_aegisd_is_a_pause() -> None:
    """The attempt that was cut short ends where aegisd did, and the next begins where it was back."""
    story = Story(chain("a")).begin("a", 1.0).resume(11.0, "a", took=4.0).end("a", 13.0, 4.0, 2.0)
    assert tell(story, "a") == [("attempt", 1.0, 5.0, 1), ("pause", 5.0, 11.0, 2), ("attempt", 11.0, 13.0, 2)]


def test_after_a_reboot_the_wall_clock_tells_how_long_it_took() -> None:
    """Another boot has seconds of its own; the wall clock joins them."""
    story = Story(chain("a", "b")).begin("a", 1.0).resume(100.0, "a", took=4.0, boot="b2", up=12.0)
    story.end("a", 102.0, 4.0, 2.0).begin("b", 102.5)
    assert tell(story, "a")[-1] == ("attempt", 100.0, 102.0, 2)
    assert tell(story, "b") == [("attempt", 102.5, None, 1)]


def test_a_question_is_a_span_of_its_kind() -> None:
    """A step that waits for a person is not one that works."""
    story = Story(chain("ask")).begin("ask", 0.0, kind="approval")
    assert tell(story, "ask") == [("ask", 0.0, None, 1)]


def test_a_step_of_no_length() -> None:
    """Nothing took no time: a span of no length, at its place."""
    story = Story(chain("a", "b")).begin("a", 0.0).end("a", 0.0, 0.0).begin("b", 0.0).end("b", 0.0, 0.0).finish(0.0)
    assert tell(story, "b") == [("attempt", 0.0, 0.0, 1)]


@given(walls=st.lists(st.floats(-1e5, 1e5), min_size=3, max_size=3), has_boot=st.booleans())
def test_spans_are_in_order_whatever_the_clock_does(walls: list[float], *, has_boot: bool) -> None:
    """No span ends before it begins, and none begins before the run."""
    story = Story(chain("a", "b"))
    if not has_boot:
        story.history[1] = story.add(0, events.WorkflowStarted(step_count=2, queued_s=0.0)).history.pop()
    story.begin("a", 1.0, wall=walls[0]).end("a", 2.0, 1.0, wall=walls[1]).begin("b", 2.0, wall=walls[2])
    for spans in find_spans(story.history).values():
        for span in spans:
            assert span.start_s >= 0
            assert span.end_s is None or span.end_s >= span.start_s
