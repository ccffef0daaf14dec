"""The registry of formats: a new one is a file with a pure function, an entry here and a value of `WebhookFormat`."""

from collections.abc import Callable, Mapping

from attrs import frozen

from aegisd.config.webhook_values import WebhookFormat
from aegisd.sinks.cloudevents import encode_cloudevent
from aegisd.sinks.github_status import encode_status, find_commit
from aegisd.sinks.message import Message, encode_message
from aegisd.sinks.slack import encode_slack


def _no_fills(_: Mapping[str, str]) -> dict[str, str]:
    return {}


@frozen(kw_only=True)
class Format:
    """`encode` makes the body, or None for what is not sent. `fills` are the values of `{name}` in the address, from
    the run's parameters. Where `has_token`, the secret is sent as a bearer token instead of signing."""

    encode: Callable[[Message], bytes | None]
    content_type: bytes = b"application/json"
    fills: Callable[[Mapping[str, str]], Mapping[str, str] | None] = _no_fills
    has_token: bool = False


FORMATS: Mapping[WebhookFormat, Format] = {
    WebhookFormat.AEGIS: Format(encode=encode_message),
    WebhookFormat.CLOUDEVENTS: Format(encode=encode_cloudevent, content_type=b"application/cloudevents+json"),
    WebhookFormat.SLACK: Format(encode=encode_slack),
    WebhookFormat.GITHUB_STATUS: Format(encode=encode_status, fills=find_commit, has_token=True),
}
