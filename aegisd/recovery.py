"""What a start finds in the store: runs in the queue go on waiting, runs that were cut short go on or get their end.

Works before the doors open, so that nobody ever sees a run "executing" that is not. The store is asked for many runs at
a time: a thousand of them are a dozen questions.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from aegisd.acceptance import Acceptance
from aegisd.core.codec import decode_event, decode_workflow
from aegisd.core.model import OnRestart, Result, RunSummary, State, Workflow
from aegisd.core.placement import JobRef
from aegisd.core.state import RunState, fold
from aegisd.engine.books import end_in_the_books
from aegisd.engine.order import Ending, explain_cancellation
from aegisd.engine.resumption import INTERRUPTED, cut_steps, executing_steps, plan_resumption
from aegisd.engine.supervisor import Supervisor
from aegisd.engine.taking_over import TakenOver, Ward
from aegisd.store import Store
from aegisd.timeline.recorder import Recorder
from aegisd.wire.errors import CallError

_log = logging.getLogger("aegisd.recovery")

_AT_ONCE = 100
_MOST_INTERRUPTIONS = 9
_OFTEN = f"{_MOST_INTERRUPTIONS + 1} times"
_NO_WARDS: Mapping[str, Ward] = {}


@frozen(kw_only=True)
class Recovery:
    """What a start has found: the runs that were `interrupted`, those of which programs went on (`adopted`), and the
    names of these programs that are taken over (`claimed`)."""

    interrupted: tuple[int, ...] = ()
    adopted: tuple[int, ...] = ()
    claimed: frozenset[str] = frozenset()


def _adopt_nothing(ref: JobRef) -> None:
    """For a host without executors."""
    del ref


async def recover_runs(
    *,
    store: Store,
    recorder: Recorder,
    supervisor: Supervisor,
    acceptance: Acceptance,
    step_types: Mapping[str, type[Any]],
    wards: Mapping[str, Ward] = _NO_WARDS,
    adopt: Callable[[JobRef], None] = _adopt_nothing,
) -> Recovery:
    """Requeue what waited; resume or end what executed. `wards` are the programs that went on meanwhile, by name;
    `adopt` is told of the jobs elsewhere that runs go on with."""
    interrupted: list[int] = []
    adopted: dict[int, list[TakenOver]] = {}
    unfinished = await store.unfinished_runs()
    definitions = await _read_definitions(store, unfinished, step_types)
    for start in range(0, len(unfinished), _AT_ONCE):
        part = unfinished[start : start + _AT_ONCE]
        histories = await store.read_histories([summary.id for summary in part])
        for summary in part:
            state = recorder.folds[summary.id] = _fold(summary, histories[summary.id])
            workflow = definitions[summary.definition]
            ending = _end_restored(store.bounds.restored) or decide_ending(state, workflow, wards)
            if ending is None and workflow is not None:
                workflow, ending = _complete(workflow, acceptance)
            if ending is not None or workflow is None:
                last = end_in_the_books(state, workflow, ending or _interruption(state), recorder.clock)
                interrupted.append(summary.id)
                await recorder.emit(*last)
                continue
            order = acceptance.restore(summary, workflow, queued_seq=state.last_seq)
            if state.state is State.PENDING:
                supervisor.restore(order)
                continue
            resumption = plan_resumption(state, workflow, recorder.clock, wards)
            taken = [step.taken for step in resumption.open if step.taken is not None]
            jobs = [step.job.ref for step in resumption.open if step.job is not None]
            for ref in jobs:
                adopt(ref)
            if taken or jobs:
                adopted[summary.id] = taken
            if not (taken or jobs) or any(step.was_cut for step in resumption.open):
                interrupted.append(summary.id)
            supervisor.resume(evolve(order, resumption=resumption))
    claimed = frozenset(each.ward.name for taken in adopted.values() for each in taken)
    return Recovery(interrupted=tuple(interrupted), adopted=tuple(adopted), claimed=claimed)


def decide_ending(state: RunState, workflow: Workflow | None, wards: Mapping[str, Ward] = _NO_WARDS) -> Ending | None:
    """How a run ends that does not go on after a restart; None for one that does. `workflow` is None when this version
    cannot carry it out any more."""
    asked = state.cancellation
    if asked is not None:
        return Ending(result=Result.CANCELLATION, reason=explain_cancellation(asked))
    if state.state is State.PENDING and workflow is not None:
        return None
    cut = cut_steps(state, wards)
    waits_on = bool(executing_steps(state)) and not cut  # a person, or a program that went on: nothing was cut short
    if (
        workflow is None
        or state.state is not State.EXECUTING
        or (workflow.on_restart is OnRestart.FAIL and not waits_on)
    ):
        return _interruption(state)
    often = [step.name for step in cut if step.interrupted >= _MOST_INTERRUPTIONS]
    if often:
        return Ending(result=Result.ERROR, reason=f"{INTERRUPTED}: aegisd ended {_OFTEN} during {', '.join(often)}")
    once = [step.name for step in cut if not workflow.steps[step.index].idempotent]
    if not once:
        return None
    reason = f"{INTERRUPTED}: {', '.join(once)} was executing when aegisd ended and must not be executed twice"
    return Ending(result=Result.ERROR, reason=f"{reason} (idempotent = false)")


def _complete(workflow: Workflow, acceptance: Acceptance) -> tuple[Workflow, Ending | None]:
    """`workflow` with its variables; how a run of it ends when one cannot be had."""
    try:
        return acceptance.complete(workflow), None
    except CallError as error:
        return workflow, Ending(result=Result.ERROR, reason=f"{INTERRUPTED}: {error}")


def _end_restored(backup: str | None) -> Ending | None:
    """The end of a run in a store that is a backup of that time: what it has done since, nobody knows."""
    if backup is None:
        return None
    return Ending(result=Result.ERROR, reason=f"{INTERRUPTED}: the store was restored from a backup of {backup}")


def _interruption(state: RunState) -> Ending:
    where = state.state.value if state.state else "unknown"
    return Ending(result=Result.ERROR, reason=f"{INTERRUPTED}: aegisd ended while the run was {where}")


async def _read_definitions(
    store: Store, runs: Sequence[RunSummary], step_types: Mapping[str, type[Any]]
) -> dict[str, Workflow | None]:
    """The definitions of `runs` by digest; each is read once. None where this version cannot carry it out any more."""
    found: dict[str, Workflow | None] = {}
    for digest in {run.definition for run in runs}:
        body = await store.read_definition(digest)
        try:
            found[digest] = decode_workflow(body or b"", step_types=step_types)
        except ValueError:
            found[digest] = None
    return found


def _fold(summary: RunSummary, history: Sequence[bytes]) -> RunState:
    """The state of a run; of one whose history does not fold, as much as is needed to end it."""
    try:
        return fold(summary.id, [decode_event(body) for body in history])
    except ValueError as error:
        _log.error("the history of run %d is broken, the run is ended: %s", summary.id, error)
        return RunState(id=summary.id, workflow=summary.workflow, state=State.FINALIZING, created_at=summary.created_at)
