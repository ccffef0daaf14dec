"""Why a run or a step is as it is: the history of the run together with what the supervisor knows of the queue."""

from collections.abc import Iterable, Mapping
from typing import Any

from aegisd.core import events
from aegisd.core.codec import decode_event, to_plain
from aegisd.core.job import Silence
from aegisd.core.model import RunSummary, State, Workflow
from aegisd.core.record import EventFilter
from aegisd.core.results import End
from aegisd.core.state import RunState, fold
from aegisd.core.why import Link, explain_run, explain_step, explain_wait
from aegisd.engine.supervisor import Supervisor
from aegisd.selector import check_step
from aegisd.store import Store
from aegisd.wire.units import format_duration

_ALL = 10**9
_MOST_HOLDERS = 20


async def explain(
    summary: RunSummary,
    definition: Workflow,
    step: str | None,
    *,
    store: Store,
    supervisor: Supervisor,
    silences: Mapping[str, Silence],
) -> list[dict[str, Any]]:
    """The `Link`s of a run, or of its step of that name. `silences` are of the executors that do not answer, by name.
    Raises CallError when it has none."""
    if step is not None:
        check_step(step, [one.name for one in definition.steps], run=summary.id, workflow=summary.workflow)
    waits = await _explain_queue(summary.id, store=store, supervisor=supervisor)
    history = await read_history(store, summary.id)
    links = explain_run(history, waits=waits) if step is None else explain_step(history, definition, step, waits=waits)
    links += _explain_silences(fold(summary.id, history), step, silences)
    return [dict(to_plain(link)) for link in links]


async def read_history(store: Store, run: int) -> list[events.Event]:
    """All events of `run`."""
    rows = await store.read_events(0, limit=_ALL, wanted=EventFilter(run=run))
    return [decode_event(body) for _, body in rows]


async def read_ends(store: Store, run: int) -> dict[str, End]:
    """How the steps of `run` ended, by name; none for a run that is no longer kept."""
    steps = fold(run, await read_history(store, run)).steps.values()
    return {step.name: step.end for step in steps if step.end is not None}


def _explain_silences(state: RunState, step: str | None, silences: Mapping[str, Silence]) -> list[Link]:
    """What executors that do not answer have to do with steps that execute."""
    concerned = {
        own.job.ref.executor
        for own in state.steps.values()
        if own.state is State.EXECUTING and own.job is not None and step in {None, own.name}
    }
    return [
        Link(text=f"{name} has not answered for {format_duration(silence.seconds)}: {silence.reason}")
        for name, silence in silences.items()
        if name in concerned
    ]


async def _explain_queue(run: int, *, store: Store, supervisor: Supervisor) -> list[Link]:
    """What a run in the queue waits for; nothing for another one."""
    wait = supervisor.explain_wait(run)
    if wait is None:
        return []
    held = [await _explain_hold(store, supervisor)] if supervisor.draining or supervisor.drained_by else []
    return [*held, *explain_wait(wait, await _read_starts(store, [*wait.busy, *wait.full][:_MOST_HOLDERS]))]


async def _explain_hold(store: Store, supervisor: Supervisor) -> Link:
    """Why no run starts, whatever room there is."""
    kind = "daemon.stopping" if supervisor.draining else "daemon.drained"
    if supervisor.draining:
        text = "aegisd is stopping; the run goes on waiting in the queue of its next start"
    else:
        text = f"aegisd was drained by {supervisor.drained_by} and starts no runs until aegisctl resume"
    last = await store.read_last_events(1, wanted=EventFilter(types=frozenset({kind})))
    event = decode_event(last[0][1]) if last else None
    return Link(text=text, seq=event.seq, time=event.time) if event else Link(text=text)


async def _read_starts(store: Store, runs: Iterable[int]) -> dict[int, events.Event]:
    """The `workflow.started` of each of `runs` that is on disk."""
    wanted = frozenset({events.WorkflowStarted.type})
    found = {}
    for run in dict.fromkeys(runs):
        for _, body in await store.read_events(0, limit=1, wanted=EventFilter(run=run, types=wanted)):
            found[run] = decode_event(body)
    return found
