"""Why a run or a step is as it is: sentences, each with the event that proves it. Pure: events and definition in.

The history of a run says why it began, what failed first, what only followed from that, and why it ended. What a run in
the queue waits for is in no event of its own; `explain_wait` says it from what the supervisor holds.
"""

from collections.abc import Mapping, Sequence

from attrs import frozen

from aegisd.core import events
from aegisd.core.admission import Wait
from aegisd.core.events import Event
from aegisd.core.model import Condition, Workflow
from aegisd.core.plan import plan_steps
from aegisd.core.sentences import (
    is_cut,
    say_adopted,
    say_cancellation,
    say_killed,
    say_names,
    say_origin,
    say_resumed,
    say_retry,
    say_retrying,
    say_run_end,
    say_runs,
    say_skip,
    say_step_end,
    was_cut,
)
from aegisd.core.sentences_approval import find_open_question, say_approval, say_open
from aegisd.core.sentences_job import JOB_EVENTS, find_open_wait, say_job
from aegisd.wire.units import format_duration

_MOST_LINKS = 100
_LONG_WAIT_S = 1.0
_UNCUT = ("step.started", "step.retrying", "step.interrupted", "step.adopted", "approval.requested", *JOB_EVENTS)


@frozen(kw_only=True)
class Link:
    """A sentence of an answer; `seq` and `time` are of the event that proves it, None for what is true just now."""

    text: str
    seq: int | None = None
    time: str | None = None
    step: str | None = None


def explain_run(history: Sequence[Event], *, waits: Sequence[Link] = ()) -> list[Link]:
    """Why a run is where it is, in the order of its events. `waits` are the links of a run in the queue."""
    first = _first_failure(history)
    links = [link for event in history for link in _explain_event(event, first=first)]
    if history and history[-1].type == "workflow.completed":
        return [*_shorten(links[:-1]), links[-1]]
    return [*_shorten(links), *(_explain_executing(history) if _is_started(history) else waits)]


def explain_step(
    history: Sequence[Event], definition: Workflow, step: str, *, waits: Sequence[Link] = ()
) -> list[Link]:
    """Why the step of that name is where it is, and what came of it."""
    own = [event for event in history if event.step == step]
    if not own:
        return _explain_waiting(history, definition, step, waits)
    links = [link for event in own for link in _explain_own(event, history, definition)]
    links += [_skip(event, data) for event, data in _skips(history) if step in data.because]
    if own[-1].type in _UNCUT:
        links += [link for link in _explain_executing(history) if link.step == step]
    return sorted(_shorten(links), key=lambda link: (link.seq is None, link.seq))


def explain_wait(wait: Wait, starts: Mapping[int, Event]) -> list[Link]:
    """What a run in the queue waits for. `starts` has the `workflow.started` of the runs that hold what it needs."""
    links = []
    if wait.busy:
        links.append(Link(text=f"{wait.workflow} may have {_count(wait.most)} at a time (max_concurrent)"))
    if wait.full:
        links.append(Link(text=f"the host may have {_count(wait.slots)} at a time (runs)"))
    for run in dict.fromkeys([*wait.busy, *wait.full]):
        event = starts.get(run)
        text = f"it waits for the end of run #{run}"
        links.append(_link(event, f"{text} of {event.workflow}") if event else Link(text=text))
    if wait.ahead:
        verb = "is" if len(wait.ahead) == 1 else "are"
        links.append(Link(text=f"{say_runs(wait.ahead)} {verb} before it in the queue"))
    else:
        links.append(Link(text="it is the next one in the queue"))
    return links


def _explain_event(event: Event, *, first: Event | None) -> list[Link]:
    """What an event says about the run as a whole; nothing for what went as it should."""
    approval = say_approval(event)
    links = [_link(event, approval)] if approval else []
    match event.data:
        case events.WorkflowQueued() as data:
            links = [_link(event, say_origin(data))]
            links += [_link(event, say_retry(data))] if data.retry_of is not None else []
        case events.WorkflowStarted(queued_s=queued_s) if queued_s >= _LONG_WAIT_S:
            links = [_link(event, f"it left the queue after {format_duration(queued_s)}")]
        case events.WorkflowResumed() as data:
            links = [_link(event, say_resumed(data))]
        case events.CancellationRequested() as data:
            links = [_link(event, say_cancellation(data))]
        case events.StepAdopted() as data:
            links = [_link(event, say_adopted(event.step or "", data))]
        case events.StepRetrying() as data:
            links = [_link(event, say_retrying(event.step or "", data))]
        case events.StepCompleted() as data if not data.success or say_killed(data.attempts):
            links = [_step_end(event, data, first=first)]
        case events.StepSkipped() as data:
            links = [_skip(event, data)]
        case events.WorkflowCompleted() as data:
            links = [_link(event, say_run_end(data))]
    return links


def _explain_own(event: Event, history: Sequence[Event], definition: Workflow) -> list[Link]:
    """What an event of a step says about the step, with the events of others behind it."""
    said = say_approval(event) or say_job(event)
    links = [_link(event, said)] if said else []
    match event.data:
        case events.StepAdopted() as data:
            links = [_link(event, say_adopted(event.step or "", data))]
        case events.StepInterrupted():
            links = [_link(event, f"the end of aegisd cut {event.step} short, and it began again")]
        case events.StepStarted():
            links = [_link(event, _say_start(event.step or "", definition))]
        case events.StepRetrying() as data:
            links = [_link(event, say_retrying(event.step or "", data))]
        case events.StepCompleted() as data:
            links = [_step_end(event, data, first=_first_failure(history))]
            links += _ends(history) if was_cut(data) else []
        case events.StepSkipped() as data:
            links = [_skip(event, data)]
            links += _ends(history) if not data.because and is_cut(data.reason) else _culprits(history, data)
    return links


def _explain_waiting(history: Sequence[Event], definition: Workflow, step: str, waits: Sequence[Link]) -> list[Link]:
    """Why a step has no event yet."""
    if history and history[-1].type == "workflow.completed":
        return [Link(text=f"{step} never began", step=step), *explain_run(history)]
    if not _is_started(history):
        return [Link(text=f"{step} waits for its run to begin", step=step), *waits]
    ended = {event.step for event in history if event.type in {"step.completed", "step.skipped"}}
    started = {event.step: event for event in history if event.type == "step.started"}
    links = []
    for name in _needed(definition, step):
        if name in started and name not in ended:
            links.append(_link(started[name], f"{step} waits for {name}, which is executing"))
        elif name not in ended:
            links.append(Link(text=f"{step} waits for {name}, which has not begun", step=name))
    return _shorten(links) or [Link(text=f"{step} is about to begin", step=step)]


def _explain_executing(history: Sequence[Event]) -> list[Link]:
    """The steps that execute now."""
    ended = {event.step for event in history if event.type == "step.completed"}
    attempts = {
        event.step: event.data.failed.attempt for event in history if isinstance(event.data, events.StepRetrying)
    }
    links = []
    for event in history:
        if event.type == "step.started" and event.step not in ended:
            asked = find_open_question(history, event.step)
            again = f", attempt {attempts[event.step] + 1}" if event.step in attempts else ""
            waits = find_open_wait(history, event.step)
            if asked is not None:
                links.append(_link(asked, say_open(asked)))
            elif waits is not None:
                links.append(_link(waits, say_job(waits) or ""))
            else:
                links.append(_link(event, f"{event.step} is executing{again}"))
    return _shorten(links)


def _ends(history: Sequence[Event]) -> list[Link]:
    """Who asked for the end of the run; else how it ended."""
    asked = [event for event in history if isinstance(event.data, events.CancellationRequested)]
    done = [event for event in history if isinstance(event.data, events.WorkflowCompleted)]
    return [link for event in (asked or done)[:1] for link in _explain_event(event, first=None)]


def _culprits(history: Sequence[Event], skipped: events.StepSkipped) -> list[Link]:
    """How the steps ended because of which a step was skipped."""
    first = _first_failure(history)
    return [
        _step_end(event, event.data, first=first)
        for event in history
        if event.step in skipped.because and isinstance(event.data, events.StepCompleted)
    ]


def _say_start(step: str, definition: Workflow) -> str:
    needed = _needed(definition, step)
    text = f"{step} began: " + (f"{say_names(needed)} had ended" if needed else "it waits for nothing")
    condition = next(one.condition for one in definition.steps if one.name == step)
    if condition is Condition.ON_FAILURE:
        return f"{text}, and an earlier step had failed"
    return f"{text}, and an earlier step had reported failures" if condition is Condition.HAS_FAILURES else text


def _needed(definition: Workflow, step: str) -> list[str]:
    """The names of the steps that `step` waits for, seen through joins."""
    plan = plan_steps(definition.steps)
    index = next(place for place, one in enumerate(definition.steps) if one.name == step)
    found: list[int] = []
    nodes = list(plan.waits[index])
    while nodes:
        node = nodes.pop()
        if node < plan.steps:
            found.append(node)
        else:
            nodes += plan.waits[node]
    return [definition.steps[node].name for node in sorted(set(found))]


def _step_end(event: Event, data: events.StepCompleted, *, first: Event | None) -> Link:
    """The end of a step; the first failure of a run is proved by its `failure.detected`."""
    if first is None or first.cause != event.seq or was_cut(data):
        return _link(event, say_step_end(event.step or "", data, first=False))
    return _link(first, say_step_end(event.step or "", data, first=True))


def _skip(event: Event, data: events.StepSkipped) -> Link:
    return _link(event, say_skip(event.step or "", data))


def _skips(history: Sequence[Event]) -> list[tuple[Event, events.StepSkipped]]:
    return [(event, event.data) for event in history if isinstance(event.data, events.StepSkipped)]


def _first_failure(history: Sequence[Event]) -> Event | None:
    return next((event for event in history if event.type == "failure.detected"), None)


def _is_started(history: Sequence[Event]) -> bool:
    return any(event.type == "workflow.started" for event in history)


def _link(event: Event, text: str) -> Link:
    return Link(text=text, seq=event.seq, time=event.time, step=event.step)


def _count(runs: int) -> str:
    return "1 run" if runs == 1 else f"{runs} runs"


def _shorten(links: Sequence[Link]) -> list[Link]:
    """Not more than people read; what is left out is counted."""
    if len(links) <= _MOST_LINKS:
        return list(links)
    return [*links[:_MOST_LINKS], Link(text=f"and {len(links) - _MOST_LINKS} more like these")]
