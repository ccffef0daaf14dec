"""The output of an attempt, line by line, as doors ask for it: what is there, what comes, what matches."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
import trio.testing
from attrs import evolve, frozen

from aegisd import log_desk
from aegisd.core import events
from aegisd.core.model import Attempt, Result, Trigger
from aegisd.log_desk import LogDesk
from aegisd.store.logs import LogStore, OpenLog
from aegisd.timeline.recorder import Emission
from aegisd.wire.errors import CallError
from tests.timeline.kit import Timeline, open_timeline

_NOW = "2027-01-15T08:00:00.000Z"
_FAILED = Attempt(attempt=1, result=Result.FAILURE, duration_s=0.0)
_STEP = events.StepStarted(step_type="command")
_AGAIN = events.StepRetrying(failed=_FAILED, delay_s=0.0, retries_left=0)
_STEP_ENDED = events.StepCompleted(
    step_type="command", result=Result.FAILURE, success=False, duration_s=0.0, attempts=(_FAILED,)
)
_ENDED_AGAIN = evolve(_STEP_ENDED, attempts=(_FAILED, evolve(_FAILED, attempt=2)))
_ENDED = events.WorkflowCompleted(result=Result.FAILURE, success=False, duration_s=0.0, steps={})


@frozen(kw_only=True)
class _World:
    """Run 1, which has begun; its events and output are written by hand."""

    timeline: Timeline
    logs: LogStore
    desk: LogDesk

    async def tell(self, data: events.EventData, step: str | None = None) -> None:
        """Record an event of the run, or of its step."""
        index = None if step is None else 0
        await self.timeline.recorder.record(Emission(data=data, time=_NOW, run=1, step=step, index=index))

    def write(self, data: bytes, *, attempt: int = 1) -> OpenLog:
        """The output of an attempt, which stays open."""
        log = self.logs.open_log(self.logs.path(1, 0, "unit", attempt))
        os.write(log.fd, data)
        return log

    async def leave(self, data: bytes) -> None:
        """The whole of a run with that output."""
        await self.tell(_STEP, "unit")
        self.logs.close_log(self.write(data))
        await self.tell(_STEP_ENDED, "unit")
        await self.tell(_ENDED)


@asynccontextmanager
async def open_world(folder: Path) -> AsyncIterator[_World]:
    """A world for a test."""
    logs = LogStore(folder, wall=time.time)
    async with open_timeline() as timeline, trio.open_nursery() as nursery:
        await nursery.start(logs.run)
        desk = LogDesk(logs=logs, recorder=timeline.recorder, store=timeline.store)
        world = _World(timeline=timeline, logs=logs, desk=desk)
        await world.tell(events.WorkflowQueued(trigger=Trigger(), definition="d", step_count=1))
        await world.tell(events.WorkflowStarted(step_count=1, queued_s=0.0))
        yield world
        nursery.cancel_scope.cancel()


async def test_lines_of_a_step_that_has_ended(tmp_path: Path) -> None:
    """Counted, read by number, with annotations, also when nobody has asked before."""
    async with open_world(tmp_path) as world:
        await world.leave(b"".join(b"line %d\n" % number for number in range(1, 2001)) + b"::error::x\nend")
        log = await world.desk.find(1, "unit", 0)
        assert (log.lines, log.is_counted, log.is_over, log.attempt, log.last) == (2002, True, True, 1, 1)
        assert [note.number for note in log.notes] == [2001]
        lines = await world.desk.read(log, first=1999, count=10)
        assert [(line.number, line.data) for line in lines][:2] == [(1999, b"line 1999"), (2000, b"line 2000")]
        assert await world.desk.find_failing(log) == 2001


async def test_attempts_have_output_of_their_own(tmp_path: Path) -> None:
    """The newest unless another one is asked for; one that there never was is refused."""
    async with open_world(tmp_path) as world:
        assert (await world.desk.find(1, "unit", 0)).attempt == 0
        await world.tell(_STEP, "unit")
        world.logs.close_log(world.write(b"one\n"))
        await world.tell(_AGAIN, "unit")
        world.logs.close_log(world.write(b"two\ntwo\n", attempt=2))
        first, newest = await world.desk.find(1, "unit", 1), await world.desk.find(1, "unit", 0)
        assert (first.lines, first.is_over, newest.lines, newest.is_over) == (1, True, 2, False)
        await world.tell(_ENDED_AGAIN, "unit")
        assert (await world.desk.find(1, "unit", 2)).is_over
        with pytest.raises(CallError, match="no attempt 3"):
            await world.desk.find(1, "unit", 3)


async def test_waiting_for_more(tmp_path: Path) -> None:
    """Until the step begins, until there is more output, until it ends; and not at all for what has ended."""
    async with open_world(tmp_path) as world:

        async def wait() -> None:
            log = await world.desk.find(1, "unit", 0)
            with trio.fail_after(60):
                await world.desk.wait(log, size=log.size)

        async with trio.open_nursery() as begins:
            begins.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            await world.tell(_STEP, "unit")
        log = world.write(b"")
        async with trio.open_nursery() as grows:
            grows.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            os.write(log.fd, b"more\n")
        world.logs.close_log(log)
        async with trio.open_nursery() as ends:
            ends.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            await world.tell(_STEP_ENDED, "unit")
        await world.tell(_ENDED)
        await wait()


async def test_searches(tmp_path: Path) -> None:
    """A text and an expression find the same lines; what is no expression, or too long, is said."""
    async with open_world(tmp_path) as world:
        await world.leave(b"a b\nfailed\nA B\nFAILED\n")
        log = await world.desk.find(1, "unit", 0)
        text = await world.desk.search(log, "failed", at=4, is_expression=False)
        assert (text.count, text.earlier, text.lines) == (2, 1, ((2, "failed"), (4, "FAILED")))
        found = await world.desk.search(log, "(?i)^F.*d$", at=4, is_expression=True)
        assert found == text
        assert "unterminated" in str((await world.desk.search(log, "[", at=0, is_expression=True)).wrong)
        for wrong in ("x" * 501, "\n", "a\nb", "\0"):
            assert (await world.desk.search(log, wrong, at=0, is_expression=False)).wrong


async def test_an_expression_that_takes_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process is ended, and others are answered meanwhile."""
    monkeypatch.setattr(log_desk, "SEARCH_S", 1.0)
    async with open_world(tmp_path) as world:
        await world.leave(b"a" * 64 + b"!\n")
        log = await world.desk.find(1, "unit", 0)
        told: list[str | None] = []

        async def search() -> None:
            told.append((await world.desk.search(log, "(a+)+$", at=0, is_expression=True)).wrong)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(search)
            assert (await world.desk.search(log, "!", at=0, is_expression=False)).count == 1
        assert "takes longer" in str(told[0])


async def test_a_log_that_is_still_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that is too long for the patience of one question: its end is there, without numbers; questions go on
    where the last one ended, until all is counted."""
    monkeypatch.setattr(log_desk, "_COUNT_S", 0.0)
    monkeypatch.setattr(log_desk, "_AT_ONCE", 1)
    async with open_world(tmp_path) as world:
        await world.leave(b"some line of this log\n" * 200_000)
        log = await world.desk.find(1, "unit", 0)
        assert not log.is_counted
        assert [line.number for line in await world.desk.read_tail(log, count=3)] == [0, 0, 0]
        before = -1
        while not log.is_counted:
            assert log.lines > before
            before = log.lines
            log = await world.desk.find(1, "unit", 0)
        assert log.lines == 200_000


async def test_what_was_counted_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many logs only those that were asked for last are remembered; the others are counted anew."""
    monkeypatch.setattr(log_desk, "_KEPT", 1)
    async with open_world(tmp_path) as world:
        await world.tell(_STEP, "unit")
        world.logs.close_log(world.write(b"one\n"))
        await world.tell(_AGAIN, "unit")
        world.logs.close_log(world.write(b"two\n", attempt=2))
        first = await world.desk.find(1, "unit", 1)
        await world.desk.find(1, "unit", 2)
        assert len(world.desk._counted) == 1
        assert [line.data for line in await world.desk.read(first, first=1, count=9)] == [b"one"]
