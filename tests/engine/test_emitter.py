"""Events of attempts: whose they are, and how many."""

import pytest
import trio

from aegisd.core.emittable import make_data
from aegisd.engine import emitter as limits
from aegisd.engine.emitter import Emitter, TooMuchError
from aegisd.engine.tokens import AttemptIdentity
from tests.timeline.kit import open_timeline

UNIT = AttemptIdentity(run=7, workflow="ci", step="unit", index=1, attempt=2, phase="tests")


async def test_an_event_says_whose_it_is(autojump_clock: trio.abc.Clock) -> None:
    """It carries the run, the step and the attempt, and is on disk when the call returns."""
    async with open_timeline() as timeline:
        seq = await Emitter(recorder=timeline.recorder).emit(UNIT, make_data("custom.note", {"a": 1}))
        event = timeline.store.records[0].event
    assert (event.seq, event.type) == (seq, "custom.note")
    assert (event.run, event.workflow, event.step, event.index) == (7, "ci", "unit", 1)
    assert (event.attempt, event.phase) == (2, "tests")


async def test_a_loop_has_an_end(autojump_clock: trio.abc.Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that has emitted as many events as it may is refused with words; another run is not."""
    monkeypatch.setattr(limits, "MOST_EVENTS", 3)
    async with open_timeline() as timeline:
        emitter, data = Emitter(recorder=timeline.recorder), make_data("custom.note", {})
        for _ in range(3):
            await emitter.emit(UNIT, data)
        with pytest.raises(TooMuchError, match="as much as it may"):
            await emitter.emit(UNIT, data)
        other = AttemptIdentity(run=8, workflow="ci", step="unit", index=1, attempt=1)
        await emitter.emit(other, data)
    assert len(timeline.store.records) == 4


async def test_so_have_large_events(autojump_clock: trio.abc.Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes of a run's events are bounded too."""
    monkeypatch.setattr(limits, "MOST_BYTES", 1000)
    async with open_timeline() as timeline:
        emitter = Emitter(recorder=timeline.recorder)
        await emitter.emit(UNIT, make_data("custom.note", {"t": "x" * 900}))
        with pytest.raises(TooMuchError):
            await emitter.emit(UNIT, make_data("custom.note", {"t": "x" * 100}))
