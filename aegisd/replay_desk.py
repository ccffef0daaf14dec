"""A run as it was at any of its events, and as it is now: the fold of its history up to there.

Histories only grow. What was read of one is kept while there is room, and only what came since is read again: a page
that is looked at live, or moved through time, costs the new events and not all of them.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from aegisd.core.codec import decode_event, decode_workflow, to_plain
from aegisd.core.events import Event
from aegisd.core.model import RunSummary, State, Workflow
from aegisd.core.plan import Plan, plan_steps
from aegisd.core.record import EventFilter
from aegisd.core.state import RunState, fold
from aegisd.core.why import Link, explain_run, explain_step
from aegisd.steps.base import StepType
from aegisd.store import Store
from aegisd.views import show_run, show_steps
from aegisd.wire.errors import CallError

_ALL = 10**9
_KEPT_EVENTS = 10_000


@frozen(kw_only=True)
class Replay:
    """A run after the first `count` events of its `history`. `state` is their fold; `run`, `steps` and `links` are what
    `GetRun` and `ExplainRun` said then, but for the queue, which is not in the events of a run."""

    definition: Workflow
    plan: Plan
    history: Sequence[Event]
    count: int
    state: RunState
    run: Mapping[str, Any]
    steps: Sequence[Mapping[str, Any]]
    links: Sequence[Mapping[str, Any]]

    @property
    def seen(self) -> Sequence[Event]:
        """The events up to that moment."""
        return self.history[: self.count]

    @property
    def is_now(self) -> bool:
        """Whether nothing came after it."""
        return self.count == len(self.history)

    def explain_waiting(self, *, most: int) -> list[tuple[str, list[dict[str, Any]]]]:
        """The steps that have not begun, at most so many, each with the `Link`s that say what it waits for."""
        pending = [step["name"] for step in self.steps if step["state"] == State.PENDING.value]
        return [(name, _plain(explain_step(self.seen, self.definition, name))) for name in pending[:most]]


class ReplayDesk:
    """The part of the daemon that knows runs at all moments."""

    def __init__(self, *, store: Store, step_types: Mapping[str, StepType]) -> None:
        self._store = store
        self._step_types = step_types
        self._histories: OrderedDict[int, tuple[Event, ...]] = OrderedDict()

    async def read(self, run: int, *, at: int | None = None, event: int | None = None) -> Replay:
        """The run after the event whose seq is `at`, or after its `event`-th one; as it is now without both. Raises
        CallError for a run that is not there, and for a moment before it was."""
        summary = await self._store.get_run(run)
        if summary is None:
            self._histories.pop(run, None)
            raise CallError("NoSuchRun", f"there is no run #{run}", hint="aegisctl history lists the runs")
        history = await self._read_history(run)
        count = _find_count(summary, history, at=at, event=event)
        state = fold(run, list(history[:count]))
        definition = await self._read_definition(summary)
        usual = await self._store.usual_durations([summary.workflow])
        return Replay(
            definition=definition,
            plan=plan_steps(definition.steps),
            history=history,
            count=count,
            state=state,
            run=show_run(state.summarize(), usual_s=usual.get(summary.workflow)),
            steps=show_steps(definition, state, self._step_types),
            links=_plain(explain_run(history[:count])),
        )

    async def _read_history(self, run: int) -> tuple[Event, ...]:
        known = self._histories.get(run, ())
        rows = await self._store.read_events(known[-1].seq if known else 0, limit=_ALL, wanted=EventFilter(run=run))
        history = (*known, *(decode_event(body) for _, body in rows))
        if not history:
            raise CallError("NoSuchRun", f"the events of run #{run} are no longer kept")
        self._histories[run] = history
        self._histories.move_to_end(run)
        size = sum(len(each) for each in self._histories.values())
        while size > _KEPT_EVENTS:
            size -= len(self._histories.popitem(last=False)[1])
        return history

    async def _read_definition(self, summary: RunSummary) -> Workflow:
        body = await self._store.read_definition(summary.definition)
        return decode_workflow(body or b"", step_types={name: kind.spec for name, kind in self._step_types.items()})


def _find_count(summary: RunSummary, history: Sequence[Event], *, at: int | None, event: int | None) -> int:
    if event is not None:
        return max(1, min(event, len(history)))
    if at is None:
        return len(history)
    count = sum(each.seq <= at for each in history)
    if count == 0:
        message = f"run #{summary.id} was not there yet at event {at}; its first event is {history[0].seq}"
        raise CallError("BadParameter", message)
    return count


def _plain(links: Sequence[Link]) -> list[dict[str, Any]]:
    return [dict(to_plain(link)) for link in links]
