"""Which step is next: follows a plan as its steps finish, and carries along what happened before each step.

Each node remembers the first failed step and the first step with reported failures among those it waits for and theirs.
Both are handed on along the edges, so that a condition costs the same for the first step and the ten thousandth.
"""

from attrs import define, frozen

from aegisd.core.plan import Plan, followers_of


@frozen(kw_only=True)
class Before:
    """What happened before a step: the index of the first step that failed, and of the first that reported failures."""

    failed: int | None = None
    reported: int | None = None


@define
class _Node:
    missing: int
    failed: int | None = None
    reported: int | None = None


class Schedule:
    """One run's way through its plan. Not safe for use after the run."""

    def __init__(self, plan: Plan) -> None:
        self._steps = plan.steps
        self._followers = followers_of(plan.waits)
        self._nodes = [_Node(len(waits)) for waits in plan.waits]
        self._open = set(range(plan.steps))

    def start(self) -> list[int]:
        """The steps that wait for nothing, in order."""
        return [index for index in range(self._steps) if self._nodes[index].missing == 0]

    def before(self, index: int) -> Before:
        """What happened before step `index`, which must be ready."""
        node = self._nodes[index]
        return Before(failed=node.failed, reported=node.reported)

    def finish(self, index: int, *, failed: bool, reported: bool) -> list[int]:
        """Step `index` ended; the steps that became ready by it, in order."""
        self._open.discard(index)
        node = self._nodes[index]
        ready: list[int] = []
        self._hand_on(
            index,
            index if failed and node.failed is None else node.failed,
            index if reported and node.reported is None else node.reported,
            ready,
        )
        return sorted(ready)

    @property
    def unfinished(self) -> list[int]:
        """The steps that have not ended, in order."""
        return sorted(self._open)

    def _hand_on(self, index: int, failed: int | None, reported: int | None, ready: list[int]) -> None:
        for follower in self._followers[index]:
            node = self._nodes[follower]
            node.missing -= 1
            node.failed = _first(node.failed, failed)
            node.reported = _first(node.reported, reported)
            if node.missing:
                continue
            if follower < self._steps:
                ready.append(follower)
            else:
                self._hand_on(follower, node.failed, node.reported, ready)


def _first(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
