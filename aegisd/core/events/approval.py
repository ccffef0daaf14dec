"""Events about steps that wait for a person."""

from typing import ClassVar

from attrs import frozen


@frozen(kw_only=True)
class ApprovalRequested:
    """A step waits for somebody to approve or reject it. It expires after `timeout_s` seconds (None: never)."""

    type: ClassVar[str] = "approval.requested"
    message: str
    timeout_s: float | None = None
    boottime_s: float | None = None


@frozen(kw_only=True)
class ApprovalGranted:
    """Somebody approved a step: it passes."""

    type: ClassVar[str] = "approval.granted"
    by: str
    reason: str | None = None
    waited_s: float = 0.0


@frozen(kw_only=True)
class ApprovalRejected:
    """Somebody rejected a step: it fails."""

    type: ClassVar[str] = "approval.rejected"
    by: str
    reason: str | None = None
    waited_s: float = 0.0


@frozen(kw_only=True)
class ApprovalExpired:
    """Nobody decided in time: the step times out."""

    type: ClassVar[str] = "approval.expired"
    waited_s: float


ApprovalEvent = ApprovalRequested | ApprovalGranted | ApprovalRejected | ApprovalExpired
