"""Custom events: who may add them to the timeline, and as whom."""

from collections.abc import Mapping
from typing import Any

from aegisd.core.emittable import EmitError, make_data
from aegisd.engine.emitter import Emitter, TooMuchError
from aegisd.engine.tokens import AttemptIdentity
from aegisd.store import Store
from aegisd.timeline.recorder import Emission, Recorder
from aegisd.wire.errors import CallError


class EmitDesk:
    """Takes events from the program of an attempt, which shows its token, and from operators."""

    def __init__(self, *, recorder: Recorder, store: Store, emitter: Emitter) -> None:
        self._recorder = recorder
        self._store = store
        self._emitter = emitter

    async def emit(self, name: str, fields: Mapping[str, Any], *, who: AttemptIdentity) -> int:
        """Add an event of the attempt `who`; returns its number once it is on disk. Raises CallError."""
        self._check_store()
        try:
            return await self._emitter.emit(who, make_data(name, fields))
        except EmitError as error:
            raise _refuse(error) from None

    async def emit_by(self, name: str, fields: Mapping[str, Any], *, by: str, run: int | None) -> int:
        """Add an event that somebody emits by hand, about a run or about nothing. Raises CallError."""
        self._check_store()
        try:
            data = make_data(name, fields, by=by)
        except EmitError as error:
            raise _refuse(error) from None
        workflow = None
        if run is not None:
            summary = await self._store.get_run(run)
            if summary is None:
                raise CallError("NoSuchRun", f"there is no run #{run}", hint="aegisctl history lists the runs")
            workflow = summary.workflow
        emission = Emission(data=data, time=self._recorder.clock.now(), workflow=workflow, run=run)
        return await self._recorder.record(emission)

    def _check_store(self) -> None:
        if self._recorder.failure is not None:
            raise CallError("StoreFailed", f"cannot record events: {self._recorder.failure}")


def _refuse(error: EmitError) -> CallError:
    return CallError("TooMuch" if isinstance(error, TooMuchError) else "BadEvent", str(error), hint=error.hint)
