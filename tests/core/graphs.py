"""Random workflows as graphs, and a slow, obvious model of what each step waits for, to hold the planner against."""

from hypothesis import strategies as st

from aegisd.core.model import Condition, Step


def make_step(
    name: str,
    *,
    parallel: bool = False,
    needs: tuple[str, ...] | None = None,
    condition: Condition = Condition.ON_SUCCESS,
    retries: int = 0,
    retry_delay: float = 1.0,
    max_retry_delay: float = 60.0,
) -> Step:
    """A step without a spec: planning looks at names and order only."""
    return Step(
        name=name,
        type="none",
        spec=None,
        parallel=parallel,
        needs=needs,
        condition=condition,
        retries=retries,
        retry_delay=retry_delay,
        max_retry_delay=max_retry_delay,
    )


@st.composite
def any_steps(draw: st.DrawFn, *, most: int = 10) -> tuple[Step, ...]:
    """Steps by file order, in batches, or with `needs` that may look back, ahead and at themselves: cycles included."""
    names = [f"s{number}" for number in range(draw(st.integers(0, most)))]
    needs = st.none() | st.lists(st.sampled_from(names), max_size=3).map(tuple) if names else st.none()
    return tuple(make_step(name, parallel=draw(st.booleans()), needs=draw(needs)) for name in names)


@st.composite
def acyclic_steps(draw: st.DrawFn, *, most: int = 14) -> tuple[Step, ...]:
    """Steps whose `needs` look back only: always without a cycle."""
    names = [f"s{number}" for number in range(draw(st.integers(0, most)))]
    steps = []
    for index, name in enumerate(names):
        needs = st.none() | st.lists(st.sampled_from(names[:index] or [""]), max_size=3 if index else 0).map(tuple)
        steps.append(make_step(name, parallel=draw(st.booleans()), needs=draw(needs)))
    return tuple(steps)


def model_waits(steps: tuple[Step, ...]) -> list[set[int]]:
    """By the words of the documentation: a step with `needs` waits for these; another one for everything before it in
    the file, but for the neighbours of its batch."""
    numbers = {step.name: index for index, step in enumerate(steps)}
    waits: list[set[int]] = []
    for index, step in enumerate(steps):
        if step.needs is not None:
            waits.append({numbers[name] for name in step.needs})
            continue
        first = index
        while first > 0 and _are_batch(steps[first - 1], steps[first]):
            first -= 1
        waits.append(set(range(first)))
    return waits


def model_ancestors(waits: list[set[int]]) -> list[set[int]]:
    """Everything that must have ended before each step: what it waits for, and theirs."""
    found = [set(needed) for needed in waits]
    grown = True
    while grown:
        grown = False
        for mine in found:
            more = set().union(*(found[other] for other in mine)) - mine if mine else set()
            if more:
                mine.update(more)
                grown = True
    return found


def _are_batch(one: Step, other: Step) -> bool:
    return one.parallel and other.parallel and one.needs is None and other.needs is None
