"""Events about a session of agents that a step conducts. The run around it has its own, `workflow.*`."""

from typing import ClassVar

from attrs import frozen

from aegisd.core.events.report import Report


@frozen(kw_only=True)
class SessionStarted(Report):
    """A session began."""

    type: ClassVar[str] = "session.started"


@frozen(kw_only=True)
class SessionCompleted(Report):
    """A session reached its goal."""

    type: ClassVar[str] = "session.completed"
    duration_s: float | None = None


@frozen(kw_only=True)
class SessionFailed(Report):
    """A session ended without reaching its goal."""

    type: ClassVar[str] = "session.failed"
    error: str | None = None
    duration_s: float | None = None


@frozen(kw_only=True)
class SessionAborted(Report):
    """A session was ended from outside."""

    type: ClassVar[str] = "session.aborted"
    reason: str | None = None
    duration_s: float | None = None


SessionEvent = SessionStarted | SessionCompleted | SessionFailed | SessionAborted
