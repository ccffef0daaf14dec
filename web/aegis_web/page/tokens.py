"""What the models that a run asked have used, and what it cost while it went on, as a drawing. Pure: events in."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from aegis_web.page.words import describe_tokens
from aegisd.core.codec import to_plain
from aegisd.core.events import Event
from aegisd.core.events.agent import LlmResponded
from aegisd.core.spans import find_moments
from aegisd.core.usage import fold_usage

_WIDTH, _HEIGHT = 600, 96
_MOST_ROWS = 12
_MOST_POINTS = 400


@frozen(kw_only=True)
class Tokens:
    """`words` for all calls, `rows` by step and model, and the curve of what had been spent at each call: `points` of a
    polyline in a drawing of 600 by 96, up to `top` of `unit` (US dollars where any call has a price, else tokens)."""

    words: str
    rows: tuple[Mapping[str, Any], ...]
    unit: str
    top: float
    points: str
    area: str
    whole_s: float


def draw_tokens(history: Sequence[Event]) -> Tokens | None:
    """None where no model was asked. A run that asked once has a step as its curve."""
    total = fold_usage(history, ())
    if not total:
        return None
    has_price = total[0].cost_usd is not None
    moments = find_moments(history)
    spent = _add_up(history, moments, has_price=has_price)
    whole = max(moments[-1], 0.001)
    top = spent[-1][1] or 1.0
    points = [(0.0, _HEIGHT - 2.0)]
    for at, amount in spent:
        x, y = _WIDTH * at / whole, _HEIGHT - 2 - (_HEIGHT - 6) * amount / top
        points += [(x, points[-1][1]), (x, y)]
    points.append((_WIDTH, points[-1][1]))
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return Tokens(
        words=describe_tokens(to_plain(total[0])),
        rows=tuple(to_plain(fold_usage(history, ("step", "model")))[:_MOST_ROWS]),
        unit="usd" if has_price else "tokens",
        top=spent[-1][1],
        points=line,
        area=f"{line} {_WIDTH},{_HEIGHT} 0,{_HEIGHT}",
        whole_s=whole,
    )


def _add_up(history: Sequence[Event], moments: Sequence[float], *, has_price: bool) -> list[tuple[float, float]]:
    """What had been spent after each call, by the seconds since the run began; of very many calls, some."""
    found, amount = [], 0.0
    calls = [place for place, event in enumerate(history) if isinstance(event.data, LlmResponded)]
    often = 1 + len(calls) // _MOST_POINTS
    for number, place in enumerate(calls):
        amount += _cost(history[place].data, has_price=has_price)
        if number % often == 0 or place == calls[-1]:
            found.append((moments[place], amount))
    return found


def _cost(data: Any, *, has_price: bool) -> float:
    if has_price:
        return float(data.cost_usd or 0.0)
    both = data.prompt_tokens + data.completion_tokens
    return float(both if data.total_tokens is None else data.total_tokens)
