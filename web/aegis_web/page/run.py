"""`/runs/N`: one run: how it ended and why, its steps over time, the last lines of what failed, tests, what it left,
sent and used. With `?at=SEQ` or `?event=K` the run as it was after that event."""

from collections.abc import Mapping
from typing import Any

from aegis_web.page.findings import list_tests, list_uses, read_failures
from aegis_web.page.tokens import draw_tokens
from aegis_web.page.travel import find_place, measure
from aegis_web.page.view import Asked, Shown, View
from aegis_web.page.waterfall import draw_waterfall
from aegis_web.page.webhooks import STATES
from aegis_web.page.words import FAILED, describe_end, run_kind, word_of
from aegisd.core.delivery import DeliveryFilter
from aegisd.core.record import RunFilter
from aegisd.core.spans import find_spans
from aegisd.core.token import Scope
from aegisd.daemon import Daemon
from aegisd.replay_desk import Replay

_WAITING = 8
_DELIVERIES = 20
_FLIPS = 200


async def show_run(asked: Asked) -> Shown:
    """See the module."""
    daemon, number = asked.daemon, asked.parts["run"]
    at, event = read_count(asked, "at"), read_count(asked, "event")
    is_travel = at is not None or event is not None
    replay = await daemon.desks.replays.read(number, at=at, event=event)
    run = replay.run
    values: dict[str, Any] = {
        **_draw(asked, replay, is_travel=is_travel),
        "run": run,
        "moment": find_place(replay),
        "is_travel": is_travel,
        "words": describe_end(run) if run["state"] == "finished" else word_of(run_kind(run)),
        "links": replay.links,
        "waiting": replay.explain_waiting(most=_WAITING) if run["state"] in {"executing", "finalizing"} else [],
        "running": [step["name"] for step in replay.steps if step["state"] == "executing"],
        "asks": [step for step in replay.steps if is_asking(step) and not is_travel],
        "tests": list_tests(replay.steps),
        "uses": list_uses(replay.steps),
        "tokens": draw_tokens(replay.seen),
        "states": STATES,
        "may_run": asked.may(Scope.RUN) and not is_travel,
        "before": await _find_before(daemon, run),
    }
    values |= _NOTHING if is_travel else await _read_now(daemon, replay)
    return Shown(
        title=f"{run['workflow']} #{number}",
        state=run_kind(run),
        follow="none" if is_travel else f"run:{number}",
        values=values,
        terminal=tuple(_list_commands(run, values["before"])),
    )


_NOTHING: Mapping[str, Any] = {"logs": [], "artifacts": None, "deliveries": []}


def read_count(asked: Asked, name: str) -> int | None:
    """A number of the query; None where there is none."""
    text = asked.text(name) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def read_flips(text: str | None) -> frozenset[int]:
    """The numbers of the groups that are the other way, from `1.4.7`."""
    parts = (text or "").split(".")[:_FLIPS]
    return frozenset(int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 6)


def turn_over(flips: frozenset[int], group: int) -> str | None:
    """What stands in the URL once `group` is turned over; None for nothing."""
    return ".".join(str(each) for each in sorted(flips ^ {group})) or None


def is_asking(step: Mapping[str, Any]) -> bool:
    """Whether the step waits for a person."""
    return bool(step["type"] == "approval" and step["state"] == "executing")


def _draw(asked: Asked, replay: Replay, *, is_travel: bool) -> dict[str, Any]:
    flips = read_flips(asked.text("flip"))
    scale = measure(replay, now=asked.now, is_travel=is_travel)
    fall = draw_waterfall(replay.steps, replay.plan, find_spans(replay.seen), scale, flips=flips)
    return {
        "fall": fall,
        "flip": ".".join(str(each) for each in sorted(flips)),
        "flips": {row.group: turn_over(flips, row.group) for row in fall.rows if row.group},
    }


async def _read_now(daemon: Daemon, replay: Replay) -> dict[str, Any]:
    """What is true of the run now and not of its past moments; a run in the queue also waits for others."""
    number = replay.run["id"]
    found: dict[str, Any] = {
        "logs": await read_failures(daemon, number, replay.steps),
        "artifacts": await daemon.artifacts.summarize(number),
        "deliveries": await daemon.webhooks.list_deliveries(DeliveryFilter(run=number, limit=_DELIVERIES)),
    }
    if replay.run["state"] == "pending":
        found["links"] = await daemon.explain(number, step=None)
    return found


async def _find_before(daemon: Daemon, run: Mapping[str, Any]) -> int | None:
    """The run of the same workflow before this one."""
    found = await daemon.list_runs(RunFilter(workflow=run["workflow"], before=run["id"], limit=1))
    return found[0]["id"] if found else None


def _list_commands(run: Mapping[str, Any], before: int | None) -> list[str]:
    number = run["id"]
    commands = [f"aegisctl show {number}", f"aegisctl why {number}"]
    if run["state"] != "finished":
        return [*commands, f"aegisctl logs {number} --follow", f"aegisctl cancel {number}"]
    if run_kind(run) in FAILED:
        commands += [f"aegisctl logs {number} --failed", f"aegisctl retry {number} --failed"]
    else:
        commands += [f"aegisctl logs {number}", f"aegisctl retry {number}"]
    return [*commands, *([f"aegisctl diff {before} {number}"] if before is not None else [])]


VIEW = View(name="run", rule="/runs/<int:run>", template="run.html", make=show_run, nav="runs")
