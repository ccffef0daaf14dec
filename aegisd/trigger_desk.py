"""What can be asked of triggers: which there are, when they are next due, what came of them; and how they start runs.

What a trigger started, or why it did not, is a mark in the store, written together with the run or the event.
"""

import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import trio
from attrs import evolve, frozen

from aegisd.acceptance import Acceptance, Prepared
from aegisd.config.trigger_keys import TriggerConfig
from aegisd.config.trigger_kinds import TRIGGER_KINDS
from aegisd.config.values import Config
from aegisd.core import events
from aegisd.core.model import Trigger
from aegisd.core.record import StoreError
from aegisd.core.state import RunState
from aegisd.store import Store
from aegisd.timeline.identity import format_time
from aegisd.timeline.recorder import Emission, Recorder
from aegisd.triggers.due import Due
from aegisd.triggers.follow import decide_followers
from aegisd.triggers.timer import Timers
from aegisd.wire.errors import INTERFACE, CallError

_log = logging.getLogger("aegisd.triggers")

_PREFIX = "trigger."
_PASSING = frozenset(f"{INTERFACE}.{kind}" for kind in ("Draining", "QueueFull", "StoreFailed"))
_NOBODY = "aegisd was not running, the host slept, or its clock was set"


@frozen(kw_only=True)
class _Last:
    """What came of a trigger last: a run, and since then perhaps nothing, for the reason in `missed`."""

    run: int | None = None
    at: str | None = None
    missed: str | None = None


class TriggerDesk:
    """The triggers of the configuration in force. Also what `Timers` start runs with, and what the recorder asks at the
    end of each run. `is_stopping` says whether aegisd takes no runs because it ends."""

    def __init__(
        self,
        config: Config,
        *,
        store: Store,
        recorder: Recorder,
        acceptance: Acceptance,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._config = config
        self._store = store
        self._recorder = recorder
        self._acceptance = acceptance
        self._is_stopping = is_stopping
        self._last: dict[str, _Last] = {}
        self._held: set[str] = set()
        self._send, self._receive = trio.open_memory_channel[Prepared](math.inf)
        self._timers = Timers(store=store, clock=recorder.clock, starter=self, host=config.daemon.name)
        self._timers.configure(config.triggers.values())

    def configure(self, config: Config) -> None:
        """A new configuration is in force."""
        self._config = config
        self._timers.configure(config.triggers.values())

    async def run(self) -> None:
        """Start what timers are due for, and take up the runs that followed from others."""
        await self._remember()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._timers.run)
            async for prepared in self._receive:
                written = prepared.emissions[-1].durable
                if written is not None:
                    await written.wait()
                await self._acceptance.enqueue(prepared)

    async def _remember(self) -> None:
        """What the store knows of earlier lives; without it the list only says less."""
        try:
            self._last = {**_read_marks(await self._store.read_marks()), **self._last}
        except StoreError as error:
            _log.error("cannot read what came of triggers: %s", error)

    def list_triggers(self) -> list[dict[str, Any]]:
        """The triggers in the order of the configuration: `TriggerState`s."""
        return [self._show(trigger) for trigger in self._config.triggers.values()]

    def labels(self, workflow: str) -> list[str]:
        """What starts `workflow`, in a word or two each."""
        return [TRIGGER_KINDS[trigger.type].label(trigger.spec) for trigger in self._of(workflow)]

    def next_at(self, workflow: str) -> str | None:
        """When a timer next starts `workflow`."""
        known = [self._timers.next_at(trigger.name) for trigger in self._of(workflow)]
        return format_time(min(due)) if (due := [moment for moment in known if moment is not None]) else None

    def remember(self, trigger: TriggerConfig) -> Callable[[int], dict[str, str]]:
        """What is written with a run that `trigger` starts now, by the number of the run."""
        at = self._recorder.clock.now()
        return lambda run: self._note(trigger, _Last(run=run, at=at))

    async def start(self, trigger: TriggerConfig, *, due: Due, marks: Mapping[str, str]) -> bool:
        """A timer is due. False when there can be no run just now, and one is to make up for it."""
        cause = Trigger(kind=trigger.type, name=trigger.name, due=format_time(due.at), missed=due.number - 1)
        workflow, own = self._config.workflows[trigger.workflow], self.remember(trigger)
        try:
            await self._acceptance.accept(
                workflow,
                params=trigger.params,
                trigger=cause,
                note=trigger.reason,
                marks=lambda run: {**own(run), **marks},
            )
        except CallError as error:
            if self._is_stopping():
                return False  # the next start decides
            is_held = trigger.spec.catch_up and error.name in _PASSING
            if not is_held or trigger.name not in self._held:
                await self._tell_missed(trigger, due, error.message, marks={} if is_held else marks, later=is_held)
            (self._held.add if is_held else self._held.discard)(trigger.name)
            return not is_held
        self._held.discard(trigger.name)
        return True

    async def miss(self, trigger: TriggerConfig, *, due: Due, marks: Mapping[str, str]) -> None:
        """A timer was due when nobody was there, and does not catch up."""
        await self._tell_missed(trigger, due, _NOBODY, marks=marks)

    def follow(self, event: events.Event, state: RunState) -> Sequence[Emission]:
        """What the end of a run leads to, to be written in the transaction that ends it."""
        if state.result is None:
            return ()
        triggers = self._config.triggers.values()
        is_part = state.part is not None
        followers = decide_followers(triggers, workflow=state.workflow, result=state.result, is_part=is_part)
        try:
            return [emission for trigger in followers for emission in self._follow(trigger, event, state.id)]
        except Exception:  # noqa: BLE001 - a defect here must not keep the end of a run from being written
            _log.exception("what follows from run %d could not be started, this is a bug", state.id)
            return ()

    def _follow(self, trigger: TriggerConfig, event: events.Event, parent: int) -> Sequence[Emission]:
        cause, at = Trigger(kind=trigger.type, name=trigger.name), self._recorder.clock.now()
        try:
            prepared = self._acceptance.prepare_follower(
                self._config.workflows[trigger.workflow],
                params=trigger.params,
                trigger=cause,
                note=trigger.reason,
                parent=parent,
            )
        except CallError as error:
            missed = events.TriggerMissed(kind=trigger.type, name=trigger.name, reason=error.message, parent=parent)
            return (self._emission(trigger, missed, cause=event.seq),)
        first, last = prepared.emissions[0], prepared.emissions[-1]
        first.cause, first.marks = event.seq, self._note(trigger, _Last(run=prepared.run, at=at))
        last.durable = trio.Event()
        self._send.send_nowait(prepared)
        return prepared.emissions

    async def _tell_missed(
        self, trigger: TriggerConfig, due: Due, reason: str, *, marks: Mapping[str, str], later: bool = False
    ) -> None:
        missed = events.TriggerMissed(
            kind=trigger.type,
            name=trigger.name,
            reason=reason,
            due=format_time(due.at),
            number=due.number,
            later=later,
        )
        _log.warning("trigger %s started nothing at %s: %s", trigger.name, missed.due, reason)
        emission = self._emission(trigger, missed)
        emission.marks = {**(emission.marks or {}), **marks}
        await self._recorder.emit(emission)

    def _emission(self, trigger: TriggerConfig, missed: events.TriggerMissed, *, cause: int | None = None) -> Emission:
        now = self._recorder.clock.now()
        known = self._last.get(trigger.name, _Last())
        words = f"{missed.due or now}: {missed.reason}"
        marks = self._note(trigger, evolve(known, missed=words))
        return Emission(data=missed, time=now, workflow=trigger.workflow, cause=cause, marks=marks)

    def _note(self, trigger: TriggerConfig, last: _Last) -> dict[str, str]:
        """Remember what came of `trigger`; the mark that says so."""
        self._last[trigger.name] = last
        return {_PREFIX + trigger.name: json.dumps({"run": last.run, "at": last.at, "missed": last.missed})}

    def _of(self, workflow: str) -> list[TriggerConfig]:
        return [each for each in self._config.triggers.values() if each.workflow == workflow and each.enabled]

    def _show(self, trigger: TriggerConfig) -> dict[str, Any]:
        due, last = self._timers.next_at(trigger.name), self._last.get(trigger.name, _Last())
        return {
            "name": trigger.name,
            "type": trigger.type,
            "about": TRIGGER_KINDS[trigger.type].about(trigger.spec),
            "workflow": trigger.workflow,
            "enabled": trigger.enabled,
            "origin": str(trigger.origin),
            "next_at": None if due is None else format_time(due),
            "last_run": last.run,
            "last_at": last.at,
            "missed": last.missed,
        }


def _read_marks(marks: Mapping[str, str]) -> dict[str, _Last]:
    found = {}
    for name, text in marks.items():
        if name.startswith(_PREFIX):
            known = json.loads(text)
            found[name.removeprefix(_PREFIX)] = _Last(run=known["run"], at=known["at"], missed=known["missed"])
    return found
