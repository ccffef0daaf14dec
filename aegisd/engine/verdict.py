"""How a run ends by what its steps came to: the first failure decides between `failure` and `error`."""

from aegisd.core.model import Result
from aegisd.wire.units import format_limit

FAILING = frozenset({Result.FAILURE, Result.ERROR, Result.TIMEOUT})

_MOST_NAMES = 3


def explain_limit(limit: float | None) -> str:
    """Why a run ended that had `limit` seconds."""
    return f"the run's limit of {format_limit(limit or 0)} was reached"


class Verdict:
    """Counts the results of a run's steps. `failed` names the steps that count as failed, in order."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.failed: list[str] = []
        self._first: Result | None = None

    def add_result(self, result: Result) -> None:
        """A step ended with `result` or was skipped."""
        self.counts[result] = self.counts.get(result, 0) + 1

    def add_failure(self, step: str, result: Result) -> bool:
        """A step failed in a way that counts. True when it is the first one."""
        self.failed.append(step)
        if self._first is None:
            self._first = result
            return True
        return False

    @property
    def count(self) -> int:
        """Failed steps so far."""
        return len(self.failed)

    @property
    def result(self) -> Result:
        """The run's result; a step that timed out is a failure of the run, whose own limit was not reached."""
        if self._first is None:
            return Result.SUCCESS
        return Result.ERROR if self._first is Result.ERROR else Result.FAILURE

    @property
    def reason(self) -> str | None:
        """Which steps failed, in words."""
        if not self.failed:
            return None
        names = ", ".join(self.failed[:_MOST_NAMES])
        more = len(self.failed) - _MOST_NAMES
        return f"{names} and {more} more failed" if more > 0 else f"{names} failed"
