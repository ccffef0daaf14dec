"""Whether an attempt is followed by another, and after how long."""

from aegisd.core.model import Result, Step
from aegisd.core.placement import RetryOn

_RETRIED = frozenset({Result.FAILURE, Result.ERROR, Result.TIMEOUT})
_RUNS_TWICE = frozenset({RetryOn.LOST, RetryOn.UNCONFIRMED, RetryOn.CANCELLED})
_JITTER = 0.2


def decide_retry(
    step: Step, result: Result, *, attempt: int, chance: float, fault: RetryOn | None = None
) -> float | None:
    """Seconds to wait before the next attempt, or None when there is none.

    `attempt` counts from 1; `chance` lies in [0, 1) and spreads the wait by 20 % to both sides. The wait doubles:
    retry_delay * 2**n after attempt n + 1, never above max_retry_delay. `fault` is what became of the
    attempt's job: after one that may still run somewhere, or that somebody has ended, there is no other attempt unless
    `retry_on` says so.
    """
    if result not in _RETRIED or attempt > step.retries or not _is_wanted(step, fault or RetryOn(result.value)):
        return None
    doublings = min(attempt - 1, 64)
    delay = min(step.retry_delay * 2.0**doublings, step.max_retry_delay)
    return min(spread_delay(delay, chance), step.max_retry_delay)


def _is_wanted(step: Step, what: RetryOn) -> bool:
    return what not in _RUNS_TWICE if step.retry_on is None else what in step.retry_on


def spread_delay(delay: float, chance: float) -> float:
    """`delay` in seconds, spread by 20 % to both sides, so that what failed together does not try again together."""
    return delay * (1 - _JITTER + 2 * _JITTER * chance)
