"""Webhooks in words: how they stand, and the events about them. Pure; what comes in is escaped."""

from __future__ import annotations

from aegisctl.text import escape, plural
from aegisctl.times import format_clock, parse_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    Words = tuple[str, str]

# state -> a key of MARKS
KINDS = {
    "fine": "success",
    "retrying": "timeout",
    "failing": "failure",
    "paused": "timeout",
    "disabled": "cancellation",
    "off": "skip",
}
DELIVERY_KINDS = {"pending": "pending", "delivered": "success", "dead": "failure"}


def is_in_trouble(webhook: Mapping[str, Any]) -> bool:
    """Whether somebody should look after it: it fails, or aegisd disabled it."""
    return webhook["state"] == "failing" or (webhook["state"] == "disabled" and webhook.get("by") is None)


def describe_all(webhooks: Sequence[Mapping[str, Any]], *, utc: bool) -> str:
    """`2 of 3 fine; github failing since 08:00:31 (2 waiting)`."""
    fine = sum(webhook["state"] == "fine" for webhook in webhooks)
    others = [describe_state(webhook, utc=utc) for webhook in webhooks if webhook["state"] not in {"fine", "off"}]
    return "; ".join([f"{fine} of {len(webhooks)} fine", *others])


def describe_state(webhook: Mapping[str, Any], *, utc: bool) -> str:
    """`github failing since 08:00:31 (2 waiting)`."""
    text = f"{escape(webhook['name'])} {escape(webhook['state'])}"
    if webhook.get("since"):
        text += f" since {format_clock(parse_time(webhook['since']), utc=utc)}"
    return f"{text} ({webhook['waiting']} waiting)" if webhook.get("waiting") else text


def describe_try(last: Mapping[str, Any] | None) -> str:
    """`200`, `502`, `timeout`; `-` before the first attempt."""
    if last is None:
        return "-"
    return str(last["status"]) if last.get("status") is not None else escape(last.get("error") or "?")


def _describe_failing(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return "failure", f"{_name(data)} {escape(data.get('error'))}, {data.get('waiting', 0)} waiting"


def _describe_recovered(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return "success", f"{_name(data)} after {data.get('failing_s', 0):.0f}s, {data.get('waiting', 0)} waiting"


def _describe_exhausted(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    words = f"{_name(data)} d-{data.get('delivery')} {escape(data.get('event_type'))}: {escape(data.get('reason'))}"
    return "failure", words


def _describe_dropped(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    count = data.get("count", 0)
    return (
        "failure",
        f"{_name(data)} {count} {'delivery' if count == 1 else 'deliveries'}: {escape(data.get('reason'))}",
    )


def _describe_disabled(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    by = f" by {escape(data['by'])}" if data.get("by") else ""
    return "cancellation", f"{_name(data)}{by}: {escape(data.get('reason'))}"


def _describe_enabled(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    return "executing", f"{_name(data)} by {escape(data.get('by'))}"


def _describe_replayed(_: Mapping[str, Any], data: Mapping[str, Any]) -> Words:
    subject = f"{_name(data)} " if data.get("webhook") else ""
    return "executing", f"{subject}{plural(data.get('count', 0), 'time')} by {escape(data.get('by'))}"


def _name(data: Mapping[str, Any]) -> str:
    return f"→ {escape(data.get('webhook') or '?')}"


WEBHOOK_EVENTS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Words]] = {
    "webhook.failing": _describe_failing,
    "webhook.recovered": _describe_recovered,
    "webhook.exhausted": _describe_exhausted,
    "webhook.dropped": _describe_dropped,
    "webhook.disabled": _describe_disabled,
    "webhook.enabled": _describe_enabled,
    "webhook.replayed": _describe_replayed,
}
