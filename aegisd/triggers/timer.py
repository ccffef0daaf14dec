"""Timers: one task that looks at the wall clock and starts what is due.

It sleeps by the monotonic clock until the next due moment, a minute at most: a wall clock that was set, and a host that
slept, are noticed by then. What has been decided is kept as a mark in the store, written together with the run that it
started, so that neither a restart nor a reload decides it again.
"""

import hashlib
import json
import logging
import math
from collections.abc import Iterable, Mapping
from typing import Protocol

import trio
from attrs import define, evolve, field, frozen

from aegisd.config.trigger_keys import TriggerConfig
from aegisd.config.trigger_timer import TimerSpec
from aegisd.core.record import StoreError
from aegisd.core.zones import find_zone
from aegisd.timeline.identity import Clock
from aegisd.triggers.cron import Schedule
from aegisd.triggers.due import Action, Due, decide_due, rewind

_log = logging.getLogger("aegisd.triggers")

_LOOK_S = 60.0
_AGAIN_S = 5.0
_PREFIX = "timer."


class Starter(Protocol):
    """What timers are for. Both write `marks` together with what they do."""

    async def start(self, trigger: TriggerConfig, *, due: Due, marks: Mapping[str, str]) -> bool:
        """Start a run that was due; False when that is to be tried again later."""

    async def miss(self, trigger: TriggerConfig, *, due: Due, marks: Mapping[str, str]) -> None:
        """Tell that nobody was there when it was due."""


class Marks(Protocol):
    """The part of the store that timers need."""

    async def read_marks(self) -> dict[str, str]:
        """All marks, by name."""

    async def write_marks(self, marks: Mapping[str, str | None]) -> None:
        """Write `marks`; None takes one away."""


@define(eq=False)
class _Way:
    """How far a timer has come. `last` is the moment up to which everything is decided, None before its mark was looked
    for; before `next` there is nothing to decide."""

    last: float | None = None
    next: float = -math.inf


@frozen(kw_only=True)
class _Timer:
    """A timer that is switched on. After a reload that left its times alone it goes the same `way`."""

    trigger: TriggerConfig
    schedule: Schedule
    digest: str
    way: _Way = field(factory=_Way)


class Timers:
    """The timers of the configuration in force. `host` takes part in the jitter."""

    def __init__(self, *, store: Marks, clock: Clock, starter: Starter, host: str) -> None:
        self._store = store
        self._clock = clock
        self._starter = starter
        self._host = host
        self._timers: dict[str, _Timer] = {}
        self._marks: dict[str, str] | None = None
        self._changed = trio.Event()

    def configure(self, triggers: Iterable[TriggerConfig]) -> None:
        """A new configuration is in force. A timer whose times are the same goes on where it was; one that is new, or
        has other times, counts from now on."""
        before = self._timers
        self._timers = {}
        for trigger in triggers:
            if not isinstance(trigger.spec, TimerSpec) or not trigger.enabled:
                continue
            timer = self._make(trigger, trigger.spec)
            known = before.get(trigger.name)
            same = known is not None and known.digest == timer.digest
            self._timers[trigger.name] = evolve(timer, way=known.way) if known is not None and same else timer
        self._changed.set()

    def next_at(self, name: str) -> int | None:
        """When the timer `name` is next due, in seconds since 1970."""
        timer = self._timers.get(name)
        if timer is None:
            return None
        return timer.schedule.after(max(timer.way.last or 0.0, self._clock.wall()))

    async def run(self) -> None:
        """Start what is due, for ever."""
        while True:
            self._changed = trio.Event()
            try:
                await self._take_up()
                for timer in list(self._timers.values()):
                    await self._look_safely(timer)
            except StoreError as error:
                _log.error("cannot look after timers: %s", error)
                await trio.sleep(_AGAIN_S)
                continue
            nearest = min((timer.way.next for timer in self._timers.values()), default=math.inf)
            with trio.move_on_after(min(_LOOK_S, max(0.0, nearest - self._clock.wall()))):
                await self._changed.wait()

    async def _take_up(self) -> None:
        """Give timers that are new to this task the moment from which they count, and forget those that are gone."""
        marks = await self._store.read_marks() if self._marks is None else self._marks
        now, wanted = self._clock.wall(), {_PREFIX + name for name in self._timers}
        changes: dict[str, str | None] = {n: None for n in marks if n.startswith(_PREFIX) and n not in wanted}
        begun: list[tuple[_Way, float]] = []
        for timer in self._timers.values():
            if timer.way.last is None:
                name = _PREFIX + timer.trigger.name
                last = _read_mark(marks.get(name), timer.digest)
                if last is None:
                    last, changes[name] = now, _write_mark(timer.digest, now)
                begun.append((timer.way, last))
        if changes:
            await self._store.write_marks(changes)
        self._marks = {name: text for name, text in {**marks, **changes}.items() if text is not None}
        for way, last in begun:
            way.last = last

    async def _look_safely(self, timer: _Timer) -> None:
        """The boundary: a defect that one timer meets stops no other, and nothing else of aegisd."""
        try:
            await self._look(timer)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - the boundary
            _log.exception("the timer %s failed, this is a bug", timer.trigger.name)
            timer.way.next = self._clock.wall() + _LOOK_S

    async def _look(self, timer: _Timer) -> None:
        way, now = timer.way, self._clock.wall()
        if way.last is None:  # it came while another was looked at; the next round takes it up
            way.next = now
            return
        last = rewind(way.last, now=now)
        if last != way.last:
            await self._store.write_marks({_PREFIX + timer.trigger.name: _write_mark(timer.digest, last)})
        elif now < way.next:
            return
        due = decide_due(timer.schedule, last=last, now=now, catch_up=timer.trigger.spec.catch_up)
        if due.action is not Action.NOTHING and not await self._act(timer, due):
            way.next = now + _AGAIN_S
            return
        way.last = max(last, float(due.at))
        following = timer.schedule.after(max(way.last, now))
        way.next = math.inf if following is None else following

    async def _act(self, timer: _Timer, due: Due) -> bool:
        """Whether `due` is decided; until then it is tried again."""
        name = _PREFIX + timer.trigger.name
        marks = {name: _write_mark(timer.digest, due.at)}
        if due.action is Action.RUN:
            done = await self._starter.start(timer.trigger, due=due, marks=marks)
        else:
            await self._starter.miss(timer.trigger, due=due, marks=marks)
            done = True
        if done and self._marks is not None:
            self._marks.update(marks)
        return done

    def _make(self, trigger: TriggerConfig, spec: TimerSpec) -> _Timer:
        zone = find_zone(spec.timezone)
        if zone is None:  # the configuration was checked; the zone has left the host since
            message = f"there is no time zone {spec.timezone}"
            raise LookupError(message)
        delay = _spread(f"{self._host}/{trigger.name}", spec.jitter)
        digest = hashlib.sha256(f"{spec.cron}\n{spec.timezone}\n{delay}".encode()).hexdigest()[:16]
        return _Timer(trigger=trigger, schedule=Schedule(spec.cron, zone, delay=delay), digest=digest)


def _spread(name: str, jitter: float) -> int:
    """A number of seconds from 0 to `jitter` that is always the same for `name`."""
    share = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64
    return int(share * (jitter + 1)) if jitter >= 1 else 0


def _write_mark(digest: str, last: float) -> str:
    return json.dumps({"schedule": digest, "last": math.floor(last)})


def _read_mark(text: str | None, digest: str) -> float | None:
    """The moment in a mark; None when there is none, or it is that of other times."""
    try:
        mark = json.loads(text or "null")
        return float(mark["last"]) if mark["schedule"] == digest else None
    except (ValueError, TypeError, LookupError):
        return None
