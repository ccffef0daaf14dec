"""The nursery of all runs: the queue, admission, and what happens to a run whose workflow is busy."""

import bisect
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import trio

from aegisd.core import events
from aegisd.core.admission import Wait, Waiting, decide_admission, find_wait
from aegisd.core.model import OnBusy, Result, Workflow
from aegisd.engine.leaving import Leaving, cancel_when
from aegisd.engine.order import Ending, RunOrder, explain_cancellation
from aegisd.engine.runner import Runner
from aegisd.engine.slot import Slot
from aegisd.timeline.identity import Clock
from aegisd.timeline.recorder import Emission, Recorder

_log = logging.getLogger("aegisd.engine")


class Supervisor:
    """Holds every run that has not ended. `make_runner` builds the runner of an order; `on_end` is told of each end.

    It starts no runs while `draining` (aegisd stops) and while `drained_by` names who drained it. A run that only waits
    for a person is `away`: it has no slot, and the end of aegisd leaves it open for the next start.
    """

    def __init__(
        self,
        *,
        recorder: Recorder,
        clock: Clock,
        make_runner: Callable[[RunOrder], Runner],
        on_end: Callable[[RunOrder, Result], None],
        slots: int,
        queue_limit: int,
    ) -> None:
        self._recorder = recorder
        self._clock = clock
        self._make_runner = make_runner
        self._on_end = on_end
        self._waiting: list[Waiting] = []
        self._orders: dict[int, RunOrder] = {}
        self._runners: dict[int, Runner] = {}
        self._resumed: list[RunOrder] = []
        self._away: dict[int, trio.Event | None] = {}  # the event is of one that wants its slot back
        self._scopes: dict[int, trio.CancelScope] = {}
        self._wake = trio.Event()
        self._turned = trio.Event()
        self._idle = trio.Event()
        self._limits: dict[str, int] = {}
        self.slots = slots
        self.queue_limit = queue_limit
        self.draining = False
        self.drained_by: str | None = None

    def configure(self, workflows: Mapping[str, Workflow], *, slots: int, queue_limit: int) -> None:
        """Limits of a configuration that comes into force; runs that execute are left alone."""
        self._limits = {name: workflow.max_concurrent for name, workflow in workflows.items()}
        self.slots, self.queue_limit = slots, queue_limit
        self._wake.set()

    @property
    def executing(self) -> list[int]:
        """The runs that have left the queue, the oldest first."""
        return sorted(self._runners)

    @property
    def holding(self) -> list[int]:
        """The executing runs that hold a slot; the others wait for a person."""
        return [run for run in self.executing if run not in self._away]

    @property
    def waiting(self) -> list[int]:
        """The queue: the next run first."""
        return [candidate.run for candidate in self._waiting]

    @property
    def queued(self) -> int:
        """How many runs are in the queue."""
        return len(self._waiting)

    def explain_wait(self, run: int) -> Wait | None:
        """What a run in the queue waits for."""
        executing = {other: self._orders[other].workflow.name for other in self._runners}
        return find_wait(
            run, self._waiting, executing=executing, slots=self.slots, limits=self._limits, away=self._away
        )

    def hold(self, by: str | None) -> None:
        """Start no more runs because of `by`; None lets them start again."""
        self.drained_by = by
        self._wake.set()

    def active(self, workflow: str) -> tuple[list[int], list[int]]:
        """The executing and the waiting runs of `workflow`."""
        executing = [run for run in self._runners if self._orders[run].workflow.name == workflow]
        return executing, [candidate.run for candidate in self._waiting if candidate.workflow == workflow]

    @property
    def directories(self) -> set[str]:
        """The directories of the runs that have not ended. A retry may use that of an earlier run."""
        return {order.dir for order in self._orders.values()}

    def count_active(self) -> dict[str, tuple[int, int]]:
        """The numbers of executing and waiting runs, by workflow."""
        executing = Counter(self._orders[run].workflow.name for run in self._runners)
        waiting = Counter(candidate.workflow for candidate in self._waiting)
        return {name: (executing[name], waiting[name]) for name in executing | waiting}

    def busy_with(self, workflow: Workflow, coming: Sequence[int] = ()) -> list[int]:
        """The runs because of which a new run of `workflow` would have to wait for its own kind; [] when it would
        not. `coming` are runs of it that are not in the queue yet."""
        executing, waiting = self.active(workflow.name)
        busy = [*executing, *waiting, *coming]
        return busy if len(busy) >= workflow.max_concurrent else []

    async def enqueue(self, order: RunOrder) -> None:
        """Put an accepted run, which is on disk, into the queue; with `on_busy = "replace"` end those in its way."""
        in_the_way = self.busy_with(order.workflow) if order.workflow.on_busy is OnBusy.REPLACE else []
        self.restore(order)
        for run in in_the_way:
            await self.cancel(run, by="aegis", reason=f"replaced by run #{order.run}")

    def restore(self, order: RunOrder) -> None:
        """Put a run into the queue as it is, after a restart."""
        self._orders[order.run] = order
        bisect.insort(
            self._waiting,
            Waiting(run=order.run, workflow=order.workflow.name, priority=order.priority),
            key=lambda candidate: candidate.rank,
        )
        self._wake.set()

    def resume(self, order: RunOrder) -> None:
        """Let a run go on that an earlier aegisd had begun. It has left the queue: it waits for no slot, but takes
        one."""
        self._orders[order.run] = order
        self._resumed.append(order)
        self._wake.set()

    async def cancel(self, run: int, *, by: str, reason: str | None, force: bool = False) -> bool:
        """Ask for the end of a run; True once the request is on disk, False when the run has ended already.

        `force` gives its processes no time, and ends it in the books even when one of them will not die.
        """
        order, runner = self._orders.get(run), self._runners.get(run)
        if order is None or (runner is not None and runner.ended):
            return False
        asked = events.CancellationRequested(by=by, reason=reason)
        words, requested = explain_cancellation(asked), self._emission(order, asked)
        if runner is None:
            await self._drop(order, requested, words)
            return True
        durable = await self._recorder.hurry(requested)
        runner.stop(Ending(result=Result.CANCELLATION, reason=words, cause=requested), force=force)
        await durable.wait()
        return True

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Admit and carry out runs until `finish` lets it end."""
        async with trio.open_nursery() as nursery:
            task_status.started()
            while not (self.draining and not self._runners):
                if not self.draining:
                    self._admit(nursery)
                self._turned.set()
                self._turned = trio.Event()
                await self._wake.wait()
                self._wake = trio.Event()
        self._turned.set()
        self._idle.set()

    async def turn(self) -> None:
        """Returns once the loop that starts runs has gone round; one that is stuck does not."""
        turned = self._turned
        self._wake.set()
        await turned.wait()

    async def finish(self, *, grace: float, hurry: trio.Event) -> None:
        """Start no more runs; cancel what has not ended after `grace` seconds or once `hurry` is set; wait for all."""
        self.draining = True
        for run in self._away:
            self._scopes[run].cancel()
        self._wake.set()
        with trio.move_on_after(grace):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(cancel_when, hurry, nursery.cancel_scope)
                await self._idle.wait()
                nursery.cancel_scope.cancel()
        async with trio.open_nursery() as nursery:
            for run in self.executing:
                nursery.start_soon(partial(self.cancel, run, by="aegis", reason="daemon stopping"))
        await self._idle.wait()

    async def leave(self, *, grace: float, hurry: trio.Event) -> None:
        """Leave the runs to the next aegisd as they are: programs that can go on do, others are ended. Attempts that
        must not be executed twice get `grace` seconds, which `hurry` cuts short. Runs that end are left to `finish`."""
        self.draining = True
        async with trio.open_nursery() as nursery:
            for run, runner in self._runners.items():
                leaving = runner.leave()
                if leaving is not None:
                    nursery.start_soon(self._leave_run, run, runner, leaving, grace, hurry)
        self._wake.set()

    async def _leave_run(self, run: int, runner: Runner, leaving: Leaving, grace: float, hurry: trio.Event) -> None:
        await leaving.wait_free(grace, unless=hurry)
        if runner.leave() is not None:
            leaving.is_due = True
            self._scopes[run].cancel()

    def _admit(self, nursery: trio.Nursery) -> None:
        if self.drained_by is None:
            for order in self._resumed:
                self._begin(nursery, order)
            self._resumed.clear()
        executing = Counter(self._orders[run].workflow.name for run in self._runners)
        admitted = decide_admission(
            self._list_candidates(), executing=executing, slots=self.slots, limits=self._limits, away=self._away
        )
        if not admitted:
            return
        for run in admitted:
            self._unqueue(run)
            if run in self._away:
                self._let_on(run)
            else:
                self._begin(nursery, self._orders[run])

    def _unqueue(self, run: int) -> None:
        """Take `run` out of the queue, if it is there: most often it is the first, however many wait behind it."""
        place = next((place for place, candidate in enumerate(self._waiting) if candidate.run == run), None)
        if place is not None:
            del self._waiting[place]

    def _list_candidates(self) -> list[Waiting]:
        """Who wants a slot, the first one first: the queue, unless drained, and the runs that want theirs back."""
        back = [self._orders[run] for run, event in self._away.items() if event is not None]
        returning = [Waiting(run=o.run, workflow=o.workflow.name, priority=o.priority) for o in back]
        queue = self._waiting if self.drained_by is None else []
        return sorted([*queue, *returning], key=lambda candidate: candidate.rank) if returning else queue

    def _leave(self, run: int) -> None:
        """The run only waits for a person from now on."""
        self._away[run] = None
        if self.draining:
            self._scopes[run].cancel()
        self._wake.set()

    async def _enter(self, run: int) -> None:
        """Wait until the run has a slot again."""
        if run not in self._away:
            return
        event = self._away[run] = self._away[run] or trio.Event()
        self._wake.set()
        await event.wait()

    def _let_on(self, run: int) -> None:
        event = self._away.pop(run, None)
        if event is not None:
            event.set()

    def _begin(self, nursery: trio.Nursery, order: RunOrder) -> None:
        runner = self._runners[order.run] = self._make_runner(order)
        self._scopes[order.run] = trio.CancelScope()
        nursery.start_soon(self._carry_out, order, runner)

    async def _carry_out(self, order: RunOrder, runner: Runner) -> None:
        """Carry a run out; one that is left open for the next start has no result."""
        result: Result | None = None
        with self._scopes[order.run]:
            result = await runner.run(
                Slot(leave=partial(self._leave, order.run), enter=partial(self._enter, order.run))
            )
        del self._runners[order.run], self._orders[order.run], self._scopes[order.run]
        self._away.pop(order.run, None)
        self._wake.set()
        if result is not None:
            self._on_end(order, result)

    async def _drop(self, order: RunOrder, requested: Emission, reason: str) -> None:
        """End a run that is still in the queue."""
        self._waiting = [candidate for candidate in self._waiting if candidate.run != order.run]
        del self._orders[order.run]
        completed = events.WorkflowCompleted(
            result=Result.CANCELLATION, success=False, duration_s=0.0, steps={}, reason=reason
        )
        await self._recorder.record(requested, self._emission(order, completed, cause=requested))
        self._on_end(order, Result.CANCELLATION)

    def _emission(self, order: RunOrder, data: events.EventData, *, cause: Emission | None = None) -> Emission:
        return Emission(data=data, time=self._clock.now(), workflow=order.workflow.name, run=order.run, cause=cause)
