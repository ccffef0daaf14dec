"""Events about the tasks of a session. A task that aegis itself executes is a step and has `step.*`."""

from typing import ClassVar

from attrs import frozen

from aegisd.core.events.report import Report


@frozen(kw_only=True)
class TaskScheduled(Report):
    """A task will be done, once what it `needs` is."""

    type: ClassVar[str] = "task.scheduled"
    needs: tuple[str, ...] = ()


@frozen(kw_only=True)
class TaskStarted(Report):
    """A task began."""

    type: ClassVar[str] = "task.started"


@frozen(kw_only=True)
class TaskCompleted(Report):
    """A task is done."""

    type: ClassVar[str] = "task.completed"
    duration_s: float | None = None


@frozen(kw_only=True)
class TaskFailed(Report):
    """A task could not be done."""

    type: ClassVar[str] = "task.failed"
    error: str | None = None
    duration_s: float | None = None


@frozen(kw_only=True)
class TaskRetrying(Report):
    """A task failed and is tried again after `delay_s` seconds; `attempt` is the one to come."""

    type: ClassVar[str] = "task.retrying"
    error: str | None = None
    attempt: int | None = None
    delay_s: float | None = None


@frozen(kw_only=True)
class TaskSkipped(Report):
    """A task is not done, for a reason in words."""

    type: ClassVar[str] = "task.skipped"
    reason: str | None = None


TaskEvent = TaskScheduled | TaskStarted | TaskCompleted | TaskFailed | TaskRetrying | TaskSkipped
