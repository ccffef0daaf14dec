"""What the test reports of a step say, in words. Pure; what comes from the daemon is escaped."""

from __future__ import annotations

from aegisctl.text import escape
from aegisd.wire.units import format_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def find_tests(step: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The tests of a step, or of the event of its end; None where it has no reports."""
    tests = (step.get("data") or {}).get("tests")
    return tests if isinstance(tests, dict) else None


def describe_tests(step: Mapping[str, Any]) -> str:
    """`412 passed, 3 skipped`, `1 failed (1 new), 411 passed`; empty where there are none."""
    tests = find_tests(step)
    if tests is None:
        return ""
    failing = int(tests.get("failed") or 0) + int(tests.get("errors") or 0)
    new = f" ({tests['new']} new)" if failing and tests.get("new") else ""
    counts = ((failing, f"failed{new}"), (tests.get("passed"), "passed"), (tests.get("skipped"), "skipped"))
    words = ", ".join(f"{count} {word}" for count, word in counts if count)
    return words or ("no test report" if tests.get("problems") else "no tests")


def list_failing(step: Mapping[str, Any]) -> list[str]:
    """A line for each failing test that is told, and for each report that was not read."""
    tests = find_tests(step)
    if tests is None:
        return []
    lines = [_describe_failure(test, tests) for test in tests.get("failures") or ()]
    more = int(tests.get("failed") or 0) + int(tests.get("errors") or 0) - len(lines)
    lines += [f"... and {more} more"] if more > 0 else []
    problems = tests.get("problems") or ()
    return lines + [f"not read: {escape(problem['name'])}: {escape(problem['reason'])}" for problem in problems]


def list_slowest(step: Mapping[str, Any]) -> list[str]:
    """The slowest tests with their times."""
    slowest = (find_tests(step) or {}).get("slowest") or ()
    return [f"{format_duration(test['duration_s']):>6}  {escape(test['name'])}" for test in slowest]


def _describe_failure(test: Mapping[str, Any], tests: Mapping[str, Any]) -> str:
    new = f"  (new since #{tests['compared_with']})" if test.get("is_new") and tests.get("compared_with") else ""
    message = f": {escape(test['message'])}" if test.get("message") else ""
    return f"{escape(test['name'])}{message}{new}"
