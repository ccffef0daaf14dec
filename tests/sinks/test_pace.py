"""Politeness towards runs, and what is sent again after a restart."""

import trio

from aegisd.config.webhook_values import STATUS_EVENTS, WebhookFormat
from aegisd.core.delivery import DeliveryState
from aegisd.core.events import WorkflowCompleted, WorkflowQueued, WorkflowStarted
from aegisd.core.model import Result, Trigger
from aegisd.sinks.fate import Answer
from aegisd.sinks.pace import Pace
from aegisd.store.memory import MemoryStore
from aegisd.timeline.recorder import Emission
from tests.sinks.webhook_kit import House, Script, make_config, open_house

SHA = "3f9c1ab0" * 5


async def test_pauses_while_events_come(autojump_clock: trio.abc.Clock) -> None:
    """25 ms between attempts while events are written, of all webhooks together; none when all is quiet."""
    for idle_s, expected in ((0.0, 2.5), (1.0, 0.0)):
        pace = Pace(idle_s=lambda idle_s=idle_s: idle_s)
        begun = trio.current_time()
        async with trio.open_nursery() as nursery:
            for _ in range(100):
                nursery.start_soon(pace.turn, 0)
        assert abs(trio.current_time() - begun - expected) < 0.01


async def test_no_politeness_when_much_waits(autojump_clock: trio.abc.Clock) -> None:
    """Thousands of deliveries are sent as fast as they go, whatever the runs do."""
    pace = Pace(idle_s=lambda: 0.0)
    begun = trio.current_time()
    await pace.turn(2500)
    assert 0.012 < trio.current_time() - begun < 0.013
    await pace.turn(5000)
    assert trio.current_time() - begun < 0.013


async def _run(house: House, *, run: int, result: Result) -> None:
    queued = WorkflowQueued(trigger=Trigger(), definition="d", step_count=0, params={"sha": SHA})
    ended = WorkflowCompleted(result=result, success=False, duration_s=1.0, steps={})
    for data in (queued, WorkflowStarted(step_count=0, queued_s=0.0), ended):
        now = house.recorder.clock.now()
        await house.recorder.record(Emission(data=data, time=now, workflow="quality", run=run))


async def test_the_latest_state_is_sent_after_a_restart(autojump_clock: trio.abc.Clock) -> None:
    """A commit status that was given up is sent again at the next start, if it is the newest of its run: no commit
    stays pending for ever."""
    store, script = MemoryStore(), Script(answers=[Answer(status=201)] * 2, then=Answer(status=401))
    url = "https://api.github.com/repos/dev1/app/statuses/{sha}"
    config = make_config("gh", url=url, events=STATUS_EVENTS, format=WebhookFormat.GITHUB_STATUS, schedule=(0.0, 1.0))
    async with open_house(config, scripts={"gh": script}, store=store) as house:
        await _run(house, run=1, result=Result.FAILURE)
        await trio.sleep(60)
        rows = await house.deliveries()
        assert [row.state.value for row in rows] == ["delivered", "delivered", "dead"]
        assert [row.fills for row in rows] == [{"sha": SHA}] * 3
    script.then = Answer(status=201)
    async with open_house(config, scripts={"gh": script}, store=store, last_seq=10) as house:
        await trio.sleep(10)
        row = (await house.deliveries())[-1]
        assert row.state is DeliveryState.DELIVERED
        assert script.bodies[-1] == row.body
        assert b'"state":"failure"' in row.body
