"""The step type `discover`: asks a service which routes there are to test."""

from collections.abc import Mapping

from attrs import frozen

from aegisd.core.model import Outcome, Result
from aegisd.core.schema import Kind, key
from aegisd.steps.answering import bad_body, settle
from aegisd.steps.base import Attempting, StepType
from aegisd.steps.calling import CALL_S
from aegisd.steps.qa import QaSpec, ask


@frozen(kw_only=True)
class DiscoverSpec(QaSpec):
    """The keys of a `discover` step."""

    path: str = key(Kind.TEXT, "The path of the call.", example='"/api/routes"', default="/api/routes")


async def execute(spec: DiscoverSpec, attempting: Attempting) -> Outcome:
    """GET the routes: a list, or an object with a list `routes`. The result has `routes` and `route_count`."""

    async def work() -> Outcome:
        answer = await ask(attempting, spec.service, "GET", spec.path)
        routes = answer.get("routes") if isinstance(answer, Mapping) else answer
        if not isinstance(routes, list):
            raise bad_body(spec.service, "is neither a list of routes nor an object with `routes`")
        return Outcome(result=Result.SUCCESS, data={"routes": routes, "route_count": len(routes)})

    return await settle(attempting, work)


def _describe(spec: DiscoverSpec) -> str:
    return f"GET {spec.service} {spec.path}"


DISCOVER = StepType(name="discover", spec=DiscoverSpec, execute=execute, describe=_describe, default_timeout=CALL_S)
