"""Why, from histories made by hand: each sentence names the event that proves it."""

import pytest
from attrs import evolve

from aegisd.core import events
from aegisd.core.admission import Wait
from aegisd.core.confinement import Receipt
from aegisd.core.events import Event
from aegisd.core.model import Attempt, Result, Trigger, Workflow
from aegisd.core.sentences import say_names
from aegisd.core.why import explain_run, explain_step, explain_wait
from tests.core.graphs import make_step
from tests.core.histories import WORKFLOW, begun, detected, ended, history, over, queued, skipped, started, told


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (queued(), "dev1 asked for it"),
        (queued(reason="nightly is red"), 'dev1 asked for it: "nightly is red"'),
        (queued(trigger=Trigger(kind="timer", name="nightly")), "the timer nightly was due"),
        (
            queued(trigger=Trigger(kind="timer", name="nightly", due="2026-11-21T02:00:00.000Z")),
            "the timer nightly was due at 2026-11-21T02:00:00.000Z",
        ),
        (
            queued(trigger=Trigger(kind="timer", name="nightly", due="2026-11-21T02:00:00.000Z", missed=2)),
            "the timer nightly was due at 2026-11-21T02:00:00.000Z; the run makes up for 2 earlier times too",
        ),
        (
            queued(trigger=Trigger(kind="workflow", name="after-ci"), parent=3, reason="package it"),
            'the trigger after-ci starts it after run #3: "package it"',
        ),
        (queued(trigger=Trigger(kind="workflow", name="build")), "it runs after build"),
        (
            queued(trigger=Trigger(kind="webhook", name="github", by="dev2")),
            "the webhook github asked for it, for dev2",
        ),
        (
            queued(trigger=Trigger(kind="workflow", name="3", by="ci"), parent=3),
            "a step of run #3 asked for it, as ci",
        ),
    ],
)
def test_why_it_started(data: events.WorkflowQueued, text: str) -> None:
    """Who, which trigger, and the parent run."""
    assert told(explain_run(history(data, started(), over(Result.SUCCESS)))) == [(1, text), (3, "it passed")]


def test_a_retry() -> None:
    """A retry names its run, and what is not run again."""
    links = explain_run(history(queued(retry_of=5, reused=("build", "lint")), started(12.0)))
    assert told(links) == [
        (1, "dev1 asked for it"),
        (1, "it is a retry of run #5: build and lint passed there and are not run again"),
        (2, "it left the queue after 12.0s"),
    ]


def failed_history() -> list[Event]:
    """lint may fail, build failed first, tests was skipped for that, clean ran and failed too."""
    return history(
        queued(),
        started(),
        (begun(), "build"),
        (begun(), "lint"),
        (ended(Result.FAILURE, "exit 3", allowed=True), "lint"),
        (ended(Result.FAILURE, "exit 1"), "build"),
        (detected("exit 1"), "build"),
        (skipped("build failed", "build"), "tests"),
        (begun(), "clean"),
        (ended(Result.TIMEOUT, "no end after 30s (ended by SIGKILL)", attempts=2), "clean"),
        over(Result.FAILURE, "build and clean failed"),
    )


def test_what_failed_first() -> None:
    """The first failure is proved by failure.detected; the rest is what came of it, what was allowed, what failed
    too."""
    assert told(explain_run(failed_history())) == [
        (1, "dev1 asked for it"),
        (5, "lint failed, which is allowed: exit 3"),
        (7, "build failed first: exit 1"),
        (8, "tests was skipped: build failed"),
        (10, "clean timed out too after 2 attempts: no end after 30s (ended by SIGKILL)"),
        (11, "it failed: build and clean failed"),
    ]


def test_one_step_of_a_failed_run() -> None:
    """A step's answer has the events of others that it follows from, and that follow from it."""
    assert told(explain_step(failed_history(), WORKFLOW, "tests")) == [
        (7, "build failed first: exit 1"),
        (8, "tests was skipped: build failed"),
    ]
    assert told(explain_step(failed_history(), WORKFLOW, "build")) == [
        (3, "build began: it waits for nothing"),
        (7, "build failed first: exit 1"),
        (8, "tests was skipped: build failed"),
    ]
    assert told(explain_step(failed_history(), WORKFLOW, "clean"))[0] == (
        9,
        "clean began: tests had ended, and an earlier step had failed",
    )


def test_a_cancelled_run() -> None:
    """By whom and why; its steps did not fail, they were cut short or not begun."""
    tale = history(
        queued(),
        started(),
        (begun(), "build"),
        events.CancellationRequested(by="aegis", reason="replaced by run #8"),
        (ended(Result.CANCELLATION, "cancelled by aegis: replaced by run #8 (ended by SIGTERM)"), "build"),
        (skipped("cancelled by aegis: replaced by run #8"), "lint"),
        over(Result.CANCELLATION, "cancelled by aegis: replaced by run #8"),
    )
    cut = "cancelled by aegis: replaced by run #8 (ended by SIGTERM)"
    assert told(explain_run(tale)) == [
        (1, "dev1 asked for it"),
        (4, "aegis asked for its end: replaced by run #8"),
        (5, f"build did not fail, it was only cut short by the end of the run: {cut}"),
        (6, "lint was not begun any more: cancelled by aegis: replaced by run #8"),
        (7, "it was cancelled by aegis: replaced by run #8"),
    ]
    assert [seq for seq, _ in told(explain_step(tale, WORKFLOW, "lint"))] == [4, 6]
    assert [seq for seq, _ in told(explain_step(tale, WORKFLOW, "build"))] == [3, 4, 5]
    assert told(explain_step(tale, WORKFLOW, "tests"))[0] == (None, "tests never began")


@pytest.mark.parametrize(
    ("result", "reason", "text"),
    [
        (Result.TIMEOUT, "the run's limit of 10m was reached", "it timed out: the run's limit of 10m was reached"),
        (Result.SKIP, "w is busy with #1 and on_busy is skip", "it was skipped: w is busy with #1 and on_busy is skip"),
        (
            Result.ERROR,
            "interrupted: aegisd ended while the run was executing",
            "it ended in error: interrupted: aegisd ended while the run was executing",
        ),
    ],
)
def test_how_it_ended(result: Result, reason: str, text: str) -> None:
    """Its own limit, a busy workflow, the end of aegisd; a step that this cut short did not fail."""
    tale = history(queued(), started(), (begun(), "build"), (ended(result, reason), "build"), over(result, reason))
    assert told(explain_run(tale))[-1] == (5, text)
    if result is not Result.SKIP:
        assert told(explain_step(tale, WORKFLOW, "build"))[1][1].startswith("build did not fail")


def test_a_step_that_executes() -> None:
    """Its retries, and that it executes now; others wait for it by name."""
    failed = Attempt(attempt=1, result=Result.FAILURE, duration_s=1.0, error="exit 1")
    retrying = events.StepRetrying(failed=failed, delay_s=2.0, retries_left=0)
    tale = history(queued(), started(), (begun(), "build"), (retrying, "build"))
    again = (4, "attempt 1 of build failed: exit 1; tried again after 2.0s (for the last time)")
    executing = (3, "build is executing, attempt 2")
    assert told(explain_run(tale)) == [(1, "dev1 asked for it"), again, executing]
    assert executing in told(explain_step(tale, WORKFLOW, "build"))
    assert told(explain_step(tale, WORKFLOW, "tests")) == [
        (3, "tests waits for build, which is executing"),
        (None, "tests waits for lint, which has not begun"),
    ]
    assert told(explain_step(tale, WORKFLOW, "lint")) == [(None, "lint is about to begin")]


def test_steps_behind_a_batch() -> None:
    """A batch after a batch waits for each step of the first one, not for the join between them."""
    batch = tuple(make_step(name, parallel=True) for name in "ab")
    steps = (*batch, make_step("c"), make_step("d", needs=()), make_step("e"))
    tale = history(queued(), started())
    links = explain_step(tale, Workflow(name="w", steps=steps), "c")
    assert told(links) == [(None, f"c waits for {name}, which has not begun") for name in "ab"]


def test_a_run_in_the_queue() -> None:
    """Which limits, which runs hold them since when, and the place in the queue; each step waits for its run."""
    start = Event(seq=40, id="", type="workflow.started", time="t", data=started(), workflow="w", run=3)
    wait = Wait(workflow="w", ahead=(5, 6), slots=2, most=1, full=(3, 4), busy=(3,))
    waits = explain_wait(wait, {3: start})
    tale = history(queued())
    assert told(explain_run(tale, waits=waits)) == [
        (1, "dev1 asked for it"),
        (None, "w may have 1 run at a time (max_concurrent)"),
        (None, "the host may have 2 runs at a time (runs)"),
        (40, "it waits for the end of run #3 of w"),
        (None, "it waits for the end of run #4"),
        (None, "#5 and #6 are before it in the queue"),
    ]
    assert told(explain_step(tale, WORKFLOW, "build", waits=waits))[0] == (None, "build waits for its run to begin")
    assert told(explain_wait(Wait(workflow="w", ahead=(), slots=2, most=1), {})) == [
        (None, "it is the next one in the queue")
    ]


def test_long_answers_are_counted() -> None:
    """Of ten thousand skipped steps a hundred are told, and the end of the run."""
    skips = [(skipped("cancelled by dev1"), f"s{number}") for number in range(10_000)]
    links = explain_run(history(queued(), started(), *skips, over(Result.CANCELLATION, "cancelled by dev1")))
    assert len(links) == 102
    assert [link.text for link in links[-2:]] == ["and 9901 more like these", "it was cancelled by dev1"]


def test_names() -> None:
    """A few names are said, many are counted."""
    assert [say_names("abcd"[:count]) for count in (1, 2, 3, 4)] == ["a", "a and b", "a, b and c", "a, b, c and 1 more"]


def test_a_run_that_went_on_after_a_restart() -> None:
    """The run says that aegisd ended meanwhile and what began again; the step says that it was cut short."""
    cut = Attempt(attempt=1, result=Result.ERROR, duration_s=1.0, error="interrupted")
    resumed = events.WorkflowResumed(interrupted=("build",))
    told = history(queued(), started(), (begun(), "build"), resumed, (events.StepInterrupted(cut=cut), "build"))
    assert any(
        link.seq == 4 and "went on after its restart: build began again" in link.text for link in explain_run(told)
    )
    texts = [link.text for link in explain_step(told, WORKFLOW, "build") if link.seq == 5]
    assert texts == ["the end of aegisd cut build short, and it began again"]


@pytest.mark.parametrize(("ended", "said"), [(False, "goes on"), (True, "had ended by itself")])
def test_a_program_that_went_on(*, ended: bool, said: str) -> None:
    """The run and the step say that a program went on without aegisd, and how it was found."""
    resumed, adopted = events.WorkflowResumed(interrupted=()), events.StepAdopted(ended=ended, after_s=9.0)
    told = history(queued(), started(), (begun(), "build"), resumed, (adopted, "build"))
    words = f"build was not cut short: its program went on without aegisd, which found after its restart that it {said}"
    assert [link.text for link in explain_run(told) if link.seq == 5] == [words]
    links = explain_step(told, WORKFLOW, "build")
    assert [link.text for link in links if link.seq == 5] == [words]
    assert any(link.text == "build is executing" for link in links)


def test_what_had_to_be_killed() -> None:
    """Processes that had to be killed are counted over all attempts, of a step that passed too; the others are no
    news."""
    gone = Attempt(attempt=1, result=Result.FAILURE, duration_s=1.0, receipt=Receipt(strategy="cgroup", killed=2))
    last = Attempt(attempt=2, result=Result.SUCCESS, duration_s=1.0, receipt=Receipt(strategy="cgroup", killed=1))
    completed = evolve(ended(Result.SUCCESS), attempts=(gone, last))
    told = explain_run(history(queued(), started(), (begun(), "lint"), (completed, "lint")))
    text = (
        "lint passed after 2 attempts; 3 processes of it had to be killed (SIGKILL), found by the cgroup that held them"
    )
    assert text in [link.text for link in told]
    quiet = evolve(last, receipt=Receipt(strategy="subreaper"))
    completed = evolve(ended(Result.SUCCESS), attempts=(quiet,))
    told = explain_run(history(queued(), started(), (begun(), "lint"), (completed, "lint")))
    assert not any("lint passed" in link.text for link in told)
