"""The tables of `webhooks` and `deliveries`, and the page of one delivery, as lines. Pure: the time is an argument."""

from __future__ import annotations

from aegisctl.marks import mark_of, mark_width
from aegisctl.table import Column, format_table
from aegisctl.text import escape
from aegisctl.times import format_age, format_clock, format_since, parse_time
from aegisctl.webhook_words import DELIVERY_KINDS, KINDS, describe_try
from aegisd.wire.units import format_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from aegisctl.terminal import Terminal


def format_webhooks(webhooks: Sequence[Mapping[str, Any]], *, terminal: Terminal, now: float) -> list[str]:
    """One row a webhook: how it stands, what waits, what it is sent and where."""
    columns = [Column("WEBHOOK"), Column("STATE"), Column("WAITING", right=True), Column("FORMAT", spare=True)]
    columns += [Column("EVENTS", spare=True), Column("URL", free=True)]
    rows = []
    for webhook in webhooks:
        since = f" {format_since(now - parse_time(webhook['since']))}" if webhook.get("since") else ""
        state, waiting = f"{webhook['state']}{since}", str(webhook["waiting"] or "-")
        first, *others = webhook["events"]
        events = f"{first} +{len(others)}" if others else first
        row = [webhook["name"], state, waiting, webhook["format"], events, webhook["url"]]
        rows.append((mark_of(KINDS.get(webhook["state"], "unknown"), terminal), row))
    lines = format_table(columns, rows, terminal=terminal, mark_cells=mark_width(terminal))
    for webhook in webhooks:
        if webhook.get("error"):
            by = f" (by {escape(webhook['by'])})" if webhook.get("by") else ""
            lines.append(f"{escape(webhook['name'])}: {escape(webhook['error'])}{by}")
    return lines


def format_deliveries(deliveries: Sequence[Mapping[str, Any]], *, terminal: Terminal, now: float) -> list[str]:
    """One row a delivery: what it is about, how often it was tried, what came back, when it is due."""
    columns = [Column("ID"), Column("WEBHOOK"), Column("EVENT", free=True), Column("RUN", right=True)]
    columns += [Column("TRIES", right=True), Column("LAST"), Column("NEXT")]
    rows = [(mark_delivery(each, terminal), _row(each, now=now)) for each in deliveries]
    return format_table(columns, rows, terminal=terminal, mark_cells=mark_width(terminal))


def format_attempt(delivery: Mapping[str, Any], *, terminal: Terminal, utc: bool) -> str:
    """The line of `deliveries -f`: `08:00:50 ✓ d-2291 → slack workflow.completed #842 200 in 142 ms`."""
    last = delivery.get("last") or {}
    clock = format_clock(parse_time(last.get("time") or delivery["queued_at"]), utc=utc)
    run = f" #{delivery['run']}" if delivery.get("run") is not None else ""
    took = f" in {last.get('duration_s', 0) * 1000:.0f} ms"
    subject = f"d-{delivery['id']} → {escape(delivery['webhook'])} {escape(delivery['event'])}{run}"
    return f"{clock} {mark_delivery(delivery, terminal)} {subject} {describe_try(last or None)}{took}"


def format_delivery(answer: Mapping[str, Any], *, terminal: Terminal, now: float) -> list[str]:
    """Everything about one delivery: headers, body, attempts and answers."""
    delivery = answer["delivery"]
    run = f" of run #{delivery['run']}" if delivery.get("run") is not None else ""
    size = format_size(len(answer["body"].encode("utf-8", "replace")))
    lines = [
        f"{mark_delivery(delivery, terminal)} d-{delivery['id']} → {escape(delivery['webhook'])}  {delivery['state']}",
        f"  event    {escape(delivery['event'])}{run}, seq {delivery['seq']}",
        f"  queued   {format_age(now - parse_time(delivery['queued_at']))}, next: {_due(delivery, now=now)}",
    ]
    lines += [f"  reason   {escape(delivery['reason'])}"] if delivery.get("reason") else []
    for number, each in enumerate(answer["tries"], 1):
        ago = format_age(now - parse_time(each["time"]))
        words = f'  "{escape(each["text"])}"' if each.get("text") else ""
        lines.append(f"  try {number:<4} {describe_try(each)} in {each['duration_s'] * 1000:.0f} ms, {ago}{words}")
    return [*lines, "", *(escape(each) for each in answer["headers"]), "", f"{escape(answer['body'])}", f"({size})"]


def mark_delivery(delivery: Mapping[str, Any], terminal: Terminal) -> str:
    """A delivery that failed and waits is told from one that only waits."""
    kind = DELIVERY_KINDS.get(delivery["state"], "unknown")
    return mark_of("timeout" if kind == "pending" and delivery.get("last") else kind, terminal)


def _row(delivery: Mapping[str, Any], *, now: float) -> list[str]:
    last, most = delivery.get("last"), delivery.get("most")
    ago = f" {format_age(now - parse_time(last['time']))}" if last else ""
    run = "-" if delivery.get("run") is None else str(delivery["run"])
    tries = f"{delivery['attempts']}/{most}" if most else str(delivery["attempts"])
    subject = [f"d-{delivery['id']}", delivery["webhook"], delivery["event"], run]
    return [*subject, tries, f"{describe_try(last)}{ago}", _due(delivery, now=now)]


def _due(delivery: Mapping[str, Any], *, now: float) -> str:
    if delivery["state"] != "pending":
        return "-"
    if not delivery.get("next_at"):
        return "waits"
    left = parse_time(delivery["next_at"]) - now
    return f"in {format_since(left)}" if left >= 1 else "now"
