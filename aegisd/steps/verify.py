"""The step type `verify`: has a service run the failed tests again, and only them."""

from aegisd.core.model import Outcome, Result
from aegisd.core.results import list_failures
from aegisd.steps.answering import settle
from aegisd.steps.base import Attempting, StepType
from aegisd.steps.calling import CALL_S
from aegisd.steps.qa import TestSpec, ask, count_tests, judge_tests


async def execute(spec: TestSpec, attempting: Attempting) -> Outcome:
    """POST the failures of the steps before, with `verify_only`. The result is that of a test, with `verify_only`; when
    there is nothing to verify, there is no call."""

    async def work() -> Outcome:
        failures = list_failures(attempting.results.values())
        if not failures:
            nothing = {"total": 0, "passed": 0, "failed": 0, "failures": [], "verify_only": True}
            return Outcome(result=Result.SUCCESS, data={**nothing, "message": "no failures to verify"})
        body = {"verify_only": True, "failures": failures}
        data = count_tests(spec.service, await ask(attempting, spec.service, "POST", spec.path, body))
        return judge_tests({**data, "verify_only": True}, allow_failures=spec.allow_failures, words="still fail")

    return await settle(attempting, work)


def _describe(spec: TestSpec) -> str:
    return f"POST {spec.service} {spec.path} (failures of the steps before)"


VERIFY = StepType(name="verify", spec=TestSpec, execute=execute, describe=_describe, default_timeout=CALL_S)
