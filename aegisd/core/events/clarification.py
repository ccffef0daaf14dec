"""Events about questions to people."""

from typing import ClassVar

from attrs import frozen

from aegisd.core.events.report import Report


@frozen(kw_only=True)
class ClarificationRequested(Report):
    """Somebody is asked; `options` are the answers to choose from, if there are any."""

    type: ClassVar[str] = "clarification.requested"
    question: str
    options: tuple[str, ...] = ()


@frozen(kw_only=True)
class ClarificationAnswered(Report):
    """Somebody answered."""

    type: ClassVar[str] = "clarification.answered"
    answer: str
    question: str | None = None


ClarificationEvent = ClarificationRequested | ClarificationAnswered
