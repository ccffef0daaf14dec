"""Which waiting runs may start: the host-wide limit, the limit of each workflow, priority, then age."""

from collections.abc import Collection, Iterable, Mapping, Sequence

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
    waiting: Iterable[Waiting],
    *,
    executing: Mapping[str, int],
    slots: int,
    limits: Mapping[str, int],
    away: Collection[int] = (),
) -> list[int]:
    """The runs that start or go on now, of `waiting` in order of rank.

    `executing` counts runs by workflow, `slots` is the host-wide limit, `limits` gives `max_concurrent` by workflow (a
    workflow that is no longer configured may run once at a time). The runs `away` execute without a slot, because they
    wait for a person: their workflows count them, the host does not. Those of them that are in `waiting` want a slot
    again.
    """
    counts = dict(executing)
    free = slots - sum(counts.values()) + len(away)
    admitted: list[int] = []
    for candidate in waiting:
        if free <= 0:
            break
        if candidate.run not in away:
            if counts.get(candidate.workflow, 0) >= limits.get(candidate.workflow, 1):
                continue
            counts[candidate.workflow] = counts.get(candidate.workflow, 0) + 1
        admitted.append(candidate.run)
        free -= 1
    return admitted


@frozen(kw_only=True)
class Wait:
    """Why a run of `workflow` is in the queue: the runs `ahead` of it, and those that hold what it needs: `full` when
    they have all `slots` of the host, `busy` when they are the `most` that its workflow may have."""

    workflow: str
    ahead: tuple[int, ...]
    slots: int
    most: int
    full: tuple[int, ...] = ()
    busy: tuple[int, ...] = ()


def find_wait(
    run: int,
    waiting: Sequence[Waiting],
    *,
    executing: Mapping[int, str],
    slots: int,
    limits: Mapping[str, int],
    away: Collection[int] = (),
) -> Wait | None:
    """What `run` waits for; None when it is not in the queue. `executing` gives the workflow of each executing run,
    `away` those of them that have no slot."""
    place = next((place for place, candidate in enumerate(waiting) if candidate.run == run), None)
    if place is None:
        return None
    workflow = waiting[place].workflow
    same = sorted(other for other, name in executing.items() if name == workflow)
    most = limits.get(workflow, 1)
    holders = sorted(other for other in executing if other not in away)
    return Wait(
        workflow=workflow,
        ahead=tuple(candidate.run for candidate in waiting[:place]),
        slots=slots,
        most=most,
        full=tuple(holders) if len(holders) >= slots else (),
        busy=tuple(same) if len(same) >= most else (),
    )
