"""Whether an attempt is followed by another, and after how long."""

from aegisd.core.model import Result, Step

_RETRIED = frozenset({Result.FAILURE, Result.ERROR, Result.TIMEOUT})
_JITTER = 0.2


def decide_retry(step: Step, result: Result, *, attempt: int, chance: float) -> float | None:
    """Seconds to wait before the next attempt, or None when there is none.

    `attempt` counts from 1; `chance` lies in [0, 1) and spreads the wait by 20 % to both sides. The wait doubles:
    retry_delay * 2**n after attempt n + 1, never above max_retry_delay.
    """
    if result not in _RETRIED or attempt > step.retries:
        return None
    doublings = min(attempt - 1, 64)
    delay = min(step.retry_delay * 2.0**doublings, step.max_retry_delay)
    return min(spread_delay(delay, chance), step.max_retry_delay)


def spread_delay(delay: float, chance: float) -> float:
    """`delay` in seconds, spread by 20 % to both sides, so that what failed together does not try again together."""
    return delay * (1 - _JITTER + 2 * _JITTER * chance)
