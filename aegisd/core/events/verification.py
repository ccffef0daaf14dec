"""Events about checks of what was made."""

from typing import ClassVar

from attrs import frozen

from aegisd.core.events.report import Report


@frozen(kw_only=True)
class VerificationStarted(Report):
    """A check began; `check` is its name."""

    type: ClassVar[str] = "verification.started"
    check: str | None = None


@frozen(kw_only=True)
class VerificationPassed(Report):
    """A check found nothing wrong."""

    type: ClassVar[str] = "verification.passed"
    check: str | None = None
    duration_s: float | None = None


@frozen(kw_only=True)
class VerificationFailed(Report):
    """A check found something wrong: so many `failures`."""

    type: ClassVar[str] = "verification.failed"
    check: str | None = None
    error: str | None = None
    failures: int | None = None
    duration_s: float | None = None


VerificationEvent = VerificationStarted | VerificationPassed | VerificationFailed
