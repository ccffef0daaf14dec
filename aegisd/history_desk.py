"""Runs together with their steps, many at a time: what a history shows.

The histories of a page are read with one question, and what has ended is remembered, since it does not change.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from aegisd.core.codec import decode_event, decode_workflow
from aegisd.core.model import RunSummary, State
from aegisd.core.record import RunFilter
from aegisd.core.state import fold
from aegisd.steps.base import StepType
from aegisd.store import Store
from aegisd.views import show_run, show_steps

_REMEMBERED_STEPS = 50_000


class HistoryDesk:
    """See the module."""

    def __init__(self, *, store: Store, step_types: Mapping[str, StepType]) -> None:
        self._store = store
        self._step_types = step_types
        self._ended: OrderedDict[int, list[dict[str, Any]]] = OrderedDict()
        self._size = 0

    async def read(self, wanted: RunFilter) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
        """The `Run`s that pass, the newest first, each with its `Step`s. Nobody may change them."""
        runs = await self._store.list_runs(wanted)
        missing = [run for run in runs if run.id not in self._ended]
        fresh = await self._fold(missing) if missing else {}
        for run in runs:
            if run.id in self._ended:
                self._ended.move_to_end(run.id)
        found = [(show_run(run), fresh[run.id] if run.id in fresh else self._ended[run.id]) for run in runs]
        for run in missing:
            if run.state is State.FINISHED:
                self._remember(run.id, fresh[run.id])
        return found

    async def _fold(self, runs: list[RunSummary]) -> dict[int, list[dict[str, Any]]]:
        histories = await self._store.read_histories([run.id for run in runs])
        specs = {name: kind.spec for name, kind in self._step_types.items()}
        definitions = {}
        for digest in {run.definition for run in runs}:
            body = await self._store.read_definition(digest)
            definitions[digest] = decode_workflow(body or b"", step_types=specs)
        return {
            run.id: show_steps(
                definitions[run.definition],
                fold(run.id, [decode_event(body) for body in histories[run.id]]),
                self._step_types,
            )
            for run in runs
        }

    def _remember(self, run: int, steps: list[dict[str, Any]]) -> None:
        self._ended[run] = steps
        self._size += len(steps) + 1
        while self._size > _REMEMBERED_STEPS:
            _, dropped = self._ended.popitem(last=False)
            self._size -= len(dropped) + 1
