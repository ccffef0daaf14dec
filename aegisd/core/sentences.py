"""Why in words: one sentence per event. Pure; what users wrote is passed on as it is, for who shows it to escape."""

from collections.abc import Sequence

from aegisd.core import events
from aegisd.core.model import Attempt, Result, Trigger
from aegisd.wire.units import format_duration

_MOST_NAMES = 3
_CUT = ("cancelled by ", "the run's limit of ", "interrupted", "aegisd broke down")
_HELD = {"cgroup": "the cgroup that held them", "subreaper": "the process that held them together"}
_VERBS = {
    Result.SUCCESS: "passed",
    Result.FAILURE: "failed",
    Result.ERROR: "ended in error",
    Result.TIMEOUT: "timed out",
    Result.CANCELLATION: "was cancelled",
    Result.SKIP: "was skipped",
}


def say_names(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b, c and 7 more`."""
    shown, more = list(names[:_MOST_NAMES]), len(names) - _MOST_NAMES
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def say_runs(runs: Sequence[int]) -> str:
    """`#5 and #6`."""
    return say_names([f"#{run}" for run in runs])


def say_origin(data: events.WorkflowQueued) -> str:
    """Who or what started a run."""
    note = f': "{data.reason}"' if data.reason else ""
    if data.parent is not None and data.trigger.kind == "workflow" and data.trigger.name != str(data.parent):
        return f"the trigger {data.trigger.name} starts it after run #{data.parent}{note}"
    if data.parent is not None:
        asker = f"a step of run #{data.parent} asked for it"
        return f"{asker}, as {data.trigger.by}{note}" if data.trigger.by else f"{asker}{note}"
    return _say_trigger(data.trigger) + note


def say_retry(data: events.WorkflowQueued) -> str:
    """Which run is run again, and what of it is not."""
    text = f"it is a retry of run #{data.retry_of}"
    if not data.reused:
        return text
    are = "is" if len(data.reused) == 1 else "are"
    return f"{text}: {say_names(data.reused)} passed there and {are} not run again"


def say_cancellation(data: events.CancellationRequested) -> str:
    """Who asked for the end of a run."""
    return f"{data.by} asked for its end" + (f": {data.reason}" if data.reason else "")


def say_resumed(data: events.WorkflowResumed) -> str:
    """That a run went on after a restart, and with what."""
    again = f": {say_names(data.interrupted)} began again" if data.interrupted else ""
    return f"aegisd ended meanwhile and the run went on after its restart{again}"


def say_adopted(step: str, data: events.StepAdopted) -> str:
    """That the program of a step went on while aegisd was away."""
    how = "had ended by itself" if data.ended else "goes on"
    return f"{step} was not cut short: its program went on without aegisd, which found after its restart that it {how}"


def say_retrying(step: str, data: events.StepRetrying) -> str:
    """Why there was another attempt."""
    left = f"{data.retries_left} more left" if data.retries_left else "for the last time"
    again = f"tried again after {format_duration(data.delay_s)} ({left})"
    return f"attempt {data.failed.attempt} of {step} {say_attempt(data.failed)}; {again}"


def say_attempt(attempt: Attempt) -> str:
    """`failed: exit 1`, `timed out: no end after 30s (ended by SIGTERM)`."""
    return _VERBS[attempt.result] + (f": {attempt.error}" if attempt.error else "")


def say_step_end(step: str, data: events.StepCompleted, *, first: bool) -> str:
    """How a step ended; `first` marks the first failure of its run."""
    killed = say_killed(data.attempts)
    if was_cut(data):
        return f"{step} did not fail, it was only cut short by the end of the run: {data.error}{killed}"
    tries = f" after {len(data.attempts)} attempts" if len(data.attempts) > 1 else ""
    if data.success:
        return f"{step} passed{tries}{killed}"
    place = "" if data.allowed else " first" if first else " too"
    may = ", which is allowed" if data.allowed else ""
    error = f": {data.error}" if data.error else ""
    return f"{step} {_VERBS[data.result]}{place}{tries}{may}{error}{killed}"


def say_killed(attempts: Sequence[Attempt]) -> str:
    """What of a step had to be killed, as the end of a sentence; empty when all of it went by itself."""
    receipts = [attempt.receipt for attempt in attempts if attempt.receipt is not None]
    count = sum(receipt.killed for receipt in receipts)
    if not count:
        return ""
    whose = "1 process of it" if count == 1 else f"{count} processes of it"
    held = _HELD.get(receipts[-1].strategy, receipts[-1].strategy)
    return f"; {whose} had to be killed (SIGKILL), found by {held}"


def say_skip(step: str, data: events.StepSkipped) -> str:
    """Why a step was not started."""
    if data.reused is not None:
        return f"{step} was not run again: it passed in run #{data.reused}"
    if not data.because and is_cut(data.reason):
        return f"{step} was not begun any more: {data.reason}"
    return f"{step} was skipped: {data.reason}"


def say_run_end(data: events.WorkflowCompleted) -> str:
    """Why a run ended as it did."""
    if data.result is Result.CANCELLATION and data.reason and data.reason.startswith("cancelled by "):
        return f"it was {data.reason}"
    return f"it {_VERBS[data.result]}" + (f": {data.reason}" if data.reason else "")


def was_cut(data: events.StepCompleted) -> bool:
    """Whether a step was ended by the end of its run, not by itself."""
    return data.result is Result.CANCELLATION or (not data.success and is_cut(data.error or ""))


def is_cut(reason: str) -> bool:
    """Whether `reason` speaks of the end of the whole run."""
    return reason.startswith(_CUT)


def _say_due(trigger: Trigger) -> str:
    """When, and what else the run makes up for."""
    if trigger.due is None:
        return ""
    more = f"; the run makes up for {trigger.missed} earlier time{'s' if trigger.missed > 1 else ''} too"
    return f" at {trigger.due}" + (more if trigger.missed else "")


def _say_trigger(trigger: Trigger) -> str:
    by, name = trigger.by or "somebody", trigger.name or ""
    match trigger.kind:
        case "manual":
            return f"{by} asked for it"
        case "timer":
            return f"the timer {name} was due".replace("  ", " ") + _say_due(trigger)
        case "workflow":
            return f"it runs after {name or 'another workflow'}"
    asker = " ".join(filter(None, [trigger.kind, name]))
    return f"the {asker} asked for it" + (f", for {trigger.by}" if trigger.by else "")
