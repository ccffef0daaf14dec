"""What the models that agents asked have used: the fold of `llm.responded`, by whatever one wants to see it.

A cost is the sum of what callers said. Calls without one are counted in `unpriced`, so that a sum over some of the
calls is never taken for the cost of all.
"""

from collections.abc import Iterable, Mapping

from attrs import field, frozen

from aegisd.core.events import Event
from aegisd.core.events.agent import LlmResponded

GROUPS = ("run", "workflow", "step", "role", "model")
"""What usage can be split by; where it is not said, the value is None."""

Group = tuple[str | int | None, ...]


@frozen(kw_only=True)
class Usage:
    """`calls` answered by models, their tokens, and what they cost as far as it is known."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    cost_usd: float | None = None
    unpriced: int = 0
    group: Mapping[str, str | int | None] = field(factory=dict)


def fold_usage(events: Iterable[Event], by: tuple[str, ...]) -> list[Usage]:
    """The usage in `events`, one value for each group, the one with the most tokens first."""
    totals: dict[Group, Usage] = {}
    for event in events:
        if isinstance(event.data, LlmResponded):
            group = tuple(_value(event, event.data, name) for name in by)
            totals[group] = _add(totals.get(group) or Usage(group=dict(zip(by, group, strict=True))), event.data)
    return order_usage(totals.values())


def order_usage(found: Iterable[Usage]) -> list[Usage]:
    """The one with the most tokens first; of equals by what they are called."""
    return sorted(found, key=lambda one: (-one.total_tokens, *(str(value) for value in one.group.values())))


def _value(event: Event, data: LlmResponded, name: str) -> str | int | None:
    value: str | int | None = getattr(data if name in {"role", "model"} else event, name)
    return value


def _add(usage: Usage, data: LlmResponded) -> Usage:
    total = data.prompt_tokens + data.completion_tokens if data.total_tokens is None else data.total_tokens
    cost = usage.cost_usd if data.cost_usd is None else (usage.cost_usd or 0.0) + data.cost_usd
    return Usage(
        calls=usage.calls + 1,
        prompt_tokens=usage.prompt_tokens + data.prompt_tokens,
        completion_tokens=usage.completion_tokens + data.completion_tokens,
        total_tokens=usage.total_tokens + total,
        cost_usd=cost,
        unpriced=usage.unpriced + (data.cost_usd is None),
        group=usage.group,
    )
