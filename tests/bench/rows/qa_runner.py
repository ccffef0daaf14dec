"""Run by the interpreter that has aegis-qa: a workflow of so many steps that do nothing, and how long it took.

`qa_runner.py DATABASE COUNT` prints milliseconds. Its history, its events and its ring of events are on, as under its
own server; building the configuration and opening the database are not counted.
"""

import sys
import time

import anyio
from aegis_qa.config.models import AegisConfig, ServiceEntry, WorkflowDef, WorkflowStepDef
from aegis_qa.events import EventEmitter, EventLog
from aegis_qa.workflows.history_sqlite import SqliteHistory
from aegis_qa.workflows.models import StepResult
from aegis_qa.workflows.pipeline import PipelineRunner
from aegis_qa.workflows.steps import STEP_REGISTRY
from aegis_qa.workflows.steps.base import BaseStep


class _Nothing(BaseStep):
    step_type = "nothing"

    async def execute(self, context: dict[str, object]) -> StepResult:  # noqa: ARG002 - its interface
        return StepResult(step_type="nothing", service="s", success=True)


async def _run(database: str, count: int) -> float:
    STEP_REGISTRY["nothing"] = _Nothing
    steps = [WorkflowStepDef(type="nothing", service="s") for _ in range(count)]
    config = AegisConfig(
        services={"s": ServiceEntry(name="s", url="http://localhost")},
        workflows={"one": WorkflowDef(name="one", steps=steps[:1]), "w": WorkflowDef(name="w", steps=steps)},
    )
    emitter = EventEmitter()
    emitter.add_listener(EventLog())
    runner = PipelineRunner(config, SqliteHistory(database), emitter)
    await runner.run("one")
    begun = time.perf_counter()
    result = await runner.run("w")
    spent = time.perf_counter() - begun
    assert result.success
    assert len(result.steps) == count
    return spent * 1000


if __name__ == "__main__":
    print(anyio.run(_run, sys.argv[1], int(sys.argv[2])))
