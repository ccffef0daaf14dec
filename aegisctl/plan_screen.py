"""The screen of `plan` as lines. Pure."""

from __future__ import annotations

from itertools import groupby

from aegisctl.text import cells, cut, escape, pad
from aegisd.wire.units import format_limit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from aegisctl.terminal import Terminal

_CONDITIONS = {
    "on_failure": "if something failed",
    "has_failures": "if failures were reported",
    "always": "always, even after a failure",
}
_BUSY = {"skip": "one more is skipped", "replace": "one more replaces the oldest"}


def format_plan(plan: Mapping[str, Any], *, terminal: Terminal, width: int | None) -> list[str]:
    """One line a step; steps that run together hang on one number. Commands are cut to `width`, nothing else is."""
    steps = plan["steps"]
    names = max((cells(escape(step["name"])) for step in steps), default=0)
    lines = [_head(plan, terminal)]
    if plan.get("description"):
        lines.append(f"  {escape(plan['description'])}")
    for number, (_, members) in enumerate(groupby(steps, key=lambda step: step["group"]), start=1):
        group = list(members)
        for place, step in enumerate(group):
            branch = " " if len(group) == 1 else "┬" if place == 0 else "└" if place == len(group) - 1 else "├"
            start = f"{number if place == 0 else '':>2} {branch} {pad(escape(step['name']), names)}  "
            line = _line(start, step, width, file=escape(plan["origin"]).rpartition(":")[0])
            lines.append(terminal.paint(line, "grey") if step.get("left_out") else line)
    for title, texts in (("params", _params(plan)), ("env", ", ".join(escape(name) for name in plan["env"]))):
        if texts:
            lines.append(f"{title}: {texts}")
    return [*lines, terminal.paint("nothing was run", "grey")]


def _head(plan: Mapping[str, Any], terminal: Terminal) -> str:
    at_once, busy = plan["max_concurrent"], plan["on_busy"]
    count = "one at a time" if at_once == 1 else f"{at_once} at once"
    facts = [*([f"limit {format_limit(plan['timeout_s'])}"] if plan.get("timeout_s") else []), count]
    if busy in _BUSY:
        facts.append(_BUSY[busy])
    return f"{terminal.paint(escape(plan['workflow']), 'bold')}  {escape(plan['origin'])}   {', '.join(facts)}"


def _line(start: str, step: Mapping[str, Any], width: int | None, *, file: str) -> str:
    facts = "  ".join(_facts(step, file))
    command = escape(" ".join(str(step.get("command") or step["type"]).split()))
    if width is not None:
        command = cut(command, max(10, width - cells(start) - (cells(facts) + 2 if facts else 0)))
    return f"{start}{command}{'  ' if facts else ''}{facts}".rstrip()


def _facts(step: Mapping[str, Any], file: str) -> list[str]:
    if step.get("left_out"):
        return [f"skipped: {escape(step['left_out'])}"]
    facts = []
    if step["condition"] in _CONDITIONS:
        facts.append(_CONDITIONS[step["condition"]])
    if step.get("needs"):
        facts.append("needs " + ", ".join(escape(name) for name in step["needs"]))
    if step["retries"]:
        facts.append(f"retries {step['retries']}")
    if step.get("timeout_s"):
        facts.append(f"limit {format_limit(step['timeout_s'])}")
    if step["allow_failure"]:
        facts.append("may fail")
    if step.get("origin"):
        facts.append(escape(step["origin"]).removeprefix(file))
    return facts


def _params(plan: Mapping[str, Any]) -> str:
    return ", ".join(f"{escape(key)}={escape(value)}" for key, value in plan["params"].items())
