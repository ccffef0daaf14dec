"""`/runs/N`: one run: how it ended and why, its steps over time, the last lines of those that failed, what it left."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from aegis_web.page.view import Asked, Shown, View
from aegis_web.page.words import (
    FAILED,
    clean_line,
    describe_end,
    describe_exit,
    describe_use,
    kind_of,
    parse_time,
    plural,
    run_kind,
)
from aegisd.core.token import Scope
from aegisd.daemon import Daemon

_LINES = 20
_LOGS = 3
_LOG_BYTES = 256 * 1024


@frozen(kw_only=True)
class StepRow:
    """A step in the table. `x` and `width` place its bar, in hundredths of the run; both 0 where there is none yet."""

    name: str
    kind: str
    phase: str
    offset_s: float | None
    duration_s: float | None
    x: float
    width: float
    words: str
    command: str


async def show_run(asked: Asked) -> Shown:
    """See the module."""
    daemon, number = asked.daemon, asked.parts["run"]
    detail = await daemon.get_run(number)
    run, steps = detail["run"], detail["steps"]
    failed = [step["name"] for step in steps if step["state"] == "finished" and kind_of(step) in FAILED]
    values: dict[str, Any] = {
        "run": run,
        "title": f"{run['workflow']} #{run['id']}",
        "words": describe_end(run) if run["state"] == "finished" else run["state"],
        "rows": make_rows(run, steps, now=asked.now),
        "links": await daemon.explain(number, step=None),
        "logs": [(name, await read_last_lines(daemon, number, name)) for name in failed[:_LOGS]],
        "artifacts": detail["artifacts"],
        "asks": [step["name"] for step in steps if is_asking(step)],
        "may_run": asked.may(Scope.RUN),
    }
    terminal = (f"aegisctl show {number}", f"aegisctl logs {number}", f"aegisctl retry {number}")
    return Shown(title=values["title"], state=run_kind(run), follow=f"run:{number}", values=values, terminal=terminal)


def make_rows(run: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], *, now: float) -> list[StepRow]:
    """The steps with their places in the time of the run, which ends `now` while it executes. A clock that was set
    back makes no bar longer than the run."""
    begun = parse_time(run["started_at"]) if run["started_at"] else now
    whole = max(run["duration_s"] if run["duration_s"] is not None else now - begun, 0.001)
    return [_make_row(step, begun=begun, whole=whole, now=now) for step in steps]


def _make_row(step: Mapping[str, Any], *, begun: float, whole: float, now: float) -> StepRow:
    offset = max(0.0, parse_time(step["started_at"]) - begun) if step["started_at"] else None
    took = step["duration_s"]
    if took is None and offset is not None:
        took = max(0.0, now - begun - offset)
    x = 0.0 if offset is None else min(100.0, 100 * offset / whole)
    width = 0.0 if offset is None or took is None else min(100.0 - x, max(0.4, 100 * took / whole))
    tries = plural(step["attempt"], "attempt") if step["attempt"] and step["attempt"] > 1 else ""
    ending = describe_exit(step)
    said = (ending or step["reason"] or "", tries, describe_use(step["attempts"]).replace("  ", " · "))
    return StepRow(
        name=step["name"],
        kind=kind_of(step),
        phase=step["phase"] or "",
        offset_s=offset,
        duration_s=took,
        x=round(x, 2),
        width=round(width, 2),
        words=" · ".join(filter(None, said)),
        command=step["command"] or "",
    )


def is_asking(step: Mapping[str, Any]) -> bool:
    """Whether the step waits for a person."""
    return bool(step["type"] == "approval" and step["state"] == "executing")


async def read_last_lines(daemon: Daemon, run: int, step: str) -> list[str]:
    """The last lines that a step wrote, without what moves cursors or colours."""
    stream = await daemon.open_logs(run, steps=[step], attempt=0, follow=False, lines=_LINES)
    data = b""
    while len(data) < _LOG_BYTES and (piece := await stream.read()) is not None:
        data += piece.data
    return [clean_line(line) for line in data.splitlines()[-_LINES:]]


VIEW = View(name="run", rule="/runs/<int:run>", template="run.html", make=show_run, nav="runs")
