"""How a webhook does, and how much may be sent to it. Pure; times are seconds of a clock that nobody sets.

A circuit: after five failures in a row, or when half of the last twenty failed, nothing is sent for 30 s; then a single
probe, and after each that fails twice the time, up to an hour.
"""

from attrs import evolve, frozen

from aegisd.core.retry import spread_delay
from aegisd.sinks.fate import Answer

_IN_A_ROW = 5
_LOOKED_AT = 20
_FIRST_OPEN_S, _LONGEST_OPEN_S = 30.0, 3600.0


@frozen(kw_only=True)
class Health:
    """`recent` are the last outcomes, `openings` counts how often in a row the circuit opened, `limit` is how many
    deliveries may be under way, at most `top`."""

    top: int
    limit: int
    failures: int = 0
    recent: tuple[bool, ...] = ()
    openings: int = 0
    open_until: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether only probes are sent."""
        return self.openings > 0


def new_health(top: int) -> Health:
    """That of a webhook of which nothing is known yet."""
    return Health(top=top, limit=top)


def after_answer(health: Health, answer: Answer, *, now: float, chance: float) -> Health:
    """`health` after an attempt; `chance` lies in 0 to 1."""
    if answer.is_success:
        recent = (*health.recent, True)[-_LOOKED_AT:] if not health.is_open else ()
        return Health(top=health.top, limit=min(health.top, health.limit + 1), recent=recent)
    if answer.is_throttle:
        return health
    limit = max(1, health.limit // 2) if answer.status in {502, 504} else health.limit
    failed = evolve(health, limit=limit, failures=health.failures + 1, recent=(*health.recent, False)[-_LOOKED_AT:])
    return _open(failed, now=now, chance=chance) if health.is_open or _is_bad(failed) else failed


def count_allowed(health: Health, *, now: float) -> int:
    """How many deliveries may be under way at `now`."""
    if not health.is_open:
        return health.limit
    return 0 if now < health.open_until else 1


def _is_bad(health: Health) -> bool:
    half = len(health.recent) == _LOOKED_AT and health.recent.count(False) * 2 >= _LOOKED_AT
    return health.failures >= _IN_A_ROW or half


def _open(health: Health, *, now: float, chance: float) -> Health:
    seconds = min(_FIRST_OPEN_S * 2 ** min(health.openings, 10), _LONGEST_OPEN_S)
    return evolve(health, openings=health.openings + 1, open_until=now + spread_delay(seconds, chance), recent=())
