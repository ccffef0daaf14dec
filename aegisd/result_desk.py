"""What can be asked about the results of steps: the data that a step left, as its end told it."""

from typing import Any

from aegisd.core.codec import to_plain
from aegisd.core.state import fold
from aegisd.explanation import read_history
from aegisd.store import Store
from aegisd.wire.errors import CallError


class ResultDesk:
    """The part of the daemon that shows what steps came to."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def read(self, run: int, step: str) -> dict[str, Any]:
        """The data of `step` in `run`; empty when it left none or has not ended. Raises CallError."""
        if await self._store.get_run(run) is None:
            raise CallError("NoSuchRun", f"there is no run #{run}", hint="aegisctl history lists the runs")
        state = fold(run, await read_history(self._store, run))
        found = next((each for each in state.steps.values() if each.name == step), None)
        return dict(to_plain(found.end.data)) if found is not None and found.end is not None else {}
