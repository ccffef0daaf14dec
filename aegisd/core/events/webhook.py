"""Events about webhooks. They tell of trouble and of commands, not of each delivery: `aegisctl deliveries` lists those.

None of them goes to the webhook that it tells of, and a delivery of one of them causes none: two webhooks that fail
cannot keep each other busy.
"""

from typing import ClassVar

from attrs import frozen


@frozen(kw_only=True)
class WebhookFailing:
    """A webhook failed several times in a row. It is tried at growing intervals; what is meant for it waits."""

    type: ClassVar[str] = "webhook.failing"
    webhook: str
    error: str
    waiting: int


@frozen(kw_only=True)
class WebhookRecovered:
    """A webhook that had been failing took a delivery."""

    type: ClassVar[str] = "webhook.recovered"
    webhook: str
    failing_s: float
    waiting: int


@frozen(kw_only=True)
class WebhookExhausted:
    """A delivery will not be tried again by itself; `aegisctl redeliver` sends it once more."""

    type: ClassVar[str] = "webhook.exhausted"
    webhook: str
    delivery: int
    event_type: str
    event_seq: int
    attempts: int
    reason: str


@frozen(kw_only=True)
class WebhookDropped:
    """The oldest `count` deliveries that waited for a webhook were given up: more waited than the outbox holds, or they
    waited for more than four days. `reason` says which; `aegisctl redeliver` sends them once more."""

    type: ClassVar[str] = "webhook.dropped"
    webhook: str
    count: int
    reason: str


@frozen(kw_only=True)
class WebhookDisabled:
    """A webhook gets nothing any more until it is enabled; what waits for it is kept for four days."""

    type: ClassVar[str] = "webhook.disabled"
    webhook: str
    reason: str
    by: str | None = None


@frozen(kw_only=True)
class WebhookEnabled:
    """Somebody enabled a webhook."""

    type: ClassVar[str] = "webhook.enabled"
    webhook: str
    by: str


@frozen(kw_only=True)
class WebhookReplayed:
    """Somebody asked for `count` deliveries to be sent again; without `webhook`, of several webhooks."""

    type: ClassVar[str] = "webhook.replayed"
    by: str
    count: int
    webhook: str | None = None


WebhookEvent = (
    WebhookFailing
    | WebhookRecovered
    | WebhookExhausted
    | WebhookDropped
    | WebhookDisabled
    | WebhookEnabled
    | WebhookReplayed
)
