"""A run at one of its moments: where that is among its events, and what it was at. Pure."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from aegis_web.page.asking import show_event
from aegis_web.page.waterfall import Scale
from aegis_web.page.words import parse_time
from aegisd.core.codec import encode_event
from aegisd.core.events import Event, WorkflowCompleted
from aegisd.core.spans import find_end, find_moments, find_spans
from aegisd.replay_desk import Replay

_LEAST_S = 0.001
_LEAST_OPEN_S = 1.0


@frozen(kw_only=True)
class Moment:
    """After the event number `number` of `count`, `at_s` after the start of the run. `before` and `after` are the seqs
    of its neighbours, None at either end; `event` is that event as the page shows events."""

    number: int
    count: int
    seq: int
    at_s: float
    before: int | None
    after: int | None
    event: Mapping[str, Any]


def find_place(replay: Replay) -> Moment:
    """Where `replay` is."""
    history, count = replay.history, replay.count
    return Moment(
        number=count,
        count=len(history),
        seq=history[count - 1].seq,
        at_s=find_moments(replay.seen)[-1],
        before=history[count - 2].seq if count > 1 else None,
        after=history[count].seq if count < len(history) else None,
        event=show_event(encode_event(history[count - 1])),
    )


def measure(replay: Replay, *, now: float, is_travel: bool) -> Scale:
    """The axis of a run. It is that of the whole run at each of its moments, so that a bar stays where it is while one
    goes through time; while the run executes it reaches to its usual end."""
    took = next((_took(event) for event in reversed(replay.history) if event.type == "workflow.completed"), None)
    known = find_end(find_spans(replay.history))
    usual = None if took is not None else replay.run["usual_s"]
    here = max(known, _find_now(replay, now=now, is_travel=is_travel) if took is None else took)
    whole = max(here, usual or 0.0, _LEAST_S if took is not None else _LEAST_OPEN_S)
    if is_travel:
        here = min(find_moments(replay.seen)[-1], whole)
    return Scale(now_s=here, whole_s=whole, is_over=replay.run["state"] == "finished", usual_s=usual)


def _took(event: Event) -> float:
    return event.data.duration_s if isinstance(event.data, WorkflowCompleted) else 0.0


def _find_now(replay: Replay, *, now: float, is_travel: bool) -> float:
    """How long a run executes that has not ended: by the clock, or by its last event for who looks back."""
    began = replay.run["started_at"]
    return find_moments(replay.history)[-1] if is_travel or not began else now - parse_time(began)
