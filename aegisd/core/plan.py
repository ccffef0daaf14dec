"""What waits for what: a workflow as a graph, from the order of its file or from `needs`.

- Without `needs`, a step waits for everything before it in the file. Neighbours that say `parallel = true` form one
  batch.
- With `needs`, a step waits for exactly the steps it names.

A batch of m steps before a batch of n steps would be m * n edges; a *join* node between them keeps it m + n.
"""

from attrs import frozen

from aegisd.core.model import Step


@frozen(kw_only=True)
class Plan:
    """`waits[node]` names the nodes that must be finished before `node`. Nodes below `steps` are the steps by index,
    the others are joins. `groups[index]` numbers the steps that can run together, from 1, for people."""

    steps: int
    waits: tuple[tuple[int, ...], ...]
    groups: tuple[int, ...]


class CycleError(ValueError):
    """Steps wait for each other; `names` is the cycle, its first name repeated at the end."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(" -> ".join(names))
        self.names = names


def plan_steps(steps: tuple[Step, ...]) -> Plan:
    """The graph of `steps`. Raises CycleError, and KeyError for a name in `needs` that no step has."""
    numbers = {step.name: index for index, step in enumerate(steps)}
    waits: list[tuple[int, ...]] = [()] * len(steps)
    ends: list[int] = []
    batch: list[int] = []
    before: tuple[int, ...] = ()
    for index, step in enumerate(steps):
        if step.needs is not None:
            waits[index] = tuple(dict.fromkeys(numbers[name] for name in step.needs))
            ends.append(index)
            continue
        joins_batch = step.parallel and batch and steps[batch[-1]].parallel and batch[-1] == index - 1
        if not joins_batch:
            before = _join(ends, waits)
            batch = []
            ends = []
        batch.append(index)
        waits[index] = before
        ends.append(index)
    order = _order(waits, steps)
    return Plan(steps=len(steps), waits=tuple(waits), groups=_group(waits, order, len(steps)))


def _join(ends: list[int], waits: list[tuple[int, ...]]) -> tuple[int, ...]:
    """What the next batch waits for: the one open end, or a new join of several."""
    if len(ends) <= 1:
        return tuple(ends)
    waits.append(tuple(ends))
    return (len(waits) - 1,)


def _order(waits: list[tuple[int, ...]], steps: tuple[Step, ...]) -> list[int]:
    """The nodes so that each comes after those it waits for (Kahn's algorithm)."""
    missing = [len(nodes) for nodes in waits]
    followers = followers_of(waits)
    order = [node for node, count in enumerate(missing) if count == 0]
    for node in order:
        for follower in followers[node]:
            missing[follower] -= 1
            if missing[follower] == 0:
                order.append(follower)
    if len(order) < len(waits):
        raise CycleError(_cycle(waits, set(order), steps))
    return order


def followers_of(waits: list[tuple[int, ...]] | tuple[tuple[int, ...], ...]) -> list[list[int]]:
    """For each node those that wait for it."""
    followers: list[list[int]] = [[] for _ in waits]
    for node, needed in enumerate(waits):
        for other in needed:
            followers[other].append(node)
    return followers


def _cycle(waits: list[tuple[int, ...]], ordered: set[int], steps: tuple[Step, ...]) -> tuple[str, ...]:
    node = next(node for node in range(len(waits)) if node not in ordered)
    path: dict[int, int] = {}
    while node not in path:
        path[node] = len(path)
        node = next(other for other in waits[node] if other not in ordered)
    cycle = [*list(path)[path[node] :], node]
    return tuple(steps[other].name for other in cycle if other < len(steps))


def _group(waits: list[tuple[int, ...]], order: list[int], count: int) -> tuple[int, ...]:
    level = [0] * len(waits)
    for node in order:
        highest = max((level[other] for other in waits[node]), default=0)
        level[node] = highest + (1 if node < count else 0)
    return tuple(level[:count])
