"""Which waiting runs may start: the host-wide limit, the limit of each workflow, priority, then age."""

from collections.abc import Iterable, Mapping

from attrs import frozen


@frozen(kw_only=True)
class Waiting:
    """A run in the queue."""

    run: int
    workflow: str
    priority: int = 0

    @property
    def rank(self) -> tuple[int, int]:
        """Smaller goes first."""
        return (-self.priority, self.run)


def decide_admission(
    waiting: Iterable[Waiting], *, executing: Mapping[str, int], slots: int, limits: Mapping[str, int]
) -> list[int]:
    """The runs that start now, of `waiting` in order of rank.

    `executing` counts runs by workflow, `slots` is the host-wide limit, `limits` gives `max_concurrent` by workflow (a
    workflow that is no longer configured may run once at a time).
    """
    counts = dict(executing)
    free = slots - sum(counts.values())
    admitted: list[int] = []
    for candidate in waiting:
        if free <= 0:
            break
        if counts.get(candidate.workflow, 0) >= limits.get(candidate.workflow, 1):
            continue
        counts[candidate.workflow] = counts.get(candidate.workflow, 0) + 1
        admitted.append(candidate.run)
        free -= 1
    return admitted
