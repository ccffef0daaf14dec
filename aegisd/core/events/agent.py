"""Events about agents and the models that they ask."""

from typing import ClassVar

from attrs import frozen

from aegisd.core.events.report import Report


@frozen(kw_only=True)
class AgentInvoked(Report):
    """An agent was given something to do."""

    type: ClassVar[str] = "agent.invoked"


@frozen(kw_only=True)
class AgentResponded(Report):
    """An agent gave its answer."""

    type: ClassVar[str] = "agent.responded"
    duration_s: float | None = None


@frozen(kw_only=True)
class LlmRequested(Report):
    """A model was asked. `prompt_tokens` is what the asker counted."""

    type: ClassVar[str] = "llm.requested"
    prompt_tokens: int | None = None


@frozen(kw_only=True)
class LlmResponded(Report):
    """A model answered. `total_tokens` is the sum of the two others where it is not given, `cost_usd` what
    the call cost in US dollars, if that is known."""

    type: ClassVar[str] = "llm.responded"
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int | None = None
    cost_usd: float | None = None
    duration_s: float | None = None


@frozen(kw_only=True)
class ModelRouted(Report):
    """`model` was chosen, for a reason in words, instead of `previous`."""

    type: ClassVar[str] = "model.routed"
    previous: str | None = None
    reason: str | None = None


AgentEvent = AgentInvoked | AgentResponded | LlmRequested | LlmResponded | ModelRouted
