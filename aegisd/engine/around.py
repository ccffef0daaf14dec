"""What a run gives its steps beside processes: the results of the steps before them, services, keys, the time.

The results are the events that ended the steps. Nothing is made of them before a step type asks: a run of ten thousand
commands pays for a dictionary and nothing else.
"""

import functools
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping

from attrs import field, frozen

from aegisd.core.plan import Plan, plan_steps
from aegisd.core.record import StoreError
from aegisd.core.results import End, StepResult, make_result
from aegisd.engine.approvals import Approvals
from aegisd.engine.drop import MODE
from aegisd.engine.order import RunOrder
from aegisd.steps.calling import Caller, NoServices
from aegisd.store.folder_pool import FolderPool
from aegisd.timeline.identity import Clock

_log = logging.getLogger("aegisd.engine")


async def _recall_nothing(run: int) -> Mapping[str, End]:
    """An engine without a memory of earlier runs."""
    del run
    return {}


@frozen(kw_only=True)
class Outside:
    """What all runs share. `epoch` tells this store from all others, `recall` gives the ends of the steps of an earlier
    run by name, and `keeps` says whether programs may outlive this aegisd. What is not given is not there."""

    caller: Caller = field(factory=NoServices)
    approvals: Approvals = field(factory=Approvals)
    epoch: str = ""
    recall: Callable[[int], Awaitable[Mapping[str, End]]] = _recall_nothing
    keeps: bool = False
    workspaces: FolderPool = field(factory=FolderPool)
    drops: FolderPool = field(factory=functools.partial(FolderPool, mode=MODE))


class RunAround:
    """See the module. `begun` is when the run began (monotonic seconds)."""

    def __init__(self, *, order: RunOrder, outside: Outside, clock: Clock) -> None:
        self._order = order
        self._outside = outside
        self._clock = clock
        self._plan: Plan | None = None
        self._ends: dict[int, End] = dict(order.resumption.ends) if order.resumption else {}
        self._reused: Mapping[str, End] = {}
        self.caller = outside.caller
        self.begun = clock.monotonic()

    def add_end(self, index: int, end: End) -> None:
        """Step number `index` ended."""
        self._ends[index] = end

    async def recall(self) -> None:
        """Look up what the steps came to that an earlier run passed and this one does not run again."""
        if not self._order.reused or self._order.retry_of is None:
            return
        try:
            self._reused = await self._outside.recall(self._order.retry_of)
        except StoreError as error:
            _log.error("run %d goes without the results of run %d: %s", self._order.run, self._order.retry_of, error)

    def reused_end(self, step: str) -> End | None:
        """How a step ended in the run that this one retries."""
        return self._reused.get(step)

    def results_before(self, index: int) -> Mapping[str, StepResult]:
        """What the steps before step number `index` came to, by name, in the order of the file."""
        steps = self._order.workflow.steps
        return {
            steps[place].name: make_result(steps[place].name, self._ends[place])
            for place in sorted(self._find_before(index))
            if place in self._ends
        }

    def make_key(self, index: int, answered: int) -> str:
        """A key that no other request on any host has: see `Attempting.idempotency_key`."""
        order = self._order
        text = f"{self._outside.epoch}/{order.digest}/{order.run}/{index}/{answered}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def elapsed(self) -> float:
        """Seconds since the run began."""
        return self._clock.monotonic() - self.begun

    def _find_before(self, index: int) -> set[int]:
        """The steps that step number `index` waits for, and those that they wait for."""
        if self._plan is None:
            self._plan = plan_steps(self._order.workflow.steps)
        found: set[int] = set()
        nodes = list(self._plan.waits[index])
        while nodes:
            node = nodes.pop()
            if node not in found:
                found.add(node)
                nodes += self._plan.waits[node]
        return {node for node in found if node < self._plan.steps}
