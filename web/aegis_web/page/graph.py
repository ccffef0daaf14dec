"""The graph of a workflow as a drawing: steps in columns from left to right, each behind all that it waits for.

Columns are longest paths, the order in them comes from barycentres (Sugiyama, Tagawa, Toda 1981), lines that pass a
column have a place of their own in it. The same graph gives the same drawing, byte for byte. More than two hundred
steps are drawn as groups of neighbouring columns, since nobody can read more, and crossings would cost time.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from attrs import evolve, frozen

from aegis_web.page.words import kind_of, plural, word_of
from aegisd.core.plan import Plan

MOST = 200
_MOST_GROUPS = 60
_MOST_PASSING = 3000
_SWEEPS = 6
_WIDTH, _HEIGHT, _GAP, _ROW, _DOT = 160, 40, 48, 54, 8
_LETTERS = 19
_WORST = ("failure", "error", "timeout", "executing", "finalizing", "cancellation", "pending", "success", "skip")


@frozen(kw_only=True)
class Box:
    """A step, or a group of them. `kind` is a key of the marks or `idle`; `x` and `y` are its upper left corner in the
    drawing's own units, `column` its place from the left."""

    name: str
    note: str = ""
    kind: str = "idle"
    href: str = ""
    x: float = 0
    y: float = 0
    column: int = 0
    width: int = _WIDTH
    height: int = _HEIGHT

    @property
    def short(self) -> str:
        """As much of the name as fits."""
        return self.name if len(self.name) <= _LETTERS else f"{self.name[: _LETTERS - 1]}…"


@frozen(kw_only=True)
class Graph:
    """The whole drawing: boxes, the points where lines meet, and lines as paths in SVG. `is_grouped`: a box is several
    steps."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    joints: tuple[tuple[float, float], ...]
    lines: tuple[str, ...]
    is_grouped: bool = False


def draw_graph(boxes: Sequence[Box], plan: Plan) -> Graph | None:
    """The graph of `plan`, whose steps look like `boxes`, in their order. None without steps."""
    if not boxes:
        return None
    if len(boxes) > MOST:
        grouped, waits = _group(boxes, plan)
        return evolve(_lay_out(grouped, waits), is_grouped=True)
    return _lay_out(list(boxes), [list(nodes) for nodes in plan.waits])


def make_box(step: Mapping[str, Any], *, href: str) -> Box:
    """A step of a run, with how long it took, or its state."""
    took = step["duration_s"]
    kind = kind_of(step)
    return Box(name=step["name"], note=word_of(kind) if took is None else f"{took:.1f} s", kind=kind, href=href)


def _lay_out(boxes: list[Box], waits: list[list[int]]) -> Graph:
    """`waits` names for each node those before it; nodes beyond the boxes are joints."""
    columns = _find_columns(waits)
    chains, passing = _find_chains(waits, columns)
    places = _order(columns + passing, chains, real=len(boxes))
    count = max(columns) + 1
    widths = [_DOT] * count
    for node in range(len(boxes)):
        widths[columns[node]] = _WIDTH
    lefts = [sum(widths[:place]) + place * _GAP + 2 for place in range(count)]
    tallest = max(len(column) for column in places)
    ys: dict[int, float] = {}
    for column in places:
        top = (tallest - len(column)) * _ROW / 2 + _ROW / 2
        ys |= {node: top + row * _ROW for row, node in enumerate(column)}
    spots = [(lefts[column], ys[node], widths[column]) for node, column in enumerate(columns + passing)]
    return Graph(
        width=lefts[-1] + widths[-1] + 2,
        height=int(tallest * _ROW),
        boxes=tuple(
            evolve(box, x=spots[node][0], y=spots[node][1] - _HEIGHT / 2, column=columns[node])
            for node, box in enumerate(boxes)
        ),
        joints=tuple((spots[node][0] + _DOT / 2, spots[node][1]) for node in range(len(boxes), len(columns))),
        lines=tuple(_draw_line([spots[node] for node in chain]) for chain in chains),
    )


def _find_columns(waits: Sequence[Sequence[int]]) -> list[int]:
    """The longest path to each node, without recursion. `waits` has no cycles."""
    followers: list[list[int]] = [[] for _ in waits]
    missing = [len(nodes) for nodes in waits]
    for node, needed in enumerate(waits):
        for other in needed:
            followers[other].append(node)
    columns = [0] * len(waits)
    order = [node for node, count in enumerate(missing) if count == 0]
    for node in order:
        for follower in followers[node]:
            columns[follower] = max(columns[follower], columns[node] + 1)
            missing[follower] -= 1
            if missing[follower] == 0:
                order.append(follower)
    return columns


def _find_chains(waits: Sequence[Sequence[int]], columns: Sequence[int]) -> tuple[list[list[int]], list[int]]:
    """The nodes that each line goes through, and the columns of those that only lines pass: one in each column
    between its ends, unless that would be very many."""
    edges = [(other, node) for node, needed in enumerate(waits) for other in needed]
    is_many = sum(columns[end] - columns[start] - 1 for start, end in edges) > _MOST_PASSING
    chains: list[list[int]] = []
    passing: list[int] = []
    for start, end in edges:
        between = range(0) if is_many else range(columns[start] + 1, columns[end])
        first = len(columns) + len(passing)
        passing += list(between)
        chains.append([start, *range(first, first + len(between)), end])
    return chains, passing


def _order(columns: Sequence[int], chains: Sequence[Sequence[int]], *, real: int) -> list[list[int]]:
    """The nodes of each column from top to bottom, after sweeps to the right and back in which each node goes to the
    middle of its neighbours. Equals stay in the order of the definition."""
    left: list[list[int]] = [[] for _ in columns]
    right: list[list[int]] = [[] for _ in columns]
    for chain in chains:
        for before, after in pairwise(chain):
            right[before].append(after)
            left[after].append(before)
    places: list[list[int]] = [[] for _ in range(max(columns) + 1)]
    for node in sorted(range(len(columns)), key=lambda node: (node >= real, node)):
        places[columns[node]].append(node)
    rank = {node: float(row) for column in places for row, node in enumerate(column)}
    for sweep in range(_SWEEPS):
        neighbours = left if sweep % 2 == 0 else right
        for column in places if sweep % 2 == 0 else reversed(places):
            middle = {
                node: sum(rank[other] for other in neighbours[node]) / len(neighbours[node])
                if neighbours[node]
                else rank[node]
                for node in column
            }
            column.sort(key=lambda node: (middle[node], rank[node], node))
            offset = len(column) / 2
            rank |= {node: row - offset for row, node in enumerate(column)}
    return places


def _draw_line(spots: Sequence[tuple[float, float, int]]) -> str:
    """A curve from the right side of the first spot through those between to the left side of the last."""
    x, y = spots[0][0] + spots[0][2], spots[0][1]
    path = [f"M{x:g} {y:g}"]
    for number, (left, top, width) in enumerate(spots[1:], start=1):
        middle = (x + left) / 2
        path.append(f"C{middle:g} {y:g} {middle:g} {top:g} {left:g} {top:g}")
        if number < len(spots) - 1:
            path.append(f"H{left + width:g}")
        x, y = left + width, top
    return "".join(path)


def _group(boxes: Sequence[Box], plan: Plan) -> tuple[list[Box], list[list[int]]]:
    """Steps of one column, or of some neighbouring ones, as one box each; and which of them waits for which."""
    most = max(plan.groups)
    wide = 1 + (most - 1) // _MOST_GROUPS
    keys = [(group - 1) // wide for group in plan.groups]
    numbers = {key: number for number, key in enumerate(sorted(set(keys)))}
    members: list[list[int]] = [[] for _ in numbers]
    for index, key in enumerate(keys):
        members[numbers[key]].append(index)
    waits: list[set[int]] = [set() for _ in numbers]
    for index, key in enumerate(keys):
        for node in plan.waits[index]:
            needed = plan.waits[node] if node >= plan.steps else (node,)
            waits[numbers[key]] |= {numbers[keys[other]] for other in needed if other < plan.steps}
    found = [_make_group([boxes[index] for index in each]) for each in members]
    return found, [sorted(each - {number}) for number, each in enumerate(waits)]


def _make_group(boxes: Sequence[Box]) -> Box:
    if len(boxes) == 1:
        return boxes[0]
    kind = min((box.kind for box in boxes), key=lambda kind: _WORST.index(kind) if kind in _WORST else len(_WORST))
    return Box(name=f"{boxes[0].name} …", note=plural(len(boxes), "step"), kind=kind, href=boxes[0].href)
