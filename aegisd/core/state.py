"""A run is the fold of its events: the transition tables of runs and steps, and `apply`, their only reader.

An event that the tables do not allow raises `IllegalTransitionError`: an engine that emits in an illegal order fails at
once, in the tests that fold all it ever emits as well as in the recorder.
"""

from collections.abc import Mapping
from typing import Any

from attrs import define, field

from aegisd.core import events
from aegisd.core.approval import Approval, decide_from
from aegisd.core.confinement import Usage
from aegisd.core.events.job import JobEvent
from aegisd.core.job_state import JobState, apply_job
from aegisd.core.model import Attempt, Mark, Part, Result, RunSummary, State, Trigger

RUN_TRANSITIONS: dict[tuple[State | None, str], State] = {
    (None, "workflow.queued"): State.PENDING,
    (State.PENDING, "workflow.started"): State.EXECUTING,
    (State.PENDING, "cancellation.requested"): State.FINALIZING,
    (State.PENDING, "workflow.completed"): State.FINISHED,
    (State.EXECUTING, "workflow.resumed"): State.EXECUTING,
    (State.EXECUTING, "cancellation.requested"): State.FINALIZING,
    (State.EXECUTING, "workflow.completed"): State.FINISHED,
    (State.FINALIZING, "workflow.started"): State.FINALIZING,
    (State.FINALIZING, "cancellation.requested"): State.FINALIZING,
    (State.FINALIZING, "workflow.completed"): State.FINISHED,
}

STEP_TRANSITIONS: dict[tuple[State, str], State] = {
    (State.PENDING, "step.started"): State.EXECUTING,
    (State.PENDING, "step.skipped"): State.FINISHED,
    (State.EXECUTING, "step.retrying"): State.EXECUTING,
    (State.EXECUTING, "step.interrupted"): State.EXECUTING,
    (State.EXECUTING, "step.submitted"): State.EXECUTING,
    (State.EXECUTING, "step.waiting"): State.EXECUTING,
    (State.EXECUTING, "step.placed"): State.EXECUTING,
    (State.EXECUTING, "step.adopted"): State.EXECUTING,
    (State.EXECUTING, "approval.requested"): State.EXECUTING,
    (State.EXECUTING, "approval.granted"): State.EXECUTING,
    (State.EXECUTING, "approval.rejected"): State.EXECUTING,
    (State.EXECUTING, "approval.expired"): State.EXECUTING,
    (State.EXECUTING, "step.completed"): State.FINISHED,
}


class IllegalTransitionError(ValueError):
    """An event came where the tables do not allow it."""


@define
class StepState:
    """A step that has an event. `reason` says why it was skipped or how it failed; `interrupted` counts the attempts
    that the end of aegisd cut short; `began` marks its start, `attempt_began` that of its last attempt; `approval` is
    what it asked of a person, `job` where an executor has its last attempt."""

    index: int
    name: str
    type: str
    state: State = State.PENDING
    phase: str | None = None
    result: Result | None = None
    reason: str | None = None
    command: str | None = None
    attempt: int = 0
    attempts: tuple[Attempt, ...] = ()
    started_at: str | None = None
    finished_at: str | None = None
    duration_s: float | None = None
    exit_code: int | None = None
    signal: str | None = None
    allowed: bool = False
    reused: int | None = None
    reported_failures: int = 0
    data: Mapping[str, Any] = field(factory=dict)
    end: events.StepCompleted | events.StepSkipped | None = None
    output_bytes: int = 0
    interrupted: int = 0
    approval: Approval | None = None
    job: JobState | None = None
    began: Mark | None = None
    attempt_began: Mark | None = None
    started_seq: int = 0
    ended_seq: int = 0


@define
class RunState:
    """A run as its events have made it so far. `cancellation` is the request for its end that counts; `taken_up` marks
    when this or an earlier aegisd began to carry it out, and `phase_failed` counts the steps that had failed when its
    phase began."""

    id: int
    workflow: str = ""
    state: State | None = None
    result: Result | None = None
    reason: str | None = None
    trigger: Trigger = field(factory=Trigger)
    definition: str = ""
    step_count: int = 0
    priority: int = 0
    params: dict[str, str] = field(factory=dict)
    note: str | None = None
    retry_of: int | None = None
    reused: tuple[str, ...] = ()
    part: Part | None = None
    parent: int | None = None
    depth: int = 0
    dir: str | None = None
    created_at: str = ""
    started_at: str | None = None
    finished_at: str | None = None
    queued_s: float = 0.0
    duration_s: float | None = None
    began: Mark | None = None
    taken_up: Mark | None = None
    cancellation: events.CancellationRequested | None = None
    phase: str | None = None
    phase_began: Mark | None = None
    phase_failed: int = 0
    steps: dict[int, StepState] = field(factory=dict)
    counts: dict[str, int] = field(factory=dict)
    failed_steps: list[str] = field(factory=list)
    cpu_s: float | None = None
    memory_bytes: int | None = None
    started_seq: int = 0
    last_seq: int = 0

    def mark(self, event: events.Event, boottime: float | None, *, later: float = 0.0) -> Mark:
        """The moment `later` seconds after `event`, which was told in the boot that the run was last taken up in."""
        boot = self.taken_up.boot_id if self.taken_up else None
        return Mark(time=event.time, boot_id=boot, boottime_s=None if boottime is None else boottime + later)

    def summarize(self) -> RunSummary:
        """The row that lists show."""
        return RunSummary(
            id=self.id,
            workflow=self.workflow,
            state=self.state or State.PENDING,
            result=self.result,
            reason=self.reason,
            trigger=self.trigger,
            definition=self.definition,
            step_count=self.step_count,
            priority=self.priority,
            params=self.params,
            note=self.note,
            retry_of=self.retry_of,
            reused=self.reused,
            part=self.part,
            parent=self.parent,
            dir=self.dir,
            created_at=self.created_at,
            started_at=self.started_at,
            finished_at=self.finished_at,
            queued_s=self.queued_s,
            duration_s=self.duration_s,
            steps=dict(self.counts),
            failed_steps=tuple(self.failed_steps),
            cpu_s=self.cpu_s,
            memory_bytes=self.memory_bytes,
        )

    def account(self, usage: Usage) -> None:
        """Add what an attempt used."""
        if usage.user_s is not None and usage.system_s is not None:
            self.cpu_s = round((self.cpu_s or 0.0) + usage.user_s + usage.system_s, 6)
        if usage.memory_bytes is not None:
            self.memory_bytes = max(self.memory_bytes or 0, usage.memory_bytes)


def apply(run: RunState, event: events.Event) -> None:
    """Fold `event` into `run`. Raises IllegalTransitionError when the tables do not allow it."""
    kind = event.type
    if event.index is not None:
        _apply_step(run, event)
    elif (run.state, kind) in RUN_TRANSITIONS:
        run.state = RUN_TRANSITIONS[run.state, kind]
        _apply_run(run, event)
    elif kind == "phase.transition" and isinstance(event.data, events.PhaseTransition):
        run.phase, run.phase_failed = event.data.next, len(run.failed_steps)
        run.phase_began = run.mark(event, event.data.boottime_s)
    elif kind in _RUN_EVENTS:
        message = f"run {run.id} is {run.state or 'unknown'} and cannot take {kind}"
        raise IllegalTransitionError(message)
    run.last_seq = event.seq


def fold(run: int, history: list[events.Event]) -> RunState:
    """The state of run number `run` after `history`."""
    state = RunState(id=run)
    for event in history:
        apply(state, event)
    return state


_RUN_EVENTS = frozenset(kind for _, kind in RUN_TRANSITIONS)
_STEP_EVENTS = frozenset(kind for _, kind in STEP_TRANSITIONS)


def _apply_run(run: RunState, event: events.Event) -> None:
    data = event.data
    if isinstance(data, events.WorkflowQueued):
        run.workflow, run.created_at = event.workflow or "", event.time
        run.trigger, run.definition, run.step_count = data.trigger, data.definition, data.step_count
        run.params, run.note, run.priority = dict(data.params), data.reason, data.priority
        run.retry_of, run.reused, run.parent, run.dir = data.retry_of, data.reused, data.parent, data.dir
        run.depth, run.part = data.depth, data.part
    elif isinstance(data, events.WorkflowStarted):
        run.started_at, run.queued_s, run.started_seq = event.time, data.queued_s, event.seq
        run.began = run.taken_up = Mark(time=event.time, boot_id=data.boot_id, boottime_s=data.boottime_s)
    elif isinstance(data, events.WorkflowResumed):
        run.taken_up = Mark(time=event.time, boot_id=data.boot_id, boottime_s=data.boottime_s)
    elif isinstance(data, events.CancellationRequested):
        run.cancellation = run.cancellation or data
    elif isinstance(data, events.WorkflowCompleted):
        run.finished_at, run.result, run.reason = event.time, data.result, data.reason
        run.duration_s = data.duration_s


def _apply_step(run: RunState, event: events.Event) -> None:
    if event.type not in _STEP_EVENTS:
        return
    index = event.index or 0
    step = run.steps.get(index)
    if step is None:
        step = run.steps[index] = StepState(index=index, name=event.step or "", type="", phase=event.phase)
    state = STEP_TRANSITIONS.get((step.state, event.type))
    if state is None or run.state not in (State.EXECUTING, State.FINALIZING):
        message = f"step {step.name} of run {run.id} is {step.state} (run: {run.state}) and cannot take {event.type}"
        raise IllegalTransitionError(message)
    step.state = state
    data = event.data
    if isinstance(data, JobEvent):
        step.job = apply_job(step.job, data, run.mark(event, getattr(data, "boottime_s", None)))
    else:
        _fill_step(run, step, event)


def _fill_step(run: RunState, step: StepState, event: events.Event) -> None:
    data = event.data
    if isinstance(data, events.StepStarted):
        step.type, step.command, step.started_at, step.attempt = data.step_type, data.command, event.time, 1
        step.started_seq = event.seq
        step.began = step.attempt_began = run.mark(event, data.boottime_s)
    elif isinstance(data, events.StepRetrying):
        step.attempts = (*step.attempts, data.failed)
        step.attempt, step.job = data.failed.attempt + 1, None
        step.attempt_began = run.mark(event, data.boottime_s, later=data.delay_s)
    elif isinstance(data, events.StepInterrupted):
        step.attempts, step.interrupted = (*step.attempts, data.cut), step.interrupted + 1
        step.attempt, step.attempt_began, step.job = data.cut.attempt + 1, run.taken_up, None
    elif isinstance(data, events.ApprovalRequested):
        asked = run.mark(event, data.boottime_s)
        step.approval = Approval(message=data.message, asked=asked, timeout_s=data.timeout_s, seq=event.seq)
    elif isinstance(data, events.StepSkipped):
        step.type, step.finished_at, step.reason, step.reused = data.step_type, event.time, data.reason, data.reused
        step.end, step.ended_seq, step.reported_failures = data, event.seq, data.reported_failures
        _end_step(run, step, Result.SKIP, failed=False)
    elif isinstance(data, events.StepCompleted):
        step.finished_at, step.duration_s, step.end = event.time, data.duration_s, data
        step.reason = data.error or data.data.get("warning")
        step.attempts, step.exit_code, step.signal = data.attempts, data.exit_code, data.signal
        step.attempt, step.allowed = len(data.attempts), data.allowed
        step.data = data.data
        step.output_bytes, step.reported_failures, step.ended_seq = data.output_bytes, data.reported_failures, event.seq
        for attempt in data.attempts:
            if attempt.usage is not None:
                run.account(attempt.usage)
        _end_step(run, step, data.result, failed=not data.success and not data.allowed)
    elif step.approval is not None:
        step.approval = decide_from(step.approval, data)


def _end_step(run: RunState, step: StepState, result: Result, *, failed: bool) -> None:
    step.result = result
    run.counts[result] = run.counts.get(result, 0) + 1
    if failed:
        run.failed_steps.append(step.name)
