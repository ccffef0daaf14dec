"""Earlier results in templates, and what is counted over several steps."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegisd.core.events import StepCompleted, StepSkipped
from aegisd.core.model import Result
from aegisd.core.results import End, StepResult, count_failures, list_failures, make_result, read_result
from aegisd.core.template import UnresolvedError, expand, expand_value, iter_step_references

RESULTS = {"find.all": StepResult(step="find.all", type="discover", result=Result.SUCCESS, data={"routes": ["/a", 7]})}


def _read(step: str, pointer: str) -> Any:
    return read_result(RESULTS, step, pointer)


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("{steps.find.all./routes/0}", "/a"),
        ("n={steps.find.all./routes/1}{p}", "n=7{x}"),
        ("{steps.find.all./routes}", '["/a",7]'),
        ("{steps.find.all}", '{"routes":["/a",7]}'),
        ("{{steps.find.all./routes/0}}", "{steps.find.all./routes/0}"),
        ("${steps.find.all./routes/0}", "${steps.find.all./routes/0}"),
        ("{steps}", "{steps}"),
        ("{steps.}", "{steps.}"),
    ],
)
def test_references(text: str, expanded: str) -> None:
    """A reference becomes the value, a literal stays one, and what is put in is not looked at again."""
    assert expand(text, {"p": "{x}", "x": "no"}, _read) == expanded


def test_values_keep_their_type() -> None:
    """In JSON a text that is one reference becomes the value itself; inside a text it becomes text."""
    value = {"a": "{steps.find.all./routes}", "b": ["x{steps.find.all./routes/1}", True, None, 1.5], "c": "{p}"}
    assert expand_value(value, {"p": "7"}, _read) == {"a": ["/a", 7], "b": ["x7", True, None, 1.5], "c": "7"}


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("{steps.gone}", "no step of that name ended before"),
        ("{steps.find.all./nope}", "it has no nope"),
        ("{steps.find.all./routes/9}", "/routes has no 9"),
    ],
)
def test_what_is_not_there(reference: str, why: str) -> None:
    """A result that is not there says which and why."""
    with pytest.raises(UnresolvedError, match=why):
        expand(reference, {}, _read)


def test_of_a_skipped_step() -> None:
    """A step that was skipped left nothing, and the message says why it was skipped."""
    skipped = make_result("find", StepSkipped(step_type="discover", reason="lint failed"))
    with pytest.raises(UnresolvedError, match="find was skipped: lint failed"):
        read_result({"find": skipped}, "find", "/routes")


@given(st.text(alphabet="{}$steps.a/~0 ", max_size=30))
def test_any_text_is_survived(text: str) -> None:
    """No text breaks the template; without references it stays as it is."""
    found = list(iter_step_references(text))
    if not found and "{{" not in text:
        assert expand(text, {}, lambda _, __: "x") == text


def _tests(step: str, kind: str, failed: int, *names: str) -> StepResult:
    data = {"failures": [{"name": name} for name in names]}
    return make_result(
        step,
        StepCompleted(
            step_type=kind,
            result=Result.SUCCESS,
            success=True,
            duration_s=1.0,
            attempts=(),
            reported_failures=failed,
            data=data,
        ),
    )


def test_failures_of_several_steps() -> None:
    """§1.4, W2.23: the failures of all tests, equal ones once; a verify takes the place of what it verified, and tests
    after it add theirs."""
    first, second = _tests("a", "test", 2, "login", "cart"), _tests("b", "test", 1, "cart")
    assert [each["name"] for each in list_failures([first, second])] == ["login", "cart"]
    assert count_failures([first, second]) == 3
    verified = _tests("v", "verify", 1, "cart")
    assert [each["name"] for each in list_failures([first, second, verified])] == ["cart"]
    assert count_failures([first, second, verified]) == 1
    assert count_failures([first, verified, _tests("c", "test", 4)]) == 5


def test_a_reused_step_counts_as_it_did() -> None:
    """A step that an earlier run passed keeps its data and what it reported, and has passed."""
    end: End = StepSkipped(
        step_type="test", reason="passed in run #7", reused=7, reported_failures=2, data={"failures": ["x"]}
    )
    result = make_result("t", end)
    assert (result.passed, result.reported, read_result({"t": result}, "t", "/failures/0")) == (True, 2, "x")
