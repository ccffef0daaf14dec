"""The steps of a run over its time, as the template draws them: rows of bars in per cent of one axis.

One pure function, from what the daemon says of the steps and from their spans. Every part of it walks through the steps
or the edges between them once; nothing follows paths, of which a graph can have more than anybody can count.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from aegis_web.page.axis import Tick, make_ticks, place
from aegis_web.page.words import FAILED, describe_exit, kind_of, plural, word_of
from aegisd.core.critical import find_critical, find_ends, find_ready
from aegisd.core.plan import Plan
from aegisd.core.spans import Doing, Span, Spans

_FOLDED = 20
_MOST_STEPS = 1000
_LEAST_WIDTH = 0.3
_LEAST_WAIT_S = 0.05
_NEVER = float("inf")
_WORST = ("failure", "error", "timeout", "executing", "cancellation", "success", "pending", "skip")
_COUNTED = ("success", "failure", "error", "timeout", "executing", "cancellation", "skip", "pending")

Step = Mapping[str, Any]


@frozen(kw_only=True)
class Bar:
    """A piece of a row from `x` on, in per cent of the axis. `doing` is wait, attempt, ask, pause or group; `kind` a
    key of the marks. `is_again`: another attempt followed. `is_open`: it goes on."""

    doing: str
    kind: str
    x: float
    width: float
    is_again: bool = False
    is_open: bool = False


@frozen(kw_only=True)
class Row:
    """A step, or a group of them with the number `group`. `words` say what came of it; a `member` belongs to the group
    above it."""

    name: str
    kind: str
    start_s: float | None
    duration_s: float | None
    bars: tuple[Bar, ...]
    words: str = ""
    is_critical: bool = False
    group: int | None = None
    is_open: bool = True
    is_member: bool = False
    count: int = 0


@frozen(kw_only=True)
class Waterfall:
    """The rows in order, the axis, and the chain of steps that made the run as long as it is, which lasted
    `critical_s`. `left_out` counts the steps that are too many to be shown."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    now_x: float | None
    usual_x: float | None
    critical: tuple[str, ...]
    critical_s: float
    left_out: int = 0


@frozen(kw_only=True)
class Scale:
    """The axis, in seconds from the start of the run: it is `whole_s` long, and what is drawn is as it was `now_s`.
    `is_over`: the run has ended by then."""

    now_s: float
    whole_s: float
    is_over: bool
    usual_s: float | None = None


def draw_waterfall(
    steps: Sequence[Step], plan: Plan, spans: Spans, scale: Scale, *, flips: Collection[int] = ()
) -> Waterfall:
    """All of it. `steps` are the `Step`s of the daemon. Groups of more than twenty are folded, except for steps that
    failed; those whose numbers are in `flips` are the other way."""
    ends = find_ends(plan, spans, now_s=scale.now_s)
    critical, ready = find_critical(plan, spans, ends), find_ready(plan, spans, ends)
    marked = frozenset(critical) if len(critical) > 1 else frozenset()
    groups = _find_groups(steps)
    members = frozenset(index for group in groups if len(group) > 1 for index in group)
    rows = [
        _draw_step(
            step,
            spans.get(index, ()),
            ready.get(index, 0.0),
            scale,
            is_critical=index in marked,
            is_member=index in members,
        )
        for index, step in enumerate(steps)
    ]
    titles = [steps[group[0]]["phase"] or f"{len(group)} steps together" for group in groups]
    shown = [row for unit in _make_units(groups, titles, rows, scale, flips) for row in unit]
    kept = _thin_out(shown)
    first = spans[critical[0]][0].start_s if critical else 0.0
    last = spans[critical[-1]][-1].end_s if critical else 0.0
    return Waterfall(
        rows=tuple(kept),
        ticks=make_ticks(scale.whole_s) if spans or scale.usual_s else (),
        now_x=None if scale.is_over or not spans else place(scale.now_s, scale.whole_s),
        usual_x=None if scale.usual_s is None or scale.is_over else place(scale.usual_s, scale.whole_s),
        critical=tuple(steps[index]["name"] for index in critical) if marked else (),
        critical_s=(scale.now_s if last is None else last) - first,
        left_out=len(shown) - len(kept),
    )


def _draw_step(
    step: Step, spans: Sequence[Span], ready_s: float, scale: Scale, *, is_critical: bool, is_member: bool
) -> Row:
    start = spans[0].start_s if spans else None
    took = step["duration_s"]
    if took is None and start is not None:
        took = max(0.0, scale.now_s - start)
    kind = kind_of(step)
    tries = plural(step["attempt"], "attempt") if (step["attempt"] or 0) > 1 else ""
    reason = step["reason"] if kind == "skip" or step["allowed"] or kind == "success" else ""
    allowed = "may fail" if step["allowed"] else ""
    return Row(
        name=step["name"],
        kind=kind,
        start_s=start,
        duration_s=took if spans else None,
        bars=tuple(_draw_bars(spans, kind, ready_s, scale)),
        words=" · ".join(filter(None, (describe_exit(step) or reason or "", allowed, tries))),
        is_critical=is_critical,
        is_member=is_member,
    )


def _draw_bars(spans: Sequence[Span], kind: str, ready_s: float, scale: Scale) -> Iterable[Bar]:
    if spans and spans[0].start_s - ready_s >= _LEAST_WAIT_S:
        yield _make_bar("wait", "pending", ready_s, spans[0].start_s, scale)
    for number, span in enumerate(spans):
        if span.start_s > scale.now_s and number:
            return
        is_open = not scale.is_over and (span.end_s is None or span.end_s > scale.now_s)
        end = scale.now_s if is_open or span.end_s is None else span.end_s
        is_pause = span.doing is Doing.PAUSE
        yield _make_bar(
            span.doing.value,
            "pending" if is_pause else span.result.value if span.result else kind,
            span.start_s,
            end,
            scale,
            is_again=span.doing is Doing.ATTEMPT and number + 1 < len(spans),
            is_open=is_open and not is_pause,
        )


def _make_bar(
    doing: str, kind: str, start_s: float, end_s: float, scale: Scale, *, is_again: bool = False, is_open: bool = False
) -> Bar:
    x = min(place(start_s, scale.whole_s), 100 - _LEAST_WIDTH)
    width = max(_LEAST_WIDTH, place(end_s, scale.whole_s) - x)
    return Bar(doing=doing, kind=kind, x=round(x, 2), width=round(width, 2), is_again=is_again, is_open=is_open)


def _make_units(
    groups: Sequence[Sequence[int]],
    titles: Sequence[str],
    rows: Sequence[Row],
    scale: Scale,
    flips: Collection[int],
) -> list[list[Row]]:
    """The rows in the order of their start, those of a group behind the row of the group."""
    found = []
    for number, (members, title) in enumerate(zip(groups, titles, strict=True), start=1):
        inside = sorted((rows[index] for index in members), key=_start_of)
        if len(members) == 1:
            found.append(inside)
            continue
        is_open = (len(members) <= _FOLDED) != (number in flips)
        head = _draw_group(number, title, inside, scale, is_open=is_open)
        found.append([head, *(row for row in inside if is_open or _is_telling(row))])
    return sorted(found, key=lambda unit: _start_of(unit[0]))


def _find_groups(steps: Sequence[Step]) -> list[list[int]]:
    """The indices of the steps of each phase, and of neighbours that run together; a step of its own is a group of
    one. In the order of the definition."""
    groups: dict[Any, list[int]] = {}
    for index, step in enumerate(steps):
        before = steps[index - 1] if index else None
        if step["phase"]:
            key: Any = step["phase"]
        elif before is not None and not before["phase"] and before["group"] == step["group"]:
            key = next(reversed(groups))
        else:
            key = index
        groups.setdefault(key, []).append(index)
    return list(groups.values())


def _draw_group(number: int, title: str, inside: Sequence[Row], scale: Scale, *, is_open: bool) -> Row:
    begun = [row for row in inside if row.start_s is not None]
    start = min((row.start_s or 0.0 for row in begun), default=None)
    end = max(((row.start_s or 0.0) + (row.duration_s or 0.0) for row in begun), default=0.0)
    counts = {kind: sum(row.kind in _same(kind) for row in inside) for kind in _COUNTED}
    kind = next(each for each in _WORST if counts[each])
    bars = () if start is None else (_make_bar("group", kind, start, end, scale),)
    return Row(
        name=title,
        kind="executing" if counts["executing"] and kind not in FAILED else kind,
        start_s=start,
        duration_s=None if start is None else end - start,
        bars=bars,
        words=", ".join(f"{count} {word_of(each)}" for each, count in counts.items() if count),
        group=number,
        is_open=is_open,
        is_critical=not is_open and any(row.is_critical for row in inside),
        count=len(inside),
    )


def _thin_out(rows: list[Row]) -> list[Row]:
    """All of them; of more than a thousand steps the groups and those that failed."""
    if sum(row.group is None for row in rows) <= _MOST_STEPS:
        return rows
    return [row for row in rows if row.group is not None or _is_telling(row)][: 2 * _MOST_STEPS]


def _same(kind: str) -> tuple[str, ...]:
    return ("executing", "finalizing") if kind == "executing" else (kind,)


def _start_of(row: Row) -> float:
    return _NEVER if row.start_s is None else row.start_s


def _is_telling(row: Row) -> bool:
    """Shown whatever is folded: it failed."""
    return row.group is None and row.kind in FAILED
