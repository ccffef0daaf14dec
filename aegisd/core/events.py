"""Every kind of event, one class of data each. The one list of what can happen; names are past participles.

An `Event` is numbered by the recorder and never changes. Its `data` is one of the classes of `EVENT_TYPES`; an event of
a type that this version does not know is read as `Unknown` and keeps its data.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import field, frozen

from aegisd.core.model import Attempt, Result, Trigger


@frozen(kw_only=True)
class DaemonStarted:
    """aegisd is ready. `interrupted` are the runs that its last end cut short."""

    type: ClassVar[str] = "daemon.started"
    version: str
    pid: int
    epoch: str
    interrupted: tuple[int, ...] = ()


@frozen(kw_only=True)
class DaemonStopping:
    """aegisd takes no more runs; executing ones have `grace_s` seconds to finish."""

    type: ClassVar[str] = "daemon.stopping"
    reason: str
    grace_s: float
    executing: tuple[int, ...] = ()


@frozen(kw_only=True)
class DaemonDrained:
    """aegisd was told to take and start no more runs; executing ones finish."""

    type: ClassVar[str] = "daemon.drained"
    by: str
    executing: tuple[int, ...] = ()


@frozen(kw_only=True)
class DaemonResumed:
    """aegisd was told to take and start runs again."""

    type: ClassVar[str] = "daemon.resumed"
    by: str


@frozen(kw_only=True)
class ConfigReloaded:
    """A new configuration is in force."""

    type: ClassVar[str] = "config.reloaded"
    by: str
    changes: tuple[str, ...]


@frozen(kw_only=True)
class ConfigRefused:
    """A new configuration had errors; the old one stays in force."""

    type: ClassVar[str] = "config.refused"
    by: str
    errors: tuple[str, ...]


@frozen(kw_only=True)
class WorkflowQueued:
    """A run was accepted: it is on disk and will run, whatever happens to aegisd."""

    type: ClassVar[str] = "workflow.queued"
    trigger: Trigger
    definition: str
    step_count: int
    priority: int = 0
    params: Mapping[str, str] = field(factory=dict)
    reason: str | None = None
    retry_of: int | None = None
    reused: tuple[str, ...] = ()
    parent: int | None = None
    dir: str | None = None


@frozen(kw_only=True)
class WorkflowStarted:
    """A run left the queue. `boot_id` and `boottime_s` (seconds since that boot) tell how long ago, whatever becomes of
    the clock."""

    type: ClassVar[str] = "workflow.started"
    step_count: int
    queued_s: float
    deadline_s: float | None = None
    boot_id: str | None = None
    boottime_s: float | None = None


@frozen(kw_only=True)
class WorkflowResumed:
    """A run that the end of aegisd cut short goes on. The steps in `interrupted` are executed again; `left_s` is what
    is left of the run's limit."""

    type: ClassVar[str] = "workflow.resumed"
    interrupted: tuple[str, ...]
    left_s: float | None = None
    boot_id: str | None = None
    boottime_s: float | None = None


@frozen(kw_only=True)
class WorkflowCompleted:
    """A run ended. `steps` counts its steps by result; `result` says how the run ended, `reason` why, in words."""

    type: ClassVar[str] = "workflow.completed"
    result: Result
    success: bool
    duration_s: float
    steps: Mapping[str, int]
    reason: str | None = None
    failed_steps: tuple[str, ...] = ()


@frozen(kw_only=True)
class CancellationRequested:
    """Somebody or something asked for the end of a run."""

    type: ClassVar[str] = "cancellation.requested"
    by: str
    reason: str | None = None


@frozen(kw_only=True)
class PhaseTransition:
    """A run went from one phase to the next; None is before the first and after the last."""

    type: ClassVar[str] = "phase.transition"
    previous: str | None
    next: str | None
    previous_success: bool | None = None
    previous_duration_s: float | None = None
    boottime_s: float | None = None


@frozen(kw_only=True)
class StepStarted:
    """The first attempt of a step begins. `timeout_s` bounds each attempt."""

    type: ClassVar[str] = "step.started"
    step_type: str
    service: str | None = None
    command: str | None = None
    timeout_s: float | None = None
    boottime_s: float | None = None


@frozen(kw_only=True)
class StepRetrying:
    """An attempt failed and there will be another after `delay_s` seconds."""

    type: ClassVar[str] = "step.retrying"
    failed: Attempt
    delay_s: float
    retries_left: int
    boottime_s: float | None = None


@frozen(kw_only=True)
class StepInterrupted:
    """The end of aegisd cut an attempt short; the next one follows at once and takes none of the step's retries."""

    type: ClassVar[str] = "step.interrupted"
    cut: Attempt


@frozen(kw_only=True)
class StepCompleted:
    """A started step ended; `duration_s` covers all its attempts and the waits between them."""

    type: ClassVar[str] = "step.completed"
    step_type: str
    result: Result
    success: bool
    duration_s: float
    attempts: tuple[Attempt, ...]
    service: str | None = None
    error: str | None = None
    exit_code: int | None = None
    signal: str | None = None
    allowed: bool = False
    reported_failures: int = 0
    output_bytes: int = 0
    data: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class StepSkipped:
    """A step was not started, for a reason in words. `because` names the steps behind it, `reused` the run that passed
    it."""

    type: ClassVar[str] = "step.skipped"
    step_type: str
    reason: str
    because: tuple[str, ...] = ()
    reused: int | None = None


@frozen(kw_only=True)
class FailureDetected:
    """The first failure of a run, right after the `step.completed` that it belongs to."""

    type: ClassVar[str] = "failure.detected"
    step_type: str
    result: Result
    error: str
    service: str | None = None


@frozen(kw_only=True)
class Unknown:
    """The data of an event of a later version."""

    type: ClassVar[str] = "unknown"
    fields: Mapping[str, Any]


EventData = (
    DaemonStarted
    | DaemonStopping
    | DaemonDrained
    | DaemonResumed
    | ConfigReloaded
    | ConfigRefused
    | WorkflowQueued
    | WorkflowStarted
    | WorkflowResumed
    | WorkflowCompleted
    | CancellationRequested
    | PhaseTransition
    | StepStarted
    | StepRetrying
    | StepInterrupted
    | StepCompleted
    | StepSkipped
    | FailureDetected
    | Unknown
)

EVENT_TYPES: dict[str, type[Any]] = {
    kind.type: kind
    for kind in (
        DaemonStarted,
        DaemonStopping,
        DaemonDrained,
        DaemonResumed,
        ConfigReloaded,
        ConfigRefused,
        WorkflowQueued,
        WorkflowStarted,
        WorkflowResumed,
        WorkflowCompleted,
        CancellationRequested,
        PhaseTransition,
        StepStarted,
        StepRetrying,
        StepInterrupted,
        StepCompleted,
        StepSkipped,
        FailureDetected,
    )
}


@frozen(kw_only=True)
class Event:
    """A fact about a run or the daemon. `seq` is host-wide without holes, `id` a UUIDv7, `time` UTC (RFC 3339),
    `cause` the seq of the event that led to this one; `index` counts the steps of a workflow from 0."""

    seq: int
    id: str
    type: str
    time: str
    data: EventData
    workflow: str | None = None
    run: int | None = None
    step: str | None = None
    index: int | None = None
    attempt: int | None = None
    phase: str | None = None
    cause: int | None = None
