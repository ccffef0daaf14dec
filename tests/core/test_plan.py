"""Planning: every graph is walked to its end in an order that its needs allow, cycles are named, cost is linear."""

import sys
from collections.abc import Callable
from itertools import pairwise
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegisd.core.model import Step
from aegisd.core.plan import CycleError, plan_steps
from aegisd.core.schedule import Schedule
from tests.core.graphs import acyclic_steps, any_steps, make_step, model_ancestors, model_waits


@given(any_steps(), st.randoms(use_true_random=False))
def test_needs_come_first(steps: tuple[Step, ...], random: Any) -> None:
    """S49, S50: walked to its end in any order of endings, a plan starts every step once, after all it waits for; it
    is refused if and only if the model has a cycle, and then the cycle that it names is one."""
    waits = model_waits(steps)
    is_cyclic = any(index in mine for index, mine in enumerate(model_ancestors(waits)))
    try:
        plan = plan_steps(steps)
    except CycleError as error:
        assert is_cyclic
        _check_cycle(error.names, steps, waits)
        return
    assert not is_cyclic
    schedule = Schedule(plan)
    running, ended = schedule.start(), set[int]()
    while running:
        assert all(waits[index] <= ended for index in running)
        index = running.pop(random.randrange(len(running)))
        assert index not in ended
        ended.add(index)
        running += schedule.finish(index, failed=random.random() < 0.5, reported=False)
        assert schedule.unfinished == sorted(set(range(len(steps))) - ended)
    assert ended == set(range(len(steps)))


def _check_cycle(names: tuple[str, ...], steps: tuple[Step, ...], waits: list[set[int]]) -> None:
    numbers = {step.name: index for index, step in enumerate(steps)}
    ancestors = model_ancestors(waits)
    assert names[0] == names[-1]
    assert len(set(names)) == len(names) - 1
    for one, other in pairwise(names):
        assert numbers[other] in ancestors[numbers[one]]


@given(acyclic_steps())
def test_groups_for_people(steps: tuple[Step, ...]) -> None:
    """A group counts from 1 and is one above the highest of what the step waits for; no group is empty."""
    plan = plan_steps(steps)
    for index, needed in enumerate(model_waits(steps)):
        assert plan.groups[index] == 1 + max((plan.groups[other] for other in needed), default=0)
    assert set(plan.groups) == set(range(1, max(plan.groups, default=0) + 1))


@pytest.mark.parametrize(
    ("needs", "cycle"),
    [
        ({"a": ("a",)}, ("a", "a")),
        ({"a": ("b",), "b": ("a",)}, ("a", "b", "a")),
        ({"a": ("b",), "b": ("c",), "c": ("a",)}, ("a", "b", "c", "a")),
        ({"x": ("b",), "b": ("c",), "c": ("b",)}, ("b", "c", "b")),
        ({"a": ("b",), "b": None}, ("a", "b", "a")),
    ],
)
def test_cycles_are_named(needs: dict[str, tuple[str, ...] | None], cycle: tuple[str, ...]) -> None:
    """The message of a cycle names its steps in order, also where the order of the file is a part of it."""
    with pytest.raises(CycleError) as caught:
        plan_steps(tuple(make_step(name, needs=needed) for name, needed in needs.items()))
    assert caught.value.names == cycle
    assert str(caught.value) == " -> ".join(cycle)


def test_unknown_need() -> None:
    """A need that no step has is a KeyError with its name."""
    with pytest.raises(KeyError, match="nobody"):
        plan_steps((make_step("a", needs=("nobody",)),))


def test_batches() -> None:
    """S49, S50: neighbours that say parallel are one batch; a sequential step waits for all of it and runs alone."""
    names = ("first", "p1", "p2", "middle", "p3", "last")
    plan = plan_steps(tuple(make_step(name, parallel=name.startswith("p")) for name in names))
    assert plan.groups == (1, 2, 2, 3, 4, 5)


def test_needs_end_a_batch() -> None:
    """A step with needs between two parallel ones parts their batches; the second one waits for all three."""
    steps = (make_step("p1", parallel=True), make_step("n", needs=()), make_step("p2", parallel=True))
    plan = plan_steps(steps)
    assert plan.groups == (1, 1, 2)


def test_a_batch_before_a_batch_costs_no_product() -> None:
    """100 steps before 100 steps are joined by one node, not by 10,000 edges."""
    first = [make_step(f"a{number}", parallel=True) for number in range(100)]
    second = [make_step(f"b{number}", parallel=True) for number in range(100)]
    plan = plan_steps((*first, make_step("n", needs=()), *second))
    assert sum(map(len, plan.waits)) <= 301


def _sequential(index: int) -> Step:
    return make_step(f"s{index}")


def _batches(index: int) -> Step:
    return make_step(f"s{index}", parallel=index % 20 != 0)


def _chain(index: int) -> Step:
    return make_step(f"s{index}", needs=(f"s{index - 1}",) if index else ())


@pytest.mark.parametrize("shape", [_sequential, _batches, _chain])
def test_cost_is_linear(shape: Callable[[int], Step]) -> None:
    """W2.16: 10,000 steps take at most 10.5 times the work of 1,000 to plan and to follow, by lines executed."""
    small, large = (tuple(map(shape, range(count))) for count in (1000, 10_000))
    assert _count_lines(large) <= 10.5 * _count_lines(small)


def test_a_long_cycle_is_named_whole() -> None:
    """A cycle of 10,000 steps is found and named from its first step on."""
    steps = tuple(make_step(f"s{index}", needs=(f"s{(index + 1) % 10_000}",)) for index in range(10_000))
    with pytest.raises(CycleError) as caught:
        plan_steps(steps)
    assert len(caught.value.names) == 10_001


def _count_lines(steps: tuple[Step, ...]) -> int:
    """Lines of Python executed to plan `steps` and to walk the plan, every second step failing."""
    lines = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal lines
        lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        schedule = Schedule(plan_steps(steps))
        running = schedule.start()
        while running:
            index = running.pop()
            schedule.before(index)
            running += schedule.finish(index, failed=index % 2 == 0, reported=index % 3 == 0)
    finally:
        sys.settrace(before)
    assert schedule.unfinished == []
    return lines
