"""The step type `test`: has a service run tests. Failing tests are a failure of the step, unless they are allowed."""

from aegisd.core.model import Outcome
from aegisd.steps.answering import settle
from aegisd.steps.base import Attempting, StepType
from aegisd.steps.calling import CALL_S
from aegisd.steps.qa import TestSpec, ask, count_tests, judge_tests


async def execute(spec: TestSpec, attempting: Attempting) -> Outcome:
    """POST `{}`. The result has `total`, `passed`, `failed` and `failures`."""

    async def work() -> Outcome:
        data = count_tests(spec.service, await ask(attempting, spec.service, "POST", spec.path, {}))
        return judge_tests(data, allow_failures=spec.allow_failures, words="failed")

    return await settle(attempting, work)


def _describe(spec: TestSpec) -> str:
    return f"POST {spec.service} {spec.path}"


TEST = StepType(name="test", spec=TestSpec, execute=execute, describe=_describe, default_timeout=CALL_S)
