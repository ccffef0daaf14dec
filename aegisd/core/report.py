"""What test reports say, as values: counts, failing tests, the slowest; several reports as one. Pure.

A step's reports become one `ReportedTests`, in its result's data under `tests`. Of many failing tests the first are
told with their messages, and the names of more, so that a later run can say which are new.
"""

from collections.abc import Collection, Iterable

from attrs import evolve, frozen

from aegisd.core.artifact import Refusal

MOST_SHOWN = 10
MOST_NAMES = 500
MOST_PROBLEMS = 20
DATA_KEY = "tests"


@frozen(kw_only=True)
class FailedTest:
    """A test that failed or broke, with the beginning of its message. `is_new`: it did not fail in the run before."""

    name: str
    message: str = ""
    is_new: bool = False


@frozen(kw_only=True)
class SlowTest:
    """A test and its seconds."""

    name: str
    duration_s: float


@frozen(kw_only=True)
class ReportedTests:
    """The test reports of a step. `failed` counts assertions that did not hold, `errors` tests that broke; `names` are
    those of both, at most 500. `new` counts the failing ones that did not fail in run `compared_with`; null where no
    earlier run has a report to compare with. `problems` are reports that were not read, and why, at most 20."""

    total: int = 0
    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0
    duration_s: float = 0.0
    failures: tuple[FailedTest, ...] = ()
    names: tuple[str, ...] = ()
    slowest: tuple[SlowTest, ...] = ()
    new: int | None = None
    compared_with: int | None = None
    problems: tuple[Refusal, ...] = ()

    @property
    def failing(self) -> int:
        """Failed and broken tests."""
        return self.failed + self.errors


def add_up(summaries: Iterable[ReportedTests]) -> ReportedTests:
    """Several reports as one."""
    parts = list(summaries)
    slowest = sorted((test for part in parts for test in part.slowest), key=lambda test: -test.duration_s)
    return ReportedTests(
        total=sum(part.total for part in parts),
        passed=sum(part.passed for part in parts),
        failed=sum(part.failed for part in parts),
        errors=sum(part.errors for part in parts),
        skipped=sum(part.skipped for part in parts),
        duration_s=round(sum(part.duration_s for part in parts), 6),
        failures=tuple(test for part in parts for test in part.failures)[:MOST_SHOWN],
        names=tuple(name for part in parts for name in part.names)[:MOST_NAMES],
        slowest=tuple(slowest[:MOST_SHOWN]),
        problems=tuple(problem for part in parts for problem in part.problems)[:MOST_PROBLEMS],
    )


def compare(now: ReportedTests, before: Collection[str], *, run: int) -> ReportedTests:
    """`now` with what is new in it: failing tests that are not among those of run number `run`, `before`."""
    return evolve(
        now,
        failures=tuple(evolve(test, is_new=test.name not in before) for test in now.failures),
        new=sum(name not in before for name in now.names),
        compared_with=run,
    )
