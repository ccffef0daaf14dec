"""The verdict on a run, in numbers and in words."""

import pytest

from aegisd.core.model import Result
from aegisd.engine.verdict import Verdict


@pytest.mark.parametrize(
    ("failed", "words"),
    [
        ([], None),
        (["a"], "a failed"),
        (["a", "b", "c"], "a, b, c failed"),
        (["a", "b", "c", "d", "e"], "a, b, c and 2 more failed"),
    ],
)
def test_reasons(failed: list[str], words: str | None) -> None:
    """The first failed steps are named, the rest is counted."""
    verdict = Verdict()
    assert [verdict.add_failure(step, Result.FAILURE) for step in failed] == [n == 0 for n in range(len(failed))]
    assert (verdict.reason, verdict.count) == (words, len(failed))


def test_counts() -> None:
    """S7, W2.6: a skip is a skip, not a pass."""
    verdict = Verdict()
    for result in (Result.SUCCESS, Result.SKIP, Result.SUCCESS, Result.FAILURE):
        verdict.add_result(result)
    assert verdict.counts == {"success": 2, "skip": 1, "failure": 1}


@pytest.mark.parametrize("later", [Result.FAILURE, Result.ERROR])
def test_the_first_failure_decides(later: Result) -> None:
    """Mine or yours: the first failure says which, later ones do not change it."""
    verdict = Verdict()
    assert verdict.result is Result.SUCCESS
    verdict.add_failure("a", Result.ERROR)
    verdict.add_failure("b", later)
    assert verdict.result is Result.ERROR
