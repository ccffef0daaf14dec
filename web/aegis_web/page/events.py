"""`/events`: the feed, the newest on top, at most 200. Filters are in the URL; `seq` shows one event as it is kept."""

from typing import Any

from werkzeug.exceptions import NotFound

from aegis_web.page.asking import read_events
from aegis_web.page.view import Asked, Shown, View
from aegisd.core.events import EVENT_TYPES
from aegisd.core.record import EventFilter
from aegisd.moments import parse_moment

_MOST = 200
_FILTERS = ("type", "workflow", "run", "result", "since")


async def show_events(asked: Asked) -> Shown:
    """See the module."""
    if asked.text("seq"):
        return await _show_one(asked)
    given = {name: asked.text(name) for name in _FILTERS}
    wanted, limit = read_wanted(asked)
    values: dict[str, Any] = {
        "events": await read_events(asked.daemon, wanted, last=limit),
        "given": given,
        "types": sorted(EVENT_TYPES),
        "workflows": list(asked.daemon.config.workflows),
        "is_filtered": any(given.values()),
        "limit": limit,
    }
    flags = {"type": "type", "workflow": "workflow", "run": "run", "result": "result"}
    words = "".join(f" --{flags[name]}={given[name]}" for name in flags if given[name])
    follow = f"run:{wanted.run}" if wanted.run else "all"
    terminal = (f"aegisctl tail-events{words}", f"aegisctl tail-events --json{words}")
    return Shown(title="Events", values=values, follow=follow, terminal=terminal)


def read_wanted(asked: Asked) -> tuple[EventFilter, int]:
    """The events that the query asks for, and how many at most. Raises CallError."""
    run = asked.number("run", otherwise=0, most=2**53) if asked.text("run") else None
    wanted = EventFilter(
        types=_one(asked.text("type")),
        workflows=_one(asked.text("workflow")),
        run=run or None,
        results=_one(asked.text("result")),
        since=parse_moment(asked.text("since"), name="since", now=asked.now),
    )
    return wanted, asked.number("limit", otherwise=_MOST, most=_MOST)


async def read_one(asked: Asked) -> dict[str, Any]:
    """The event that `seq` names, as `read_events` gives it. Raises NotFound."""
    seq, daemon = asked.number("seq", otherwise=0, most=2**53), asked.daemon
    epoch, _, newest = daemon.cursor.rpartition(".")
    found: list[dict[str, Any]] = []
    if 0 < seq <= int(newest):
        found = await read_events(daemon, EventFilter(), last=1, after=f"{epoch}.{seq - 1}")
    if not found or found[0]["seq"] != seq:
        raise NotFound
    return found[0]


async def _show_one(asked: Asked) -> Shown:
    event = await read_one(asked)
    return Shown(title=f"Event {event['seq']}", values={"event": event}, template="event.html", follow="none")


def _one(value: str | None) -> frozenset[str]:
    return frozenset([value]) if value else frozenset()


VIEW = View(name="events", rule="/events", template="events.html", make=show_events, nav="events")
