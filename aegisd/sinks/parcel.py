"""From a delivery of the outbox to the request that is sent: address, headers, signature. Pure; the body stays."""

from aegisd import __version__
from aegisd.config.webhook_values import WebhookConfig
from aegisd.core.codec import encode_value
from aegisd.core.delivery import Delivery
from aegisd.core.signing_key import decode_key
from aegisd.sinks.formats import FORMATS
from aegisd.sinks.request import Request
from aegisd.sinks.signature import Headers, make_proof

PING = "ping"


def make_request(
    webhook: WebhookConfig, delivery: Delivery, *, timestamp: int, attempt: int, attempt_id: str
) -> Request:
    """The request of one attempt. `timestamp` is seconds since 1970, `attempt` counts from 1."""
    url = webhook.url
    for name, value in delivery.fills.items():
        url = url.replace(f"{{{name}}}", value)
    extra: Headers = [
        (b"x-aegis-event", delivery.type.encode("ascii", "replace")),
        (b"x-aegis-attempt", str(attempt).encode()),
        (b"x-aegis-delivery", attempt_id.encode()),
    ]
    return _make(webhook, url, delivery.message, timestamp, delivery.body, extra)


def make_ping(webhook: WebhookConfig, *, host: str, time: str, timestamp: int, message: str) -> Request:
    """What `webhooks test` sends: signed as all else, about nothing. Slack shows its `text`;
    GitHub refuses it; that it answers shows that the address, the token and the network are right."""
    text = f"aegis on {host} tests this webhook"
    body = encode_value(
        {"type": PING, "event_type": PING, "timestamp": time, "workflow_name": None, "text": text, "data": {}}
    )
    sha = "0" * 40
    return _make(
        webhook, webhook.url.replace("{sha}", sha), message, timestamp, body, [(b"x-aegis-event", PING.encode())]
    )


def _make(webhook: WebhookConfig, url: str, message: str, timestamp: int, body: bytes, extra: Headers) -> Request:
    form = FORMATS[webhook.format]
    authority = url.partition("://")[2].partition("/")[0].partition("?")[0]
    headers: Headers = [
        (b"host", authority.encode("idna" if not authority.isascii() else "ascii")),
        (b"content-type", form.content_type),
        (b"content-length", str(len(body)).encode()),
        (b"user-agent", f"aegis/{__version__}".encode()),
        (b"accept", b"*/*"),
    ]
    if form.has_token:
        headers += [(b"authorization", f"Bearer {key}".encode()) for key in webhook.keys[:1]]
    keys = [] if form.has_token else [decode_key(key) for key in webhook.keys]
    headers += make_proof(keys, message=message, timestamp=timestamp, body=body)
    return Request(url=url, headers=headers + extra, body=body)
