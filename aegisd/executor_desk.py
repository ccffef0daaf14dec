"""What can be asked about executors: plain JSON values in the shape of the interface file's `Executor`."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import trio

from aegisd.config.executor_values import ExecutorConfig
from aegisd.core.codec import to_plain
from aegisd.core.job import Health, Silence
from aegisd.engine.places import Places

_PATIENCE_S = 10.0
_FRESH_S = 2.0


class ExecutorDesk:
    """The part of the daemon that shows executors. `current` gives those of the configuration in force. What was seen
    just now is told again: whoever may read must not be able to start a flood of commands."""

    def __init__(self, places: Places, *, current: Callable[[], Mapping[str, ExecutorConfig]]) -> None:
        self._places = places
        self._current = current
        self._looking = trio.Lock()
        self._seen: dict[str, Health] = {}
        self._seen_at = -math.inf

    async def list(self) -> list[dict[str, Any]]:
        """The executors in the order of the configuration, each as it is now."""
        configured = self._current()
        names = [*configured, *(name for name in self._places.executors if name not in configured)]
        async with self._looking:
            if trio.current_time() - self._seen_at > _FRESH_S:
                self._seen = await self._look(names)
                self._seen_at = trio.current_time()
        silences = self.silences()
        return [_show(name, configured.get(name), self._seen.get(name), silences.get(name)) for name in names]

    def mark_silent(self, steps: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
        """`steps` (`Step`s), of which those that execute with an executor that does not answer say for how long."""
        for step in steps:
            silence = self.silences().get(step["job"]["executor"]) if step["job"] else None
            if silence is not None and step["state"] == "executing":
                step["job"]["silent_s"] = round(silence.seconds, 3)
        return steps

    def silences(self) -> dict[str, Silence]:
        """The executors that do not answer, by name."""
        silences = {name: executor.silence for name, executor in self._places.executors.items()}
        return {name: silence for name, silence in silences.items() if silence is not None}

    async def _look(self, names: Sequence[str]) -> dict[str, Health]:
        healths: dict[str, Health] = {}

        async def ask(name: str) -> None:
            with trio.move_on_after(_PATIENCE_S):
                healths[name] = await self._places.executors[name].health()

        async with trio.open_nursery() as nursery:
            for name in names:
                if name in self._places.executors:
                    nursery.start_soon(ask, name)
        return healths


def _show(name: str, config: ExecutorConfig | None, health: Health | None, silence: Silence | None) -> dict[str, Any]:
    seen = health or Health(state="unknown", detail=f"no answer in {_PATIENCE_S:g} s", nodes={})
    detail = seen.detail if config is not None else f"{seen.detail}; no longer in the configuration"
    silent_s = None if silence is None else round(silence.seconds, 3)
    kind = config.type if config is not None else None
    return {"name": name, "type": kind, **to_plain(seen), "detail": detail, "silent_s": silent_s}
