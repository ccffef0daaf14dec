"""The screen of `show RUN`: the head, the tree of steps with bars in time, and why. Pure: the time is an argument."""

from __future__ import annotations

import json
from itertools import groupby

from aegisctl.artifact_list import summarize
from aegisctl.job_words import describe_job, say_wait
from aegisctl.marks import kind_of, mark_of, mark_width
from aegisctl.report_words import describe_tests, list_failing, list_slowest
from aegisctl.run_words import describe_end, describe_exit, describe_part, describe_trigger
from aegisctl.text import cells, cut, escape, pad
from aegisctl.times import format_age, format_date, format_span
from aegisctl.times import parse_time as at
from aegisctl.usage_text import describe_tokens
from aegisctl.usage_words import describe_receipt, describe_usage, describe_use
from aegisd.wire.units import format_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from aegisctl.terminal import Terminal

_BAR_CELLS, _NARROW = 16, 60


class _Row:
    """A step with what stands to its left in the tree."""

    def __init__(self, branch: str, step: Mapping[str, Any] | None) -> None:
        self.branch = branch
        self.step = step


def format_run(detail: Mapping[str, Any], *, terminal: Terminal, now: float, utc: bool, env: bool = False) -> list[str]:
    """All lines. In a pipe nothing is cut and ages are left out."""
    run, steps = detail["run"], detail["steps"]
    width = terminal.size()[0] if terminal.tty else 1 << 20
    kind = kind_of(run)
    words = describe_end(run) if run["state"] == "finished" else _describe_active(run, now)
    created = at(run["created_at"])
    age = f" ({format_age(now - created)})" if terminal.tty else ""
    title = f"{escape(run['workflow'])} #{run['id']} {words}"
    lines = [f"{mark_of(kind, terminal)} {cut(title, width - mark_width(terminal) - 2)}"]
    lines.append(_fact("when", f"{format_date(created, utc=utc)}{age}"))
    lines += _facts(detail, env=env, utc=utc)
    rows = _tree(steps)
    left = max((cells(row.branch) + cells(escape(row.step["name"])) for row in rows if row.step is not None), default=0)
    for row in rows:
        if row.step is None:
            lines.append(f"  {row.branch}")
        else:
            lines.append(_step_line(row, run, left=left, terminal=terminal, now=now, width=width))
            lines += [f"      {cut(line, width - 7)}" for line in list_failing(row.step)]
    return lines + _list_kept(detail)


def format_step(
    step: Mapping[str, Any], *, terminal: Terminal, utc: bool, data: Mapping[str, Any] | None = None
) -> list[str]:
    """One step in full: how each attempt ended, and the data that it left."""
    kind = kind_of(step)
    head = " ".join(filter(None, [escape(step["name"]), kind, describe_exit(step)]))
    lines = [f"{mark_of(kind, terminal)} {head}", _fact("type", escape(step["type"]))]
    if step.get("command"):
        lines.append(_fact("command", escape(step["command"])))
    facts = (("service", "service"), ("phase", "phase"), ("reason", "reason"), ("defined", "origin"))
    for name, key in facts:
        if step.get(key):
            lines.append(_fact(name, escape(step[key])))
    if step.get("started_at"):
        lines.append(_fact("started", format_date(at(step["started_at"]), utc=utc)))
    if step.get("duration_s") is not None:
        lines.append(_fact("took", format_duration(step["duration_s"])))
    lines += [_fact("where", describe_job(step["job"]))] if step.get("job") else []
    lines.append(_fact("output", f"{step['output_bytes']} bytes"))
    lines += [_fact("tests", describe_tests(step))] if describe_tests(step) else []
    lines += [_fact("", line) for line in list_failing(step)]
    lines += [_fact("slowest" if place == 0 else "", line) for place, line in enumerate(list_slowest(step))]
    for attempt in step["attempts"]:
        lines += _describe_attempt(attempt)
    if step.get("approval"):
        lines.append(_fact("asks", escape(step["approval"]["message"])))
    if data:
        lines.append(_fact("result", ""))
        lines += [f"    {escape(line)}" for line in json.dumps(data, indent=2, ensure_ascii=False).splitlines()]
    return [line.rstrip() for line in lines]


def _describe_attempt(attempt: Mapping[str, Any]) -> list[str]:
    """How one attempt ended, and what is known of its program."""
    ended = describe_exit(attempt)
    words = f"{attempt['attempt']}  {attempt['result']} {format_duration(attempt['duration_s'])}  {ended}"
    lines = [_fact("attempt", words.rstrip())]
    if attempt.get("usage"):
        lines.append(_fact("used", describe_usage(attempt["usage"])))
    if attempt.get("receipt"):
        lines.append(_fact("ended", describe_receipt(attempt["receipt"])))
    return lines


def _describe_active(run: Mapping[str, Any], now: float) -> str:
    if run["state"] == "pending":
        return f"queued, {run['ahead']} ahead" if run.get("ahead") else "queued"
    usual = f", usually {format_span(run['usual_s'])}" if run.get("usual_s") is not None else ""
    return f"running {format_span(now - at(run['started_at'] or run['created_at']))}{usual}"


def _facts(detail: Mapping[str, Any], *, env: bool, utc: bool) -> list[str]:
    run = detail["run"]
    why = describe_trigger(run["trigger"], parent=run.get("parent"))
    why += f': "{escape(run["note"])}"' if run.get("note") else ""
    why += f", again after #{run['retry_of']}" if run.get("retry_of") else ""
    facts = [_fact("why", why), *_due(run["trigger"], utc=utc)]
    if run.get("part"):
        facts.append(_fact("part", describe_part(run["part"])))
    if run["params"]:
        facts.append(_fact("params", ", ".join(f"{escape(k)}={escape(v)}" for k, v in run["params"].items())))
    if detail.get("origin"):
        facts.append(_fact("defined", f"{escape(detail['origin'])} @ {escape(detail['definition'])[:8]}"))
    facts.append(_fact("dir", escape(detail["dir"])))
    if detail.get("usage"):
        facts.append(_fact("models", describe_tokens(detail["usage"])))
    if env:
        facts.append(_fact("env", ", ".join(escape(name) for name in detail["env"]) or "-"))
    return facts


def _due(trigger: Mapping[str, Any], *, utc: bool) -> list[str]:
    """When the timer behind a run was due."""
    if not trigger.get("due"):
        return []
    missed = trigger.get("missed")
    more = f", makes up for {missed} before it" if missed else ""
    return [_fact("due", f"{format_date(at(trigger['due']), utc=utc)}{more}")]


def _list_kept(detail: Mapping[str, Any]) -> list[str]:
    kept = detail.get("artifacts")
    return [f"  artifacts  {summarize(kept)}"] if kept and kept["count"] else []


def _fact(name: str, text: str) -> str:
    return f"  {name:<8} {text}"


def _tree(steps: Sequence[Mapping[str, Any]]) -> list[_Row]:
    """Steps that ran together hang on a line of their own."""
    groups = [list(members) for _, members in groupby(steps, key=lambda step: step["group"])]
    rows: list[_Row] = []
    for place, group in enumerate(groups):
        last = place == len(groups) - 1
        corner = "└" if last else "├"
        if len(group) == 1:
            rows.append(_Row(f"{corner}─ ", group[0]))
            continue
        rows.append(
            _Row(
                f"{corner}─┬ {escape(group[0]['phase'])} (together)"
                if group[0].get("phase")
                else f"{corner}─┬ together",
                None,
            )
        )
        trunk = " " if last else "│"
        rows += [_Row(f"{trunk} {'└' if step is group[-1] else '├'}─ ", step) for step in group]
    return rows


def _step_line(row: _Row, run: Mapping[str, Any], *, left: int, terminal: Terminal, now: float, width: int) -> str:
    step = row.step or {}
    kind, name = kind_of(step), escape(step["name"])
    start = f"  {row.branch}"
    named = pad(name, left - cells(row.branch))
    used = cells(start) + mark_width(terminal) + 1 + cells(named)
    if kind == "skip":
        rest = f"skipped: {escape(step.get('reason') or '')}"
    elif step.get("started_at"):
        rest = _timing(step, run, now=now, bar=width >= _NARROW)
    else:
        rest = "waits"
    return f"{start}{mark_of(kind, terminal)} {named}  {cut(rest, max(8, width - used - 3))}".rstrip()


def _timing(step: Mapping[str, Any], run: Mapping[str, Any], *, now: float, bar: bool) -> str:
    """`6.8 ▕   █████▌ ▏ 11.5s  exit 1`: when after the run's start, for how long, how it ended."""
    begin = at(run["started_at"] or run["created_at"])
    offset = max(0.0, at(step["started_at"]) - begin)
    took = step["duration_s"] if step.get("duration_s") is not None else max(0.0, now - begin - offset)
    whole = run["duration_s"] if run.get("duration_s") else max(now - begin, 0.001)
    tries = f"{step['attempt']} attempts" if step["attempt"] > 1 else ""
    allowed = "may fail" if step["allowed"] and kind_of(step) == "failure" else ""
    said, use = _say_question(step) or say_wait(step) or describe_exit(step), describe_use(step["attempts"])
    facts = (describe_tests(step), said, _say_note(step), tries, allowed, use)
    words = "  ".join(filter(None, facts))
    drawn = f"{offset:>6.1f} {_bar(offset / whole, took / whole)} " if bar else ""
    return f"{drawn}{format_duration(took):>6}  {words}".rstrip()


def _say_question(step: Mapping[str, Any]) -> str:
    """What an executing step asks of a person."""
    approval = step.get("approval")
    return f"asks: {escape(approval['message'])}" if approval and step["state"] == "executing" else ""


def _say_note(step: Mapping[str, Any]) -> str:
    """What a step that passed warns of."""
    return f"warning: {escape(step['reason'])}" if kind_of(step) == "success" and step.get("reason") else ""


def _bar(begin: float, length: float) -> str:
    """A bar of half cells between two frames; what is short gets half a cell, so that it can be seen."""
    halves = 2 * _BAR_CELLS
    first = min(_BAR_CELLS - 1, int(begin * _BAR_CELLS))
    count = max(1, min(halves - 2 * first, round(length * halves)))
    body = "█" * (count // 2) + ("▌" if count % 2 else "")
    return f"▕{pad(' ' * first + body, _BAR_CELLS)}▏"
