"""The books of a subscription: whatever the order in which deliveries end, `done` never passes one that is open."""

from hypothesis import given
from hypothesis import strategies as st

from aegisd.sinks.ledger import Delivery, Ledger
from tests.store.kit import make_event


def _delivery(seq: int, *, success: bool) -> Delivery:
    return Delivery(
        first_seq=seq, last_seq=seq, events=1, attempts=1, success=success, duration_s=0.0, ended_at="", error=None
    )


@given(st.permutations(range(1, 9)), st.sets(st.integers(1, 8)))
def test_done_is_behind_all_that_is_open(order: list[int], failed: set[int]) -> None:
    """In whatever order they end, with or without success, everything up to `done` has ended, and nothing that has
    ended below all open ones is beyond it."""
    ledger = Ledger(done=0)
    for seq in range(1, 9):
        ledger.begin([make_event(seq)])
    ledger.pass_over(10)
    still = set(range(1, 9))
    assert ledger.done == 0
    for seq in order:
        ledger.end(_delivery(seq, success=seq not in failed))
        still.remove(seq)
        assert ledger.done == (min(still) - 1 if still else 10)
        assert ledger.open == len(still)
    assert (ledger.delivered, ledger.lost) == (8 - len(failed), len(failed))


def test_what_is_of_no_interest() -> None:
    """Events that the filter holds back move `done` on, and nothing moves it back."""
    ledger = Ledger(done=5)
    ledger.pass_over(3)
    assert ledger.done == 5
    ledger.pass_over(9)
    assert ledger.done == 9
