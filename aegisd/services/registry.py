"""All services of the configuration: a client and a health check each, in a task of its own, until a reload says else.

A service whose settings did not change keeps its client and what is known of its health.
"""

import logging
from collections.abc import Callable, Mapping
from functools import partial

import trio

from aegisd.config.service_values import ServiceConfig
from aegisd.services.entry import Entry, LazyClient, Workshop
from aegisd.services.health import Look, look_at, next_pause, take_look, tell_change
from aegisd.steps.calling import Answer, Request, ServiceFault
from aegisd.timeline.recorder import Emission, Recorder

_log = logging.getLogger("aegisd.services")

_MOST_OPEN_PROBES = 16


class Services:
    """See the module; it is the `Caller` of the steps. `chance` gives numbers in [0, 1)."""

    def __init__(self, *, recorder: Recorder, chance: Callable[[], float]) -> None:
        self._recorder = recorder
        self._clock = recorder.clock
        self._chance = chance
        self._entries: dict[str, Entry] = {}
        self._new: list[Entry] = []
        self._changed = trio.Event()
        self._workshop = Workshop()
        self._public = LazyClient(self._workshop.make_public_client)

    def configure(self, configs: Mapping[str, ServiceConfig]) -> None:
        """Look after these services from now on."""
        for name in [name for name, entry in self._entries.items() if configs.get(name) != entry.config]:
            self._entries.pop(name).scope.cancel()
        fresh = {
            name: Entry(name=name, config=config, client=LazyClient(partial(self._workshop.make_client, name, config)))
            for name, config in configs.items()
            if name not in self._entries
        }
        self._entries = {name: fresh.get(name) or self._entries[name] for name in configs}
        self._new += fresh.values()
        self._changed.set()

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The services by name, in the order of the configuration."""
        return self._entries

    async def send(self, service: str | None, request: Request) -> Answer:
        """The answer to `request`. Raises ServiceFault. The caller sets the deadline."""
        if service is None:
            return await self._public.send(request)
        entry = self._entries.get(service)
        if entry is None:
            message = f"there is no service {service} any more: the configuration was reloaded without it"
            raise ServiceFault("denied", message, sent=False)
        return await entry.client.send(request)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Look after the services until cancelled."""
        try:
            async with trio.open_nursery() as nursery:
                task_status.started()
                while True:
                    new, self._new = self._new, []
                    for entry in new:
                        nursery.start_soon(self._attend, entry)
                    self._changed = trio.Event()
                    await self._changed.wait()
        finally:
            await self._public.retire()

    async def check(self) -> None:
        """Look at all services now, and wait for what is seen."""
        limiter = trio.CapacityLimiter(_MOST_OPEN_PROBES)

        async def check_one(entry: Entry) -> None:
            async with limiter:
                await self._look(entry)

        async with trio.open_nursery() as nursery:
            for entry in list(self._entries.values()):
                nursery.start_soon(check_one, entry)

    async def _attend(self, entry: Entry) -> None:
        """Look at one service again and again, until it is configured away."""
        try:
            with entry.scope:
                while True:
                    await self._look(entry)
                    await trio.sleep(next_pause(entry.config, self._chance()))
        finally:
            await entry.client.retire()

    async def _look(self, entry: Entry) -> None:
        """One look, or the end of the one that is under way."""
        if entry.looking is not None:
            await entry.looking.wait()
            return
        entry.looking = trio.Event()
        try:
            await self._take(entry, await self._probe(entry))
        finally:
            entry.looking.set()
            entry.looking = None

    async def _probe(self, entry: Entry) -> Look:
        try:
            return await look_at(entry.name, entry.config, entry.client.send)
        except Exception as error:  # noqa: BLE001 - a defect must not end the looking
            _log.exception("the health check of %s broke aegisd's code", entry.name)
            return Look(took_s=0.0, kind="connection", error=f"a defect in aegisd: {type(error).__name__}")

    async def _take(self, entry: Entry, look: Look) -> None:
        if self._entries.get(entry.name) is not entry:
            return
        before, now_s = entry.sight, self._clock.monotonic()
        entry.sight = take_look(before, look, now=self._clock.now(), now_s=now_s)
        change = tell_change(entry.name, entry.config.url, before, entry.sight, now_s=now_s)
        if change is not None:
            level = logging.INFO if look.kind is None else logging.WARNING
            _log.log(
                level, "service %s is %s%s", entry.name, entry.sight.state, f": {look.error}" if look.error else ""
            )
            await self._recorder.emit(Emission(data=change, time=self._clock.now()))
