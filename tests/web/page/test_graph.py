"""The graph of a workflow: what stands where, and which lines there are."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis_web.page.graph import MOST, Box, Graph, draw_graph
from aegis_web.page.run_graph import find_needs
from aegisd.core.model import Step
from aegisd.core.plan import plan_steps
from tests.core.graphs import acyclic_steps, make_step


def draw(steps: tuple[Step, ...], **kinds: str) -> Graph:
    """The graph of `steps`."""
    boxes = [Box(name=step.name, kind=kinds.get(step.name, "success"), href=f"#{step.name}") for step in steps]
    graph = draw_graph(boxes, plan_steps(steps))
    assert graph is not None
    return graph


def ends(line: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where a path begins and ends."""
    numbers = [float(each) for each in re.findall(r"-?[\d.]+(?:e-?\d+)?", line)]
    return (numbers[0], numbers[1]), (numbers[-2], numbers[-1])


def test_steps_stand_behind_what_they_wait_for() -> None:
    """A diamond: one, two, one; the lines go from right sides to left sides, through the joint."""
    steps = (make_step("a"), make_step("b", parallel=True), make_step("c", parallel=True), make_step("d"))
    graph = draw(steps)
    assert [box.column for box in graph.boxes] == [0, 1, 1, 3]
    assert len(graph.joints) == 1
    assert len(graph.lines) == 5
    a, b, c, d = graph.boxes
    assert (a.y + c.y + b.y) == 3 * d.y
    starts = {ends(line)[0] for line in graph.lines}
    assert (a.x + a.width, a.y + a.height / 2) in starts


def test_lines_that_pass_a_column_go_around_its_boxes() -> None:
    """From the first to the last, past the one between: the line has a place of its own there."""
    steps = (make_step("a", needs=()), make_step("b", needs=("a",)), make_step("c", needs=("a", "b")))
    graph = draw(steps)
    between = graph.boxes[1]
    (passing,) = [line for line in graph.lines if "H" in line]
    level = float(re.findall(r"C[-\d.]+ [-\d.]+ [-\d.]+ ([-\d.]+)", passing)[0])
    assert not between.y <= level <= between.y + between.height


def test_neighbours_in_the_middle_keep_lines_from_crossing() -> None:
    """Two chains that are defined across each other are drawn beside each other."""
    steps = (
        make_step("a1", needs=()),
        make_step("b1", needs=()),
        make_step("b2", needs=("b1",)),
        make_step("a2", needs=("a1",)),
    )
    rows = {box.name: box.y for box in draw(steps).boxes}
    assert rows["a1"] == rows["a2"]
    assert rows["b1"] == rows["b2"]


def test_no_steps_no_drawing() -> None:
    """A workflow without steps has no graph."""
    assert draw_graph([], plan_steps(())) is None


@given(acyclic_steps())
def test_every_graph_is_drawn_whole(steps: tuple[Step, ...]) -> None:
    """Boxes do not overlap and lie inside; each line goes to the right; the same steps give the same drawing."""
    if not steps:
        return
    graph = draw(steps)
    plan = plan_steps(steps)
    assert graph == draw(steps)
    assert len(graph.lines) == sum(len(nodes) for nodes in plan.waits)
    for line in graph.lines:
        start, end = ends(line)
        assert start[0] < end[0]
    for box in graph.boxes:
        assert 0 <= box.x <= graph.width - box.width
        assert 0 <= box.y <= graph.height - box.height
    for one in graph.boxes:
        same = [other for other in graph.boxes if other.column == one.column and other is not one]
        assert all(abs(other.y - one.y) >= one.height for other in same)


@pytest.mark.parametrize("count", [MOST + 1, 1000, 3000])
def test_large_graphs_are_drawn_in_groups(count: int) -> None:
    """A layer is a box that counts, with the kind of its worst step; a long chain becomes few boxes, too."""
    steps = tuple(
        make_step(
            f"s{n}", needs=tuple(f"s{other}" for other in range(n // 10 * 10 - 10, n // 10 * 10)) if n > 9 else ()
        )
        for n in range(count)
    )
    graph = draw(steps, s13="failure")
    assert graph.is_grouped
    assert len(graph.boxes) <= 61
    assert sum(int(box.note.split()[0]) if box.note else 1 for box in graph.boxes) == count
    assert [box.kind for box in graph.boxes].count("failure") == 1
    assert len(graph.lines) == len(graph.boxes) - 1


@given(st.integers(1, 60))
def test_everything_waits_for_everything(count: int) -> None:
    """A chain in which each step waits for all before it: as many columns as steps."""
    steps = tuple(make_step(f"s{n}", needs=tuple(f"s{m}" for m in range(n))) for n in range(count))
    assert [box.column for box in draw(steps).boxes] == list(range(count))


def test_what_a_step_waits_for_is_told_through_joints() -> None:
    """The table names the steps, not the joint."""
    steps = (
        make_step("a", parallel=True),
        make_step("b", parallel=True),
        make_step("c", parallel=True),
        make_step("d", needs=("a",)),
    )
    steps = (*steps, make_step("e"))
    needs = find_needs(steps, plan_steps(steps))
    assert needs == {"a": [], "b": [], "c": [], "d": ["a"], "e": ["a", "b", "c", "d"]}
