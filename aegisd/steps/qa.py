"""What the step types `discover`, `test`, `submit_bugs` and `verify` share: keys, calls, and how tests are counted."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from aegisd.core.codec import encode_value
from aegisd.core.model import Outcome, Result
from aegisd.core.schema import Kind, key
from aegisd.steps.answering import bad_body, call, read_json
from aegisd.steps.base import Attempting
from aegisd.steps.calling import MOST_LIMIT, Request

_MOST_NAMES = 3
_NAMES = ("name", "id", "test", "title", "path", "route")


@frozen(kw_only=True)
class QaSpec:
    """The keys that all of them take."""

    service: str = key(Kind.NAME, "The service that is called, from `[services]`.", example='"qaagent"')


@frozen(kw_only=True)
class TestSpec(QaSpec):
    """The keys of the ones that run tests."""

    __test__ = False  # pytest looks for classes of this name

    path: str = key(Kind.TEXT, "The path of the call.", example='"/api/runs"', default="/api/runs")
    allow_failures: bool = key(
        Kind.FLAG,
        "Failing tests do not fail the step. They still count as reported: `has_failures` is met.",
        example="true",
        default=False,
    )


async def ask(attempting: Attempting, service: str, method: str, path: str, body: Any = None) -> Any:
    """The JSON that `service` answers with. Raises Refusal and ServiceFault."""
    request = Request(
        method=method,
        path=path,
        headers={"Accept": "application/json", **({} if body is None else {"Content-Type": "application/json"})},
        body=None if body is None else encode_value(body),
        limit=MOST_LIMIT,
    )
    return read_json(service, await call(attempting, service, request))


def count_tests(service: str, answer: Any) -> dict[str, Any]:
    """`total`, `passed`, `failed` and `failures` of an answer, as an object of these or as an object with `summary`.

    What can be counted is counted: an answer with `failures` alone is enough. Raises ServiceFault for an answer without
    `failed` and `failures`: no number of tests that passed can be read from it."""
    told = answer.get("summary", answer) if isinstance(answer, Mapping) else None
    if not isinstance(told, Mapping) or not isinstance(answer, Mapping):
        raise bad_body(service, "is not an object with the counts of the tests")
    failures = answer.get("failures", told.get("failures", []))
    if not isinstance(failures, list) or not ("failed" in told or "failures" in {*told, *answer}):
        raise bad_body(service, "has neither `failed` nor a list of `failures`")
    failed = max(_read_count(service, told, "failed", len(failures)), len(failures))
    passed = _read_count(service, told, "passed", max(0, _read_count(service, told, "total", failed) - failed))
    total = max(_read_count(service, told, "total", passed + failed), passed + failed)
    return {"total": total, "passed": passed, "failed": failed, "failures": failures}


def judge_tests(data: Mapping[str, Any], *, allow_failures: bool, words: str) -> Outcome:
    """The outcome of tests with the counts `data`; `words` say what failing ones did ("failed", "still fail")."""
    failed, total = data["failed"], data["total"]
    if not failed:
        return Outcome(result=Result.SUCCESS, data=data)
    text = f"{failed} of {total} tests {words}{_say_names(data['failures'])}"
    if allow_failures:
        return Outcome(result=Result.SUCCESS, reported_failures=failed, data={**data, "warning": text})
    return Outcome(result=Result.FAILURE, error=text, reported_failures=failed, data=data)


def _read_count(service: str, told: Mapping[str, Any], name: str, otherwise: int) -> int:
    count = told.get(name, otherwise)
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= 2**53:
        raise bad_body(service, f"has a `{name}` that is not a count")
    return count


def _say_names(failures: Sequence[Any]) -> str:
    """`: login, logout and 4 more`, as far as the failures have names."""
    names = [name for failure in failures[:_MOST_NAMES] if (name := _find_name(failure))]
    more = len(failures) - len(names)
    if not names:
        return ""
    return f": {', '.join(names)}" + (f" and {more} more" if more else "")


def _find_name(failure: Any) -> str | None:
    if isinstance(failure, Mapping):
        failure = next((failure[name] for name in _NAMES if isinstance(failure.get(name), str)), None)
    return " ".join(failure.split())[:80] if isinstance(failure, str) and failure.strip() else None
