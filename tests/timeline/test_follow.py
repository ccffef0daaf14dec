"""What follows from the end of a run is numbered right behind it and written with it."""

from collections.abc import Sequence

import trio

from aegisd.core.events import Event, WorkflowCompleted, WorkflowQueued
from aegisd.core.model import Result, Trigger
from aegisd.core.state import RunState
from aegisd.timeline.recorder import Emission
from tests.timeline.kit import FailingStore, open_timeline, say

TIME = "2027-01-15T08:00:00.000Z"


def queued(run: int) -> Emission:
    """A run is accepted."""
    return Emission(
        data=WorkflowQueued(trigger=Trigger(), definition="d", step_count=0), time=TIME, workflow="w", run=run
    )


def completed(run: int) -> Emission:
    """A run ends."""
    data = WorkflowCompleted(result=Result.SUCCESS, success=True, duration_s=0.0, steps={})
    return Emission(data=data, time=TIME, workflow="w", run=run)


async def test_followers_are_part_of_the_transaction(autojump_clock: trio.abc.Clock) -> None:
    """A follower stands right behind the end, before what came later, also when the store fails at first; the end of
    the follower is asked about too."""
    store, asked = FailingStore(failures=2), []

    def follow(event: Event, state: RunState) -> Sequence[Emission]:
        asked.append((event.run, event.seq, state.result))
        if state.id > 2:
            return ()
        return [queued(state.id + 1), completed(state.id + 1)]

    async with open_timeline(store=store) as timeline:
        timeline.recorder.follow = follow
        await timeline.recorder.emit(queued(1), completed(1), say(9))
        await timeline.recorder.record(say(10))
    kinds = [(record.event.type, record.event.run) for record in store.records]
    pairs = [(kind, run) for run in (1, 2, 3) for kind in ("workflow.queued", "workflow.completed")]
    assert kinds == [*pairs, ("cancellation.requested", None), ("cancellation.requested", None)]
    assert asked == [(1, 2, Result.SUCCESS), (2, 4, Result.SUCCESS), (3, 6, Result.SUCCESS)]
    assert store.batches[0] >= 6


async def test_only_ends_are_asked_about(autojump_clock: trio.abc.Clock) -> None:
    """Neither a beginning, nor the end of a run that nobody knows, nor a second end of one leads to anything."""
    asked: list[int | None] = []
    async with open_timeline() as timeline:
        timeline.recorder.follow = lambda event, _: asked.append(event.run) or ()
        await timeline.recorder.record(queued(1), completed(7), say(1))
        assert asked == []
        await timeline.recorder.record(queued(2), completed(2), completed(2))
    assert asked == [2]
