"""How each workflow stands: the last run that says so, remembered until another one of it ends.

A run that was cancelled or skipped says nothing, and neither does one of a pull request: its author's mistakes are not
those of the workflow's branch.
"""

from collections.abc import Iterable

from aegisd.core.model import Result, RunSummary, State
from aegisd.core.record import RunFilter
from aegisd.store import Store

_LOOKED_AT = 200
_REMEMBERED = 2000
_PROPOSALS = ("refs/pull/", "refs/merge-requests/")
_TELLING = frozenset({Result.SUCCESS, Result.FAILURE, Result.ERROR, Result.TIMEOUT})


class Standing:
    """See the module."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[str, str | None], RunSummary | None] = {}
        self._changes = 0

    def forget(self, workflow: str) -> None:
        """A run of `workflow` has ended."""
        self._changes += 1
        for key in [key for key in self._known if key[0] == workflow]:
            del self._known[key]

    def forget_all(self) -> None:
        """Runs may have ended that nobody told of."""
        self._changes += 1
        self._known.clear()

    async def find(self, workflow: str, *, branch: str | None = None) -> RunSummary | None:
        """The last run of `workflow` that says how it stands; with `branch` (or another full ref) only runs of it. None
        when there is none among its last two hundred."""
        key = workflow, branch
        if key not in self._known:
            before = self._changes
            wanted = RunFilter(workflow=workflow, states=(State.FINISHED.value,), limit=_LOOKED_AT)
            found = next((run for run in await self._store.list_runs(wanted) if _is_telling(run, branch)), None)
            if self._changes != before:  # what was read may be older than what was told meanwhile
                return found
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = found
        return self._known[key]

    async def find_all(self, workflows: Iterable[str]) -> dict[str, RunSummary]:
        """Those of `workflows` that have one."""
        found = {name: await self.find(name) for name in workflows}
        return {name: run for name, run in found.items() if run is not None}


def _is_telling(run: RunSummary, branch: str | None) -> bool:
    ref = run.trigger.ref or ""
    if run.result not in _TELLING:
        return False
    return not ref.startswith(_PROPOSALS) if branch is None else ref in {branch, f"refs/heads/{branch}"}
