"""Events that the programs of steps and `emit` steps add to the timeline: bounded for each run, so that a step in a
loop cannot fill the store.

The bounds count since aegisd was started; a run that outlasts it counts anew.
"""

from attrs import define

from aegisd.core.codec import encode_value
from aegisd.core.emittable import EmitError
from aegisd.core.events import EventData
from aegisd.engine.tokens import AttemptIdentity
from aegisd.timeline.recorder import Emission, Recorder

MOST_EVENTS = 10_000
MOST_BYTES = 16 * 2**20


class TooMuchError(EmitError):
    """The run has emitted as much as it may."""


@define
class _Used:
    events: int = 0
    bytes: int = 0


class Emitter:
    """Emits for attempts."""

    def __init__(self, *, recorder: Recorder) -> None:
        self._recorder = recorder
        self._used: dict[int, _Used] = {}

    async def emit(self, who: AttemptIdentity, data: EventData) -> int:
        """Add an event of `who`; returns its number once it is on disk. Raises TooMuchError."""
        self._count(who.run, len(encode_value(data)))
        emission = Emission(
            data=data,
            time=self._recorder.clock.now(),
            workflow=who.workflow,
            run=who.run,
            step=who.step,
            index=who.index,
            attempt=who.attempt,
            phase=who.phase,
        )
        return await self._recorder.record(emission)

    def _count(self, run: int, size: int) -> None:
        used = self._used.get(run)
        if used is None:
            self._used = {known: each for known, each in self._used.items() if known in self._recorder.folds}
            used = self._used[run] = _Used()
        if used.events >= MOST_EVENTS or used.bytes + size > MOST_BYTES:
            message = f"run #{run} has emitted as much as it may: {MOST_EVENTS} events or {MOST_BYTES // 2**20} MiB"
            raise TooMuchError(message=message, hint="emit one event for many, or write a file")
        used.events, used.bytes = used.events + 1, used.bytes + size
