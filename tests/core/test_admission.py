"""Admission: who leaves the queue, under the limits of the host and of each workflow."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from aegisd.core.admission import Waiting, decide_admission

_NAMES = ("a", "b", "c")
_queues = st.lists(st.tuples(st.sampled_from(_NAMES), st.integers(-2, 2)), max_size=12).map(
    lambda items: [Waiting(run=number, workflow=name, priority=rank) for number, (name, rank) in enumerate(items, 1)]
)
_counts = st.dictionaries(st.sampled_from(_NAMES), st.integers(0, 3))
_limits = st.dictionaries(st.sampled_from(_NAMES), st.integers(1, 3))


@given(_queues, _counts, st.integers(0, 6), _limits)
def test_limits_and_order(queue: list[Waiting], executing: dict[str, int], slots: int, limits: dict[str, int]) -> None:
    """Admitted runs never exceed the slots or max_concurrent; who stays behind had no slot, or is behind equals of its
    own workflow: the highest ranked admissible run is never starved, and nobody overtakes it for its place."""
    waiting = sorted(queue, key=lambda candidate: candidate.rank)
    admitted = decide_admission(waiting, executing=executing, slots=slots, limits=limits)
    workflows = {candidate.run: candidate.workflow for candidate in waiting}
    after = Counter(executing) + Counter(workflows[run] for run in admitted)
    assert not admitted or after.total() <= slots
    assert all(after[workflows[run]] <= limits.get(workflows[run], 1) for run in admitted)
    assert len(set(admitted)) == len(admitted)
    for candidate in waiting:
        if candidate.run in admitted:
            continue
        better = [run for run in admitted if run in _ahead_of(candidate, waiting)]
        full = sum(executing.values()) + len(better) >= slots
        own = executing.get(candidate.workflow, 0) + sum(workflows[run] == candidate.workflow for run in better)
        assert full or own >= limits.get(candidate.workflow, 1)


def _ahead_of(candidate: Waiting, waiting: list[Waiting]) -> set[int]:
    return {other.run for other in waiting if other.rank < candidate.rank}


@given(_queues)
def test_rank(queue: list[Waiting]) -> None:
    """A higher priority goes first; among equals the older run does."""
    ranked = sorted(queue, key=lambda candidate: candidate.rank)
    keys = [(-candidate.priority, candidate.run) for candidate in ranked]
    assert keys == sorted(keys)


def test_a_busy_workflow_blocks_nobody_else() -> None:
    """A run whose workflow is at its limit is passed over, not waited for."""
    waiting = [Waiting(run=1, workflow="a"), Waiting(run=2, workflow="a"), Waiting(run=3, workflow="b")]
    assert decide_admission(waiting, executing={"a": 1}, slots=8, limits={"a": 2}) == [1, 3]


def test_a_workflow_that_is_no_longer_configured() -> None:
    """Its waiting runs go one at a time."""
    waiting = [Waiting(run=1, workflow="gone"), Waiting(run=2, workflow="gone")]
    assert decide_admission(waiting, executing={}, slots=8, limits={}) == [1]
