"""Runs while the disk is full: they stand still or go on, and nothing of it becomes their result."""

import pytest
import trio

from aegisd.core.model import Result
from tests.engine.checks import check_run
from tests.engine.kit import failing, open_house, step, workflow
from tests.timeline.kit import FailingStore


@pytest.mark.parametrize("after", [0.5, 0.95, 1.5, 1.95])
async def test_what_cannot_be_recorded_is_no_result(autojump_clock: trio.abc.Clock, after: float) -> None:
    """W3.6: a store that fails when a step begins or ends, or when the run does, makes no step fail and none pass: the
    events come once it works again, in order, with the results that there were."""
    store = FailingStore()
    definition = workflow(step("a", delay=1.0), failing("b"), step("c", delay=1.0, condition="always"))
    async with open_house(store=store, workflows=(definition,)) as house:
        run = await house.submit(definition)
        await trio.sleep(after)
        store.failures = 20
        await house.wait_ended(run)
        assert house.recorder.failure is None
    assert store.failures == 0
    check_run(house.events(run), definition, run)
    results = [house.datum(run, "step.completed", name).result for name in ("a", "b", "c")]
    assert results == [Result.SUCCESS, Result.FAILURE, Result.SUCCESS]
    assert house.datum(run, "workflow.completed").failed_steps == ("b",)
