"""Events about a run as a whole, from the queue to its end."""

from collections.abc import Mapping
from typing import ClassVar

from attrs import field, frozen

from aegisd.core.model import Part, Result, Trigger


@frozen(kw_only=True)
class WorkflowQueued:
    """A run was accepted: it is on disk and will run, whatever happens to aegisd. `parent` is the run that led to it,
    `depth` how many runs did, each through the one before. `part` is what of the workflow was asked for, if not all."""

    type: ClassVar[str] = "workflow.queued"
    trigger: Trigger
    definition: str
    step_count: int
    priority: int = 0
    params: Mapping[str, str] = field(factory=dict)
    reason: str | None = None
    retry_of: int | None = None
    reused: tuple[str, ...] = ()
    part: Part | None = None
    parent: int | None = None
    depth: int = 0
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


RunEvent = (
    WorkflowQueued | WorkflowStarted | WorkflowResumed | WorkflowCompleted | CancellationRequested | PhaseTransition
)
