"""`/runs/N/steps/STEP`: one step, its attempts and their output; and `.../lines`, some lines of it for the script of
that view, which may wait for them."""

import math
from collections.abc import Mapping
from typing import Any

from aegis_web.followers import current_followers
from aegis_web.page.log_view import (
    MOST_LINES,
    list_notes,
    make_drawing,
    make_link,
    make_window,
    read_times,
    read_window,
    search_log,
)
from aegis_web.page.view import Asked, Shown, View
from aegis_web.page.words import (
    FAILED,
    describe_exit,
    describe_receipt,
    describe_tests,
    describe_usage,
    kind_of,
    list_failing,
    parse_time,
)
from aegisd.core.token import Scope
from aegisd.log_desk import Log
from aegisd.wire.errors import CallError

_WAIT_S = 20.0
_LARGEST = 10**9
_BACK = 1000


async def show_step(asked: Asked) -> Shown:
    """See the module."""
    daemon, number = asked.daemon, asked.parts["run"]
    detail = await daemon.get_run(number)
    run, step = detail["run"], find_step(detail, asked.parts["step"])
    log = await _find_log(asked, step["name"])
    if asked.args.get("at") == "error":
        line = await daemon.desks.logs.find_failing(log)
        return Shown(title="", location=make_link(asked, anchor=line or max(1, log.lines)))
    hits = await search_log(asked, log)
    line = asked.number("line", otherwise=0, most=_LARGEST) or (hits.current if hits else 0)
    line = min(line, max(1, log.lines)) if log.is_counted else line
    drawing = make_drawing(asked, step, hits.found if hits else None)
    artifacts = (await daemon.artifacts.page(number))["artifacts"]
    kind, name = kind_of(step), step["name"]
    values = {
        "run": run,
        "step": step,
        "kind": kind,
        "words": describe_exit(step) or step["reason"] or "",
        "attempts": [_show_attempt(each) for each in step["attempts"]],
        "links": await daemon.explain(number, step=name),
        "artifacts": [each for each in artifacts if each["step"] == name],
        "failing": list_failing(step),
        "tests_words": describe_tests(step),
        "log": log,
        "is_failed": kind in FAILED,
        "line": line,
        "window": await make_window(asked, log, line=line, drawing=drawing),
        "notes": list_notes(asked, log),
        "hits": hits,
        "times": read_times(asked),
        "link": lambda **changes: make_link(asked, **changes),
        "may_run": asked.may(Scope.RUN),
    }
    terminal = (f"aegisctl logs {number} {name}", f"aegisctl why {number} {name}", f"aegisctl show {number}")
    title = f"{name} · {run['workflow']} #{run['id']}"
    follow = "none" if hits else f"run:{number}"  # not every event is worth a search
    return Shown(title=title, state=kind, follow=follow, values=values, terminal=terminal)


async def show_lines(asked: Asked) -> Shown:
    """Lines from `from` on. With `wait` not before there are more than `seen` bytes, at most 20 s; with `tail` those
    at the end when there are too many."""
    seen = asked.args.get("seen", "")
    log = await _find_log(asked, asked.parts["step"])
    if asked.text("wait") and seen == str(log.size) and not log.is_over:
        desk = asked.daemon.desks.logs
        await current_followers().hold(lambda: desk.wait(log, size=int(seen)), most_s=_WAIT_S)
        log = await _find_log(asked, asked.parts["step"])
    first = asked.number("from", otherwise=1, most=_LARGEST)
    count = asked.number("count", otherwise=MOST_LINES, most=MOST_LINES)
    if asked.text("tail") and log.lines - first >= count:
        first = max(first, log.lines - _BACK)
    drawing = make_drawing(asked, {"started_at": _read_begun(asked)}, None)
    window = await read_window(asked, log, first=first, count=count if log.is_counted else 0, drawing=drawing)
    return Shown(title="lines", values={"log": log, "window": window}, follow="none")


async def _find_log(asked: Asked, step: str) -> Log:
    given = asked.args.get("attempt")
    attempt = 0 if given == "0" else asked.number("attempt", otherwise=0, most=_LARGEST)
    return await asked.daemon.desks.logs.find(asked.parts["run"], step, attempt)


def _read_begun(asked: Asked) -> str | None:
    """The time that lines are counted from, as the view that asks had it."""
    given = asked.text("begun")
    try:
        return given if given is not None and math.isfinite(parse_time(given)) else None
    except (ValueError, OverflowError):
        return None


def find_step(detail: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The step of that name. Raises CallError."""
    for step in detail["steps"]:
        if step["name"] == name:
            found: Mapping[str, Any] = step
            return found
    run = detail["run"]["id"]
    raise CallError("NoSuchStep", f"run #{run} has no step {name!r}", hint=f"aegisctl show {run} lists them")


def _show_attempt(attempt: Mapping[str, Any]) -> dict[str, Any]:
    """An attempt with what it used and how its processes went in words."""
    usage, receipt = attempt.get("usage"), attempt.get("receipt")
    return {
        **attempt,
        "kind": attempt["result"],
        "ended": _describe_end(attempt),
        "used": describe_usage(usage) if usage else "",
        "went": describe_receipt(receipt) if receipt else "",
    }


def _describe_end(attempt: Mapping[str, Any]) -> str:
    if attempt["signal"]:
        return f"ended by {attempt['signal']}"
    code = attempt["exit_code"]
    said = attempt["error"] or ""
    return said if code is None else f"exit {code}" + (f": {said}" if said and said != f"exit {code}" else "")


VIEW = View(
    name="step", rule="/runs/<int:run>/steps/<step>", template="step.html", make=show_step, nav="runs", grows=True
)
LINES = View(
    name="lines", rule="/runs/<int:run>/steps/<step>/lines", template="lines.html", make=show_lines, grows=True
)
