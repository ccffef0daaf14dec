"""Events about one step of a run and its attempts."""

from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import field, frozen

from aegisd.core.model import Attempt, Result


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
class StepAdopted:
    """The program of an attempt went on while aegisd was away, and the next one took it over. `ended`: it has ended
    meanwhile. `after_s` seconds had passed since the attempt began."""

    type: ClassVar[str] = "step.adopted"
    ended: bool
    after_s: float


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
    it; `reported_failures` and `data` are then those of that run."""

    type: ClassVar[str] = "step.skipped"
    step_type: str
    reason: str
    because: tuple[str, ...] = ()
    reused: int | None = None
    reported_failures: int = 0
    data: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class FailureDetected:
    """The first failure of a run, right after the `step.completed` that it belongs to."""

    type: ClassVar[str] = "failure.detected"
    step_type: str
    result: Result
    error: str
    service: str | None = None


StepEvent = StepStarted | StepRetrying | StepInterrupted | StepAdopted | StepCompleted | StepSkipped | FailureDetected
