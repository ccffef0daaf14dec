"""What the doors follow: events to the end of a run, output from the first byte to the last. Real files."""

import functools
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from attrs import evolve, frozen

from aegisd.core import events
from aegisd.core.model import Attempt, Result, Trigger
from aegisd.core.record import EventFilter
from aegisd.core.state import RunState, fold
from aegisd.store.logs import LogStore, OpenLog
from aegisd.streams import EventStream, LogPiece, LogStream
from aegisd.timeline.recorder import Emission
from aegisd.timeline.tail import Gap, Tail
from tests.timeline.kit import Timeline, open_timeline

_NOW = "2027-01-15T08:00:00.000Z"
_QUEUED = events.WorkflowQueued(trigger=Trigger(), definition="d", step_count=2)
_STARTED = events.WorkflowStarted(step_count=2, queued_s=0.0)
_ENDED = events.WorkflowCompleted(result=Result.SUCCESS, success=True, duration_s=0.0, steps={})
_STEP = events.StepStarted(step_type="command")
_FAILED = Attempt(attempt=1, result=Result.FAILURE, duration_s=0.0)
_AGAIN = events.StepRetrying(failed=_FAILED, delay_s=0.0, retries_left=0)
_STEP_ENDED = events.StepCompleted(
    step_type="command", result=Result.FAILURE, success=False, duration_s=0.0, attempts=(_FAILED,)
)
_ENDED_AGAIN = evolve(_STEP_ENDED, attempts=(_FAILED, evolve(_FAILED, attempt=2)))


@frozen(kw_only=True)
class _World:
    """A run whose events and output are written by hand."""

    timeline: Timeline
    logs: LogStore

    async def tell(self, data: events.EventData, index: int | None = None, *, run: int = 1) -> None:
        """Record an event of the run, or of its step `index`."""
        step = None if index is None else f"s{index}"
        await self.timeline.recorder.record(Emission(data=data, time=_NOW, run=run, step=step, index=index))

    def write(self, index: int, data: bytes, *, attempt: int = 1) -> OpenLog:
        """The output of an attempt, which stays open."""
        log = self.logs.open_log(self.logs.path(1, index, f"s{index}", attempt))
        os.write(log.fd, data)
        return log

    def state(self) -> RunState:
        """The run as it stands."""
        return fold(1, [record.event for record in self.timeline.store.records])

    def follow(
        self, *, follow: bool = True, lines: int | None = None, steps: tuple[str, ...] = (), attempt: int = 0
    ) -> LogStream:
        """A stream of the run's output."""
        return LogStream(
            logs=self.logs,
            recorder=self.timeline.recorder,
            state=self.state(),
            steps=frozenset(steps),
            attempt=attempt,
            follow=follow,
            lines=lines,
        )


@asynccontextmanager
async def _open_world(folder: Path) -> AsyncIterator[_World]:
    logs = LogStore(folder, wall=time.time)
    async with open_timeline() as timeline, trio.open_nursery() as nursery:
        await nursery.start(logs.run)
        yield _World(timeline=timeline, logs=logs)
        nursery.cancel_scope.cancel()


async def _read_all(stream: LogStream) -> list[LogPiece]:
    pieces = []
    with trio.fail_after(10):
        while (piece := await stream.read()) is not None:
            pieces.append(piece)
    return pieces


def _text(pieces: list[LogPiece]) -> str:
    return "".join(f"{piece.step}.{piece.attempt}:{piece.data.decode()}" for piece in pieces)


async def test_output_of_a_run_that_has_ended(tmp_path: Path) -> None:
    """Without following: what there is, step by step in the order of the workflow, then the end."""
    async with _open_world(tmp_path) as world:
        await world.tell(_QUEUED)
        await world.tell(_STARTED)
        for index in (1, 0):
            await world.tell(_STEP, index)
            world.logs.close_log(world.write(index, b"output of %d\n" % index))
            await world.tell(_STEP_ENDED, index)
        await world.tell(_ENDED)
        for follow in (False, True):
            pieces = await _read_all(world.follow(follow=follow))
            assert _text(pieces) == "s0.1:output of 0\ns1.1:output of 1\n"
        assert _text(await _read_all(world.follow(steps=("s1",)))) == "s1.1:output of 1\n"


async def test_following_from_the_first_byte(tmp_path: Path) -> None:
    """While a step runs: everything from byte 0, then what comes, to its last byte, then the end."""
    pieces: list[LogPiece] = []

    async def follow(stream: LogStream) -> None:
        pieces.extend(await _read_all(stream))

    async with _open_world(tmp_path) as world, trio.open_nursery() as nursery:
        await world.tell(_QUEUED)
        nursery.start_soon(follow, world.follow())
        await world.tell(_STARTED)
        await world.tell(_STEP, 0)
        log = world.write(0, b"first ")
        for number in range(20):
            os.write(log.fd, b"%d " % number)
            await trio.sleep(0.01)
        os.write(log.fd, b"last")
        world.logs.close_log(log)
        await world.tell(_STEP_ENDED, 0)
        await world.tell(_ENDED)
    whole = b"".join(piece.data for piece in pieces)
    assert whole == b"first " + b"".join(b"%d " % number for number in range(20)) + b"last"
    assert [piece.offset for piece in pieces] == _offsets(pieces)


def _offsets(pieces: list[LogPiece]) -> list[int]:
    return [sum(len(piece.data) for piece in pieces[:number]) for number in range(len(pieces))]


async def test_the_last_lines_are_those_of_now(tmp_path: Path) -> None:
    """With `lines` a reader begins near the end of what is there; what comes later is shown whole, of later steps and
    attempts too."""
    pieces: list[LogPiece] = []

    async def follow(stream: LogStream) -> None:
        pieces.extend(await _read_all(stream))

    async with _open_world(tmp_path) as world, trio.open_nursery() as nursery:
        await world.tell(_QUEUED)
        await world.tell(_STARTED)
        await world.tell(_STEP, 0)
        first = world.write(0, b"a\nb\nc\n")
        await trio.sleep(0.2)
        nursery.start_soon(follow, world.follow(lines=2))
        await trio.sleep(0.2)
        world.logs.close_log(first)
        world.logs.close_log(world.write(0, b"1\n2\n3\n", attempt=2))
        await world.tell(_AGAIN, 0)
        await trio.sleep(0.2)
        await world.tell(_ENDED_AGAIN, 0)
        world.logs.close_log(world.write(1, b"x\ny\nz\n"))
        await world.tell(_STEP, 1)
        await world.tell(_STEP_ENDED, 1)
        await world.tell(_ENDED)
    assert _text(pieces) == "s0.1:b\nc\ns0.2:1\n2\n3\ns1.1:x\ny\nz\n"


async def test_one_attempt(tmp_path: Path) -> None:
    """The last attempt is shown, or the one that was asked for."""
    async with _open_world(tmp_path) as world:
        await world.tell(_QUEUED)
        await world.tell(_STARTED)
        await world.tell(_STEP, 0)
        for attempt in (1, 2):
            world.logs.close_log(world.write(0, b"attempt %d" % attempt, attempt=attempt))
        await world.tell(_AGAIN, 0)
        assert _text(await _read_all(world.follow(follow=False))) == "s0.2:attempt 2"
        assert _text(await _read_all(world.follow(follow=False, attempt=1))) == "s0.1:attempt 1"
        assert await _read_all(world.follow(follow=False, attempt=3)) == []


async def test_following_ends_with_the_named_steps(tmp_path: Path) -> None:
    """Whoever follows one step does not wait for the rest of the run."""
    async with _open_world(tmp_path) as world:
        await world.tell(_QUEUED)
        await world.tell(_STARTED)
        await world.tell(_STEP, 0)
        await world.tell(_STEP, 1)
        world.logs.close_log(world.write(0, b"done"))
        await world.tell(_STEP_ENDED, 0)
        assert _text(await _read_all(world.follow(steps=("s0",)))) == "s0.1:done"


async def test_logs_that_were_let_go(tmp_path: Path) -> None:
    """A run whose output is no longer kept has an end, not an error."""
    async with _open_world(tmp_path) as world:
        await world.tell(_QUEUED)
        await world.tell(_STARTED)
        await world.tell(_STEP, 0)
        await world.tell(_STEP_ENDED, 0)
        await world.tell(_ENDED)
        assert await _read_all(world.follow()) == []


def _stream(world: _World, *, run: int | None, over: bool = False) -> EventStream:
    wanted = EventFilter(run=run)
    tail = Tail(ring=world.timeline.ring, store=world.timeline.store, wanted=wanted, cursor=0)
    return EventStream(tail, epoch="e", run=run, over=over)


@pytest.mark.parametrize("over", [True, False])
async def test_events_of_a_run_end_with_it(over: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter
    """A stream about a run ends after its end, whether that has come already or is yet to come."""
    seen: list[str] = []

    async def read(stream: EventStream) -> None:
        more = True
        while more:
            page = await stream.read()
            seen.extend(item.event.type for item in page if not isinstance(item, Gap))
            more = bool(page) or await stream.wait()

    async with _open_world(tmp_path) as world, trio.open_nursery() as nursery:
        await world.tell(_QUEUED)
        if not over:
            nursery.start_soon(read, _stream(world, run=1))
        await world.tell(_STARTED)
        await world.tell(_QUEUED, run=2)
        await world.tell(_ENDED)
        if over:
            nursery.start_soon(read, _stream(world, run=1, over=True))
    assert seen == ["workflow.queued", "workflow.started", "workflow.completed"]


async def test_cursors(tmp_path: Path) -> None:
    """A cursor names the store as well as the event, so that one of another store is recognised."""
    async with _open_world(tmp_path) as world:
        assert _stream(world, run=None).cursor(17) == "e.17"


async def test_events_that_nobody_wants(tmp_path: Path) -> None:
    """A filter that passes nothing makes a reader neither spin nor miss what comes."""
    async with _open_world(tmp_path) as world:
        stream = _stream(world, run=2)
        async with trio.open_nursery() as nursery:
            for run in range(10, 310):
                nursery.start_soon(functools.partial(world.tell, _QUEUED, run=run))
        assert await stream.read() == []
        with trio.move_on_after(0.1) as scope:
            assert not await stream.wait()
        assert scope.cancelled_caught
        await world.tell(_QUEUED, run=2)
        assert await stream.wait()
        assert len(await stream.read()) == 1
