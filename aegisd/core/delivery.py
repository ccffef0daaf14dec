"""The outbox as values: what is to be sent to webhooks, what was tried, and how a webhook stands.

A delivery is one event on its way to one webhook. Its body is made once, when the event is written, and never again:
what is signed, sent, tried again and shown are the same bytes. No value here holds a secret; all of them are stored.
"""

from collections.abc import Mapping
from enum import StrEnum

from attrs import field, frozen

from aegisd.core.model import Mark


class DeliveryState(StrEnum):
    """Where a delivery is. `dead` is the end of one that will not be tried again by itself."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@frozen(kw_only=True)
class Try:
    """One attempt: when (RFC 3339) and how long, and the answer. `error` is a short kind (`refused`, `timeout`, `tls`,
    `blocked`) when there was no answer; `text` is the start of the answer, or the error in words."""

    time: str
    duration_s: float
    status: int | None = None
    error: str | None = None
    text: str = ""


@frozen(kw_only=True)
class Progress:
    """How far a delivery has come. `attempts` counts those that used up a place of the schedule, `tries` are the last
    of all. The next one is due `delay_s` after `tried`. `reason` says why it is dead."""

    attempts: int = 0
    tried: Mark | None = None
    delay_s: float = 0.0
    tries: tuple[Try, ...] = ()
    finished_at: str | None = None
    reason: str | None = None


@frozen(kw_only=True)
class NewDelivery:
    """A delivery that an event causes. `message` is the `webhook-id`: the same for every attempt and replay. `fills`
    are the values of `{name}` in the webhook's URL."""

    webhook: str
    seq: int
    message: str
    type: str
    body: bytes
    queued: Mark
    run: int | None = None
    fills: Mapping[str, str] = field(factory=dict)


@frozen(kw_only=True)
class Delivery(NewDelivery):
    """A delivery of the outbox."""

    id: int
    state: DeliveryState
    progress: Progress


@frozen(kw_only=True)
class DeliveryUpdate:
    """What becomes of the delivery `id`."""

    id: int
    state: DeliveryState
    progress: Progress


@frozen(kw_only=True)
class WebhookState:
    """What is to be remembered of the webhook `name` as long as it has the address whose digest is `target`.

    `disabled` says why it gets nothing any more, `by` who did it (None: aegisd). `failing` marks the first failure
    since the last success, `told` that `webhook.failing` was emitted of it. It is
    left alone until `pause_s` after `paused`."""

    name: str
    target: str
    disabled: str | None = None
    disabled_at: str | None = None
    by: str | None = None
    failing: Mark | None = None
    told: bool = False
    error: str | None = None
    paused: Mark | None = None
    pause_s: float = 0.0


OutboxChange = DeliveryUpdate | WebhookState


@frozen(kw_only=True)
class DeliveryFilter:
    """Which deliveries a list shows, the newest first. Values of one field are alternatives; empty means all. `since`
    is RFC 3339 in UTC and means the time when it was queued; `failed` keeps those that are dead or have failed at
    least once and wait."""

    webhook: str | None = None
    states: tuple[str, ...] = ()
    run: int | None = None
    since: str | None = None
    failed: bool = False
    limit: int = 20


@frozen(kw_only=True)
class Load:
    """What waits in the outbox for one webhook."""

    count: int = 0
    size: int = 0
