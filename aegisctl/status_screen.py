"""The screens of `status`, `workflows` and of `aegisctl` alone, as lines. Pure: the time is an argument."""

from __future__ import annotations

from aegisctl.marks import FAILED, kind_of, mark_of, mark_width, word_of
from aegisctl.service_screen import summarize_approvals, summarize_services
from aegisctl.table import Column, format_table
from aegisctl.telemetry_words import describe_telemetry
from aegisctl.text import escape, plural
from aegisctl.times import format_age, format_clock, format_date, format_due, format_since, format_span, format_utc
from aegisctl.times import parse_time as at
from aegisctl.webhook_words import describe_all, is_in_trouble
from aegisd.wire.units import format_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from aegisctl.terminal import Terminal

_WIDEST = 1 << 20  # a pipe has no width


def format_status(
    status: Mapping[str, Any], *, terminal: Terminal, now: float, utc: bool, verbose: bool = False
) -> list[str]:
    """The whole screen: the daemon in a few lines, then the workflows."""
    draining = bool(status.get("draining"))
    mark = mark_of("pending" if draining else "executing", terminal)
    started = at(status["started_at"])
    by = f"drained by {escape(status['drained_by'])}" if status.get("drained_by") else "stopping"
    state = f"{by}, takes no new runs; running" if draining else "running"
    since = f"{format_date(started, utc=utc, with_seconds=False)}, {format_since(now - started)}"
    head = f"{mark} aegisd {escape(status['version'])} (pid {status['pid']}) {state} since {since}"
    lines = [head, *(f"  {name:<8} {text}" for name, text in _facts(status, now=now, utc=utc, verbose=verbose))]
    if status["workflows"]:
        lines += ["", *format_workflows(status["workflows"], terminal=terminal, now=now, utc=utc)]
    return lines


def format_workflows(
    workflows: Sequence[Mapping[str, Any]], *, terminal: Terminal, now: float, utc: bool, with_origin: bool = False
) -> list[str]:
    """One row a workflow: its last run, what it usually takes, what starts it and when it is next due."""
    columns = [
        Column("WORKFLOW"),
        Column("LAST"),
        Column("USUAL", right=True, spare=True),
        Column("TRIGGERS", free=True, spare=True),
    ]
    columns += [Column("NEXT", spare=True), *([Column("DEFINED", free=True, spare=True)] if with_origin else [])]
    rows = []
    for workflow in workflows:
        due = workflow.get("next_at")
        row = [
            workflow["name"],
            describe_last(workflow.get("last"), now=now, tty=terminal.tty),
            format_span(workflow["usual_s"]) if workflow.get("usual_s") is not None else "-",
            ", ".join(workflow.get("triggers") or ()) or "-",
            format_due(at(due), now=now, utc=utc) if due else "-",
        ]
        kind = kind_of(workflow["last"]) if workflow.get("last") else "skip"
        rows.append((mark_of(kind, terminal), [*row, workflow["origin"]] if with_origin else row))
    width = None if terminal.tty else _WIDEST
    return format_table(columns, rows, terminal=terminal, mark_cells=mark_width(terminal), width=width)


def describe_last(run: Mapping[str, Any] | None, *, now: float, tty: bool = True) -> str:
    """`#842 failed 2m ago`, `#843 running 1:12`, `#844 queued`, `never run`."""
    if run is None:
        return "never run"
    kind = kind_of(run)
    text = f"#{run['id']} {word_of(kind)}"
    if kind == "executing" and run.get("started_at"):
        return f"{text} {format_span(now - at(run['started_at']))}"
    if run.get("finished_at"):
        ended = at(run["finished_at"])
        return f"{text} {format_age(now - ended) if tty else format_utc(ended)}"
    return text


def format_summary(status: Mapping[str, Any], *, now: float) -> str:
    """The daemon in one line: `aegisd 1.0.0 on buildhost: running for 3 days, 1 run active, 1 workflow failing`."""
    failing = sum((workflow.get("last") or {}).get("result") in FAILED for workflow in status["workflows"])
    ill = sum(is_in_trouble(webhook) for webhook in status.get("webhooks") or ())
    counts = ((failing, "workflow"), (ill, "webhook"))
    troubles = [plural(count, noun) for count, noun in counts if count]
    parts = [
        f"running for {format_since(now - at(status['started_at']))}",
        f"{plural(status['runs']['executing'], 'run')} active",
        " and ".join(troubles) + " failing" if troubles else "nothing failing",
    ]
    if status.get("draining"):
        parts.insert(1, f"drained by {escape(status['drained_by'])}" if status.get("drained_by") else "stopping")
    return f"aegisd {escape(status['version'])} on {escape(status['name'])}: {', '.join(parts)}"


def _facts(status: Mapping[str, Any], *, now: float, utc: bool, verbose: bool) -> list[tuple[str, str]]:
    config, runs, disk, keep = (status[key] for key in ("config", "runs", "disk", "keep"))
    loaded = at(config["loaded_at"])
    when = format_clock(loaded, utc=utc) if now - loaded < 86400 else format_date(loaded, utc=utc)
    others = [file for file in config["files"] if file != config["path"]]
    more = f" + {plural(len(others), 'file')}" if others else ""
    total = disk["used_bytes"] + disk["free_bytes"]
    rows = [
        ("config", f"{escape(config['path'])}{more}, loaded {when}"),
        *(("", escape(file)) for file in (others if verbose else ())),
        ("socket", escape(status["socket"])),
        ("runs", f"{runs['executing']} running, {runs['queued']} queued, {plural(runs['slots'], 'slot')}"),
        (
            "disk",
            (
                f"{escape(status['state_dir'])} {format_size(disk['used_bytes'])} of {format_size(total)}, "
                f"keeps {plural(keep['runs'], 'run')} or {plural(keep['days'], 'day')}"
            ),
        ),
    ]
    events = status.get("subscriptions") or {}
    if events.get("count"):
        rows.append(("events", _describe_subscriptions(events)))
    if status.get("webhooks"):
        rows.insert(-1, ("webhooks", describe_all(status["webhooks"], utc=utc)))
    if status.get("services"):
        rows.insert(-1, ("services", summarize_services(status["services"], now=now, utc=utc)))
    for place, line in enumerate(summarize_approvals(status.get("approvals") or ())):
        rows.append(("asks" if place == 0 else "", line))
    if status.get("telemetry"):
        rows.append(("spans", describe_telemetry(status["telemetry"])))
    if verbose:
        rows.append(("contains", escape(status["containment"])))
    return rows


def _describe_subscriptions(events: Mapping[str, Any]) -> str:
    failing = f", failing: {escape(', '.join(events['failing']))}" if events["failing"] else ""
    behind = f", {plural(events['behind'], 'event')} behind" if events["failing"] else ""
    return f"{plural(events['count'], 'subscription')}{failing}{behind}"
