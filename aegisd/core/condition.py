"""Whether a step runs, and if not, why in words."""

from aegisd.core.model import Condition
from aegisd.core.schedule import Before


def is_met(condition: Condition, before: Before) -> bool:
    """Whether a step with `condition` runs after what happened `before` it."""
    if condition is Condition.ON_SUCCESS:
        return before.failed is None
    if condition is Condition.ON_FAILURE:
        return before.failed is not None
    if condition is Condition.HAS_FAILURES:
        return before.reported is not None
    return True


def explain_unmet(condition: Condition, culprit: str | None) -> str:
    """Why a step with `condition` was not started; `culprit` names the failed step where there is one."""
    if condition is Condition.ON_SUCCESS:
        return f"{culprit} failed"
    if condition is Condition.ON_FAILURE:
        return "no earlier step failed"
    return "no earlier step reported failures"
