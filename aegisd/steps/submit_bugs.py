"""The step type `submit_bugs`: reports the failures of the steps before to a service."""

from attrs import frozen

from aegisd.core.model import Outcome, Result
from aegisd.core.results import list_failures
from aegisd.core.schema import Kind, key
from aegisd.steps.answering import settle
from aegisd.steps.base import Attempting, StepType
from aegisd.steps.calling import CALL_S
from aegisd.steps.qa import QaSpec, ask


@frozen(kw_only=True)
class SubmitBugsSpec(QaSpec):
    """The keys of a `submit_bugs` step."""

    path: str = key(Kind.TEXT, "The path of the call.", example='"/api/v1/reports"', default="/api/v1/reports")


async def execute(spec: SubmitBugsSpec, attempting: Attempting) -> Outcome:
    """POST all failures at once. The result has `submitted` and the service's `response`; without failures there is no
    call, and a `message` says so."""

    async def work() -> Outcome:
        failures = list_failures(attempting.results.values())
        if not failures:
            return Outcome(result=Result.SUCCESS, data={"submitted": 0, "message": "no failures to submit"})
        response = await ask(attempting, spec.service, "POST", spec.path, {"failures": failures})
        return Outcome(result=Result.SUCCESS, data={"submitted": len(failures), "response": response})

    return await settle(attempting, work)


def _describe(spec: SubmitBugsSpec) -> str:
    return f"POST {spec.service} {spec.path} (failures of the steps before)"


SUBMIT_BUGS = StepType(
    name="submit_bugs", spec=SubmitBugsSpec, execute=execute, describe=_describe, default_timeout=CALL_S
)
