"""Events about gates: rules that let work pass, warn of it or stop it."""

from typing import ClassVar

from attrs import frozen

from aegisd.core.events.report import Report


@frozen(kw_only=True)
class GateEvaluated(Report):
    """A gate was asked. `passed` is its answer."""

    type: ClassVar[str] = "gate.evaluated"
    gate: str
    passed: bool | None = None


@frozen(kw_only=True)
class GateBlocked(Report):
    """A gate stopped something, for a reason in words."""

    type: ClassVar[str] = "gate.blocked"
    gate: str
    reason: str | None = None


@frozen(kw_only=True)
class GateWarned(Report):
    """A gate let something pass with a warning."""

    type: ClassVar[str] = "gate.warned"
    gate: str
    reason: str | None = None


GateEvent = GateEvaluated | GateBlocked | GateWarned
