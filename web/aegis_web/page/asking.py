"""What several views ask the daemon for, as they show it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from aegis_web.page.words import FAILED, describe_event, run_kind
from aegisd.core.record import EventFilter, RunFilter
from aegisd.daemon import Daemon

_STRIP = 12
_BACK = 60
_ACTIVE = ("executing", "finalizing")


async def read_events(
    daemon: Daemon, wanted: EventFilter, *, last: int, after: str | None = None
) -> list[dict[str, Any]]:
    """The newest `last` events that pass, the newest first, or the first `last` after a cursor.

    Each is the event with its `kind` (a key of the marks), its `words` and its JSON as it is stored (`body`).
    """
    stream = await daemon.open_tail(wanted, after=after, last=None if after else last)
    rows = [item.body for item in await stream.read() if hasattr(item, "body")]
    if after is not None:
        return [show_event(body) for body in rows[:last]]
    return [show_event(body) for body in rows[-last:]][::-1]


def show_event(body: bytes) -> dict[str, Any]:
    """One event as `read_events` gives it."""
    event = json.loads(body)
    kind, words = describe_event(event)
    blank = {"workflow": None, "run": None, "step": None}
    return {**blank, **event, "kind": kind, "words": words, "body": msgspec.json.format(body.decode())}


async def read_strip(daemon: Daemon, workflow: str) -> list[dict[str, Any]]:
    """The last runs of a workflow, the oldest first."""
    return (await daemon.list_runs(RunFilter(workflow=workflow, limit=_STRIP)))[::-1]


async def read_active(daemon: Daemon, *, limit: int) -> list[dict[str, Any]]:
    """Executing runs with how far they are: `done` and `total` steps and the names of those that execute (`steps`)."""
    runs = await daemon.list_runs(RunFilter(states=_ACTIVE, limit=limit))
    found = []
    for run in runs:
        detail = await daemon.get_run(run["id"])
        steps = detail["steps"]
        executing = [step["name"] for step in steps if step["state"] in _ACTIVE]
        done = sum(step["state"] == "finished" for step in steps)
        found.append({**detail["run"], "done": done, "total": len(steps), "steps": executing})
    return found


async def find_failing(daemon: Daemon, workflow: Mapping[str, Any]) -> dict[str, Any] | None:
    """Since which run `workflow` fails; None when its last finished run did not. `is_older` says that it may have begun
    even before the oldest run that was looked at; `first` is that run, `last` the newest."""
    runs = await daemon.list_runs(RunFilter(workflow=workflow["name"], states=("finished",), limit=_BACK))
    streak = failing_streak(runs)
    if not streak:
        return None
    is_older = len(runs) == _BACK and streak[-1]["id"] == runs[-1]["id"]
    return {"name": workflow["name"], "first": streak[-1], "last": streak[0], "is_older": is_older}


def failing_streak(runs: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The failed runs at the head of `runs` (the newest first); what was cancelled or skipped says nothing."""
    streak = []
    for run in runs:
        kind = run_kind(run)
        if kind == "success":
            break
        if kind in FAILED:
            streak.append(run)
    return streak


def base_path(daemon: Daemon) -> str:
    """What stands before every path where a proxy serves aegis below one: the path of `[web] url`, without a slash at
    its end."""
    return urlsplit(daemon.config.web.url or "").path.rstrip("/")
