"""Retries: how often, after which results, and how long between."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegisd.core.model import Result
from aegisd.core.retry import decide_retry
from tests.core.graphs import make_step

_CHANCE = st.floats(0, 1, exclude_max=True)
_RETRIED = (Result.FAILURE, Result.ERROR, Result.TIMEOUT)


@pytest.mark.parametrize("result", Result)
def test_which_results_are_retried(result: Result) -> None:
    """S43, S45: the value of the result decides; success, skip and cancellation end a step at once."""
    delay = decide_retry(make_step("a", retries=3), result, attempt=1, chance=0.5)
    assert (delay is not None) == (result in _RETRIED)


@given(st.integers(0, 50), st.sampled_from(_RETRIED), _CHANCE)
def test_attempts_are_counted(retries: int, result: Result, chance: float) -> None:
    """S42, S43: a step that always fails has retries + 1 attempts, never one more."""
    step = make_step("a", retries=retries)
    attempt = 1
    while decide_retry(step, result, attempt=attempt, chance=chance) is not None:
        attempt += 1
    assert attempt == retries + 1


def test_the_wait_doubles() -> None:
    """S44: 1, 2, 4, 8 times the delay when chance is in the middle."""
    step = make_step("a", retries=9, retry_delay=3.0, max_retry_delay=1000.0)
    waits = [decide_retry(step, Result.FAILURE, attempt=attempt, chance=0.5) for attempt in (1, 2, 3, 4)]
    assert waits == [3.0, 6.0, 12.0, 24.0]


@given(st.integers(1, 1000), st.floats(0.001, 1e6), st.floats(0, 1e6), _CHANCE)
def test_the_wait_is_spread_and_capped(attempt: int, delay: float, most: float, chance: float) -> None:
    """S44, W2.13: within 20 % of the doubled delay, never above max_retry_delay, never negative."""
    step = make_step("a", retries=1000, retry_delay=delay, max_retry_delay=most)
    wait = decide_retry(step, Result.FAILURE, attempt=attempt, chance=chance)
    assert wait is not None
    middle = min(delay * 2.0 ** min(attempt - 1, 900), most)
    assert 0.8 * middle * (1 - 1e-9) <= wait <= min(1.2 * middle * (1 + 1e-9), most)


@pytest.mark.parametrize("attempt", [20, 64, 65, 66, 999, 1000])
def test_a_thousand_retries_do_not_overflow(attempt: int) -> None:
    """S44: the thousandth wait is the cap, not an overflow."""
    step = make_step("a", retries=1000, retry_delay=1.0, max_retry_delay=60.0)
    wait = decide_retry(step, Result.FAILURE, attempt=attempt, chance=0.999)
    assert wait is not None
    assert math.isfinite(wait)
    assert wait <= 60.0
