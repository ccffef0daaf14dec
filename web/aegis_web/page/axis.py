"""The axis of what is drawn over time: where its marks are and what they say. Pure."""

import math

from attrs import frozen

from aegis_web.page.words import format_span

_MOST = 6
_STEPS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 18000, 36000, 86400)


@frozen(kw_only=True)
class Tick:
    """A mark: `x` in per cent of the axis, and the time since its beginning in words."""

    x: float
    text: str


def make_ticks(whole_s: float) -> tuple[Tick, ...]:
    """The marks of an axis of `whole_s` seconds: round times, at most seven. Below a second, above a day and in
    between where the clock counts in tens, the distance between them is 1, 2 or 5 times a power of ten."""
    step = _find_step(whole_s / _MOST)
    count = math.floor(whole_s / step + 1e-9)
    return tuple(Tick(x=place(number * step, whole_s), text=show_tick(number * step)) for number in range(count + 1))


def place(at_s: float, whole_s: float) -> float:
    """Where a moment is on the axis, in per cent; never outside of it."""
    return round(min(100.0, max(0.0, 100 * at_s / whole_s)), 2)


def show_tick(seconds: float) -> str:
    """`0`, `200 ms`, `5 s`, `1:40`."""
    if seconds == 0:
        return "0"
    if seconds < 1:
        return f"{seconds * 1000:g} ms"
    return f"{seconds:g} s" if seconds < 60 else format_span(seconds)


def _find_step(least: float) -> float:
    for step in _STEPS:
        if 1 <= least <= step:
            return float(step)
    power = float(10 ** math.floor(math.log10(max(least, 1e-3))))
    if least > _STEPS[-1]:
        days = math.ceil(least / _STEPS[-1])
        return float(_STEPS[-1]) * next(each for each in _round_numbers() if each >= days)
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= max(least, 1e-3) * 0.999)


def _round_numbers() -> list[int]:
    return [factor * 10**power for power in range(9) for factor in (1, 2, 5)]
