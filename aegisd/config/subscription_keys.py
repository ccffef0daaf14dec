"""The keys of `[[subscriptions]]`, and what they become."""

from typing import Any

from attrs import frozen

from aegisd.core.model import Origin
from aegisd.core.schema import Kind, key


@frozen(kw_only=True)
class SubscriptionKeys:
    """The keys that all subscriptions take. Each type adds its own."""

    name: str = key(
        Kind.NAME,
        "The subscription's name. Its place in the events is kept under it, also over restarts.",
        example='"archive"',
    )
    type: str = key(Kind.NAME, "Where the events go: `jsonl` or `command`.", example='"jsonl"')
    events: tuple[str, ...] = key(
        Kind.TEXTS,
        'The types of events: whole names, `"step.*"` for all of a kind, or `"*"` for all.',
        example='["workflow.completed", "step.*"]',
        default=("*",),
    )
    workflows: tuple[str, ...] = key(
        Kind.TEXTS,
        "Only events of these workflows.",
        example='["quality"]',
        default=(),
        default_text="all, and events of no workflow",
    )
    results: tuple[str, ...] = key(
        Kind.TEXTS,
        "Only events with one of these results.",
        example='["failure", "error"]',
        default=(),
        default_text="all, and events without a result",
    )
    retry_backoff: float = key(
        Kind.DURATION,
        "The wait after a delivery failed. It doubles with each further failure, up to a minute, and is spread by "
        "20 %.",
        example='"500ms"',
        default=0.5,
        minimum=0.001,
        maximum=3600,
        default_text='"500ms"',
    )


@frozen(kw_only=True)
class Subscription:
    """One subscription; `spec` has the keys of its type."""

    name: str
    type: str
    spec: Any
    events: tuple[str, ...] = ("*",)
    workflows: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    retry_backoff: float = 0.5
    origin: Origin | None = None
