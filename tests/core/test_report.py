"""Several test reports as one, and what is new in them."""

from aegisd.core.artifact import Refusal
from aegisd.core.codec import to_plain
from aegisd.core.report import FailedTest, ReportedTests, SlowTest, add_up, compare


def _part(*names: str, passed: int = 1, seconds: float = 1.0) -> ReportedTests:
    return ReportedTests(
        total=passed + len(names),
        passed=passed,
        failed=len(names),
        duration_s=seconds,
        failures=tuple(FailedTest(name=name) for name in names)[:10],
        names=names,
        slowest=(SlowTest(name=f"slow{seconds}", duration_s=seconds),),
        problems=(Refusal(name="x", reason="y"),) * 15,
    )


def test_reports_add_up() -> None:
    """Counts are sums, lists go on to their limits, the slowest of all comes first."""
    whole = add_up([_part("a", "b", seconds=1), _part(*"cdefghijklm", passed=5, seconds=3)])
    assert (whole.total, whole.passed, whole.failed, whole.duration_s) == (19, 6, 13, 4.0)
    assert [test.name for test in whole.failures] == list("abcdefghij")
    assert len(whole.names) == 13
    assert [test.name for test in whole.slowest] == ["slow3", "slow1"]
    assert len(whole.problems) == 20
    assert add_up([]) == ReportedTests()


def test_what_is_new() -> None:
    """A failing test that did not fail before is new; without an earlier report nothing is said."""
    now = compare(_part("old", "new"), {"old", "repaired"}, run=841)
    assert [(test.name, test.is_new) for test in now.failures] == [("old", False), ("new", True)]
    assert (now.new, now.compared_with) == (1, 841)
    assert _part("a").new is None


def test_it_goes_into_events() -> None:
    """The whole is plain data."""
    assert list(to_plain(_part("a"))["failures"]) == [{"name": "a", "message": "", "is_new": False}]
