"""The health of one service: what is known of it, how one look changes that, and the task that looks.

Only a change is an event. The first look after a start is one too: nobody knew before.
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum

import trio
from attrs import evolve, frozen

from aegisd.config.service_values import ServiceConfig
from aegisd.core import events
from aegisd.steps.calling import Answer, Request, ServiceFault
from aegisd.wire.units import format_limit


class Health(StrEnum):
    """Whether a service answers."""

    UNKNOWN = "unknown"
    UP = "up"
    DOWN = "down"


@frozen(kw_only=True)
class Look:
    """One health check: how long it took in seconds, and the fault (None: the service is up)."""

    took_s: float
    kind: str | None = None
    error: str | None = None


@frozen(kw_only=True)
class Sight:
    """What is known of a service. `since` and `checked_at` are RFC 3339 in UTC, `since_s` monotonic seconds; `kind` and
    `error` are the last fault, also when the service is up again."""

    state: Health = Health.UNKNOWN
    since: str | None = None
    since_s: float = 0.0
    checked_at: str | None = None
    latency_s: float | None = None
    kind: str | None = None
    error: str | None = None
    error_at: str | None = None


def take_look(sight: Sight, look: Look, *, now: str, now_s: float) -> Sight:
    """What is known after `look`."""
    state = Health.UP if look.kind is None else Health.DOWN
    if state is not sight.state:
        sight = evolve(sight, state=state, since=now, since_s=now_s)
    if look.kind is None:
        return evolve(sight, checked_at=now, latency_s=look.took_s)
    return evolve(sight, checked_at=now, latency_s=None, kind=look.kind, error=look.error, error_at=now)


def tell_change(name: str, url: str, before: Sight, after: Sight, *, now_s: float) -> events.EventData | None:
    """The event of a change; None when there was none."""
    if before.state is after.state:
        return None
    past = round(max(0.0, now_s - before.since_s), 3) if before.since is not None else 0.0
    if after.state is Health.UP:
        return events.ServiceUp(
            service=name,
            url=url,
            previous=before.state.value,
            previous_s=past,
            latency_s=round(after.latency_s or 0.0, 6),
        )
    return events.ServiceDown(
        service=name,
        url=url,
        previous=before.state.value,
        previous_s=past,
        kind=after.kind or "",
        error=after.error or "",
    )


async def look_at(name: str, config: ServiceConfig, send: Callable[[Request], Awaitable[Answer]]) -> Look:
    """One health check, within the service's `timeout`. The body is not read."""
    begun = trio.current_time()
    with trio.move_on_after(config.timeout):
        try:
            answer = await send(Request(method="GET", path=config.health, limit=None))
        except ServiceFault as fault:
            return Look(took_s=trio.current_time() - begun, kind=fault.kind, error=fault.message)
        took = trio.current_time() - begun
        if 200 <= answer.status < 300:
            return Look(took_s=took)
        where = f", to {answer.location}" if answer.location else ""
        text = f"{name}: GET {config.health} was answered with status {answer.status}{where}"
        return Look(took_s=took, kind="status", error=text)
    text = f"{name}: no answer to GET {config.health} within {format_limit(config.timeout)}"
    return Look(took_s=trio.current_time() - begun, kind="timeout", error=text)


def next_pause(config: ServiceConfig, chance: float) -> float:
    """Seconds until the next look; `chance` lies in [0, 1)."""
    return config.interval * (1 + config.jitter * (2 * chance - 1))
