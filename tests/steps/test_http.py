"""The step type `http`: what is sent, what becomes of the answer, and what is never sent twice."""

from pathlib import Path
from typing import Any

import pytest

from aegisd.core.approval import Decision
from aegisd.core.events import StepCompleted
from aegisd.core.model import Outcome, Result
from aegisd.steps.answering import MOST_DEEP
from aegisd.steps.approval import ApprovalSpec
from aegisd.steps.calling import MOST_LIMIT, Answer, ServiceFault
from aegisd.steps.http import HttpSpec, Method, Response
from aegisd.wire.framing import MAX_DEPTH
from tests.steps.fake_service import FakeService, answer
from tests.steps.kit import StepBench

FOUND = StepCompleted(
    step_type="http", result=Result.SUCCESS, success=True, duration_s=0.0, attempts=(), data={"up": "..", "bad": "a\nb"}
)


async def carry_out(tmp_path: Path, *answers: Answer | ServiceFault, **keys: Any) -> tuple[Outcome, StepBench]:
    """One attempt of an http step."""
    bench = StepBench(
        folder=tmp_path, caller=FakeService(list(answers)), params={"p": "a/b?"}, earlier={"found": FOUND}
    )
    return await bench.run(HttpSpec(**{"service": "qa", **keys}), type="http"), bench


@pytest.mark.parametrize(
    ("told", "response", "body"),
    [
        (answer({"a": [1]}), Response.AUTO, {"a": [1]}),
        (answer({"a": 1}, kind="application/problem+json; charset=utf-8"), Response.AUTO, {"a": 1}),
        (answer(text="{}", kind="text/plain"), Response.AUTO, "{}"),
        (answer(text="7", kind="text/plain"), Response.JSON, 7),
        (answer({"a": 1}), Response.TEXT, '{"a": 1}'),
        (answer(text="", kind="application/json"), Response.AUTO, ""),
        (Answer(status=200, body=b"\xff\x00"), Response.AUTO, "�\0"),
    ],
)
async def test_answers(tmp_path: Path, told: Answer, response: Response, body: Any) -> None:
    """The body becomes JSON or text, as it says or as it is asked for; bytes that are neither stay readable."""
    outcome, _ = await carry_out(tmp_path, told, response=response)
    assert (outcome.result, outcome.data["body"]) == (Result.SUCCESS, body)


@pytest.mark.parametrize("text", ["<html>", "{", "NaN", "[1,]", '"\\ud800"', "[" * 2000 + "]" * 2000, "\xff"])
async def test_bad_bodies(tmp_path: Path, text: str) -> None:
    """What says that it is JSON and is none, or none that can be kept, is a fault of kind `body`."""
    outcome, _ = await carry_out(tmp_path, answer(text=text, kind="application/json"))
    assert (outcome.result, outcome.data["fault"]) == (Result.ERROR, "body")
    assert len(outcome.error or "") < 400


async def test_deep_bodies(tmp_path: Path) -> None:
    """As deep as every client can read again, and no deeper."""
    assert MOST_DEEP + 16 <= MAX_DEPTH
    for depth, result in ((MOST_DEEP, Result.SUCCESS), (MOST_DEEP + 1, Result.ERROR)):
        outcome, _ = await carry_out(tmp_path, answer(text="[" * depth + "]" * depth, kind="application/json"))
        assert outcome.result is result
    assert "nested deeper than 48" in str(outcome.error)


async def test_control_characters_do_not_swell(tmp_path: Path) -> None:
    """A text that grows sixfold in JSON is refused, not recorded."""
    outcome, _ = await carry_out(tmp_path, answer(text="\x01" * (MOST_LIMIT // 3), kind="text/plain"))
    assert outcome.data["fault"] == "body"


@pytest.mark.parametrize(
    ("status", "result", "again"),
    [
        (301, Result.FAILURE, False),
        (404, Result.FAILURE, False),
        (408, Result.ERROR, True),
        (429, Result.ERROR, True),
        (500, Result.ERROR, True),
    ],
)
async def test_status(tmp_path: Path, status: int, result: Result, again: bool) -> None:  # noqa: FBT001 - a case
    """W2.14: a no is a failure and not asked again; a service that is busy or broken is an error, and is."""
    outcome, bench = await carry_out(tmp_path, answer(status=status, text="sorry\x1b[2J"))
    assert bench.attempting is not None
    assert (outcome.result, bench.attempting.repeatable) == (result, again)
    assert f"status {status}" in (outcome.error or "")
    assert "\x1b" not in (outcome.error or "")
    outcome, _ = await carry_out(tmp_path, answer(status=status), ok_status=(status,))
    assert outcome.result is Result.SUCCESS


async def test_what_is_put_into_a_path_stays_a_part_of_it(tmp_path: Path) -> None:
    """A value with slashes and question marks is encoded; one that would lead up is refused, and so is a header of two
    lines."""
    _, bench = await carry_out(tmp_path, answer(), path="/x/{p}/{{p}}")
    assert isinstance(bench.caller, FakeService)
    assert bench.caller.asked[0][1].path == "/x/a%2Fb%3F/{p}"
    outcome, _ = await carry_out(tmp_path, answer(), path="/x/{steps.found./up}")
    assert (outcome.result, "would lead elsewhere" in (outcome.error or "")) == (Result.FAILURE, True)
    outcome, _ = await carry_out(tmp_path, answer(), headers={"X-A": "{steps.found./bad}"})
    assert "the header X-A" in (outcome.error or "")


@pytest.mark.parametrize(("sent", "again"), [(True, False), (False, True)])
async def test_without_a_key(tmp_path: Path, sent: bool, again: bool) -> None:  # noqa: FBT001 - a case
    """W2.14: a POST without Idempotency-Key is sent again only when it cannot have arrived."""
    fault = ServiceFault("refused", "qa: the connection was refused", sent=sent)
    _, bench = await carry_out(tmp_path, fault, method=Method.POST, idempotency_key=False)
    assert bench.attempting is not None
    assert bench.attempting.repeatable is again
    assert HttpSpec(service="qa", method=Method.POST, idempotency_key=False).step_defaults == {"idempotent": False}
    assert HttpSpec(service="qa", method=Method.PUT, idempotency_key=False).step_defaults == {}


@pytest.mark.parametrize(
    ("decision", "result", "error"),
    [
        (Decision(result=Result.SUCCESS, by="dev1"), Result.SUCCESS, None),
        (Decision(result=Result.FAILURE, by="dev1", reason="no"), Result.FAILURE, "rejected by dev1: no"),
        (None, Result.TIMEOUT, "nobody decided within 30s"),
    ],
)
async def test_approval(tmp_path: Path, decision: Decision | None, result: Result, error: str | None) -> None:
    """Approved passes, rejected fails, silence times out; none of them is asked again. The message has values in it."""
    bench = StepBench(folder=tmp_path, decision=decision, params={"p": "1.4"})
    outcome = await bench.run(ApprovalSpec(message="Release {p}?"), type="approval", timeout=30.0)
    assert (outcome.result, outcome.error) == (result, error)
    assert bench.asked == [("Release 1.4?", 30.0)]
    assert bench.attempting is not None
    assert bench.attempting.repeatable is False
