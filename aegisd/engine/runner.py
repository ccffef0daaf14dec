"""One run, from `workflow.started` to `workflow.completed`: a nursery of steps inside the scope of the run's limit.

A step never outlives its run: attempts, waits between them and the steps still to come all lie inside one cancel scope.
Every started step gets exactly one `step.completed`, also when it is cancelled in the middle. When aegisd itself breaks
down, the run and its steps stay open: the next start goes on with them, from where `RunOrder.resumption` says.
"""

import math
from collections.abc import Callable
from functools import cached_property, partial

import trio

from aegisd.core import events
from aegisd.core.model import Outcome, Result, Step
from aegisd.core.plan import plan_steps
from aegisd.core.retry import decide_retry
from aegisd.core.schedule import Schedule
from aegisd.engine.asking import Asking
from aegisd.engine.attempt import Attempts
from aegisd.engine.beginning import tell_beginning
from aegisd.engine.harvest import Harvester
from aegisd.engine.leaving import Leaving
from aegisd.engine.narrator import Narrator, describe_attempt_end, describe_step_end, in_seconds, service_of
from aegisd.engine.open_step import OpenStep
from aegisd.engine.order import Ending, RunOrder
from aegisd.engine.outcomes import tell_cut
from aegisd.engine.phase import PhaseClock
from aegisd.engine.skipping import decide_skip
from aegisd.engine.slot import Slot
from aegisd.engine.verdict import FAILING, Verdict, explain_limit
from aegisd.timeline.identity import Clock
from aegisd.timeline.recorder import Recorder


class Runner:
    """Carries `order` out. `chance` gives numbers in [0, 1) for the jitter of retries. `ended` is set when the
    last event is handed over: from then on nothing can be asked of the run."""

    def __init__(
        self,
        *,
        order: RunOrder,
        attempts: Attempts,
        harvester: Harvester,
        recorder: Recorder,
        clock: Clock,
        chance: Callable[[], float],
    ) -> None:
        self._order = order
        self._steps = order.workflow.steps
        self._attempts = attempts
        self._harvester = harvester
        self._recorder = recorder
        self._clock = clock
        self._chance = chance
        past = order.resumption
        self._schedule = past.schedule if past else Schedule(plan_steps(self._steps))
        self._scope = trio.CancelScope()
        self._ending: Ending | None = None
        self._verdict = past.verdict if past else Verdict()
        self._phases = past.phases if past else PhaseClock(clock)
        self._tell = Narrator(order=order, clock=clock)
        self._cut = past.cut if past else False
        self._slot = Slot()
        self._cut_short: dict[int, Outcome] = {}
        self.ended = False

    def stop(self, ending: Ending, *, force: bool = False) -> None:
        """End the run now; the first reason counts. `force` gives its processes no time."""
        if force:
            self._attempts.hurry.set()
        if self._ending is None:
            self._ending = ending
        self._scope.cancel()

    def leave(self) -> Leaving | None:
        """Have the run left to the next aegisd: whoever asks cancels it once nothing is in the way. None when it is
        about to end."""
        if self.ended or self._stopped:
            return None
        self._attempts.leaving.is_asked = True
        return self._attempts.leaving

    async def run(self, slot: Slot | None = None) -> Result:
        """Carry the run out; returns once its end is on disk. `slot` is its place among those that execute."""
        self._slot = slot or self._slot
        past = self._order.resumption
        begun = self._attempts.around.begun = past.begun if past else self._clock.monotonic()
        limit = self._order.workflow.timeout
        left = math.inf if limit is None else max(0.0, limit - (self._clock.monotonic() - begun))
        self._scope.deadline = trio.current_time() + left
        if left == 0.0:
            self._scope.cancel()
        await self._attempts.around.recall()
        await self._recorder.emit(*tell_beginning(self._order, self._tell, self._clock, begun))
        with self._scope:
            async with self._attempts.open_places(), trio.open_nursery() as nursery:
                self._slot.begin_chain()
                for step in past.open if past else ():
                    self._start_chain(nursery, step)
                first = await self._launch(nursery, list(past.ready) if past else self._schedule.start())
                if first is not None:
                    await self._work(nursery, first)
                else:
                    self._slot.end_chain()
        await self._skip_rest()
        return await self._complete(begun)

    @cached_property
    def _asking(self) -> Asking:
        """What asks people for this run's steps."""
        return Asking(
            order=self._order,
            approvals=self._attempts.outside.approvals,
            recorder=self._recorder,
            tell=self._tell,
            clock=self._clock,
            slot=self._slot,
        )

    async def _launch(self, nursery: trio.Nursery, ready: list[int]) -> OpenStep | None:
        """Start or skip the steps that are `ready`, and those that skips make ready, in order.

        The last one started is left to the caller: a chain of steps is one task.
        """
        own: OpenStep | None = None
        waiting = ready
        while waiting and not self._stopped:
            following: list[int] = []
            for index in waiting:
                skip = decide_skip(index, self._order, self._schedule, self._attempts.around)
                if skip is not None:
                    following += await self._skip(index, skip)
                    continue
                if own is not None:
                    self._start_chain(nursery, own)
                own = await self._start(index)
            waiting = following
        return own

    async def _start(self, index: int) -> OpenStep:
        """Tell that a step starts; of one that is not begun before that is on disk, in a hurry."""
        await self._attempts.leaving.pass_by()
        step = self._steps[index]
        started = self._tell.of_step(
            index,
            events.StepStarted(
                step_type=step.type,
                service=service_of(step),
                command=self._attempts.describe(step),
                timeout_s=self._attempts.limit(step),
                boottime_s=self._clock.boottime(),
            ),
            attempt=1,
        )
        transition = self._phases.enter(step.phase, failed=self._verdict.count)
        first = (self._tell.of_run(transition, cause=self._tell.began),) if transition is not None else ()
        if step.idempotent and not self._attempts.is_kept(step):
            await self._recorder.emit(*first, started)
        else:
            await self._recorder.hurry(*first, started)
        return OpenStep(index=index, started=started, begun=self._clock.monotonic())

    def _start_chain(self, nursery: trio.Nursery, step: OpenStep) -> None:
        self._slot.begin_chain()
        nursery.start_soon(self._work, nursery, step)

    async def _work(self, nursery: trio.Nursery, step: OpenStep) -> None:
        """Carry out a step, and after it one of those that it made ready."""
        own: OpenStep | None = step
        while own is not None:
            own = await self._launch(nursery, await self._carry_out(own))
        self._slot.end_chain()

    async def _carry_out(self, own: OpenStep) -> list[int]:
        """One step from its start to its end; returns the steps that became ready."""
        try:
            await own.wait_told()
            outcome = await self._attempt_until_done(self._steps[own.index], own)
        except trio.Cancelled:
            if self._stopped:
                self._cut = True
                await self._finish(own, self._cut_outcome(own.index))
            raise
        return await self._finish(own, outcome)

    async def _attempt_until_done(self, step: Step, own: OpenStep) -> Outcome:
        """Attempts with their waits; each is added to those of `own` however it ends."""
        while True:
            number, taken, job = own.number, own.take(), own.job
            attempting = self._attempts.open_attempt(step, own, self._asking.ask, taken=taken)
            begun = taken.begun if taken else self._clock.monotonic() if job is None else own.job_begun
            try:
                since = taken.since if taken else self._clock.wall() - (self._clock.monotonic() - begun)
                outcome = await self._attempts.carry_out(step, attempting, taken=taken)
                left = self._attempts.find_left(own)
                if step.artifacts or step.reports or left is not None:
                    tell = partial(self._tell.of_step, own.index, attempt=number, cause=own.started)
                    outcome = await self._harvester.bring_in(
                        self._order, step, outcome, tell=tell, since=since, left=left
                    )
            except trio.Cancelled:
                ending = self._why_ended()
                outcome = tell_cut(attempting, ending.result, ending.reason)
                own.attempts.append(describe_attempt_end(number, outcome, self._clock.monotonic() - begun))
                self._cut_short[own.index] = outcome
                raise
            own.attempts.append(describe_attempt_end(number, outcome, self._clock.monotonic() - begun))
            delay = decide_retry(step, outcome.result, attempt=own.spent, chance=self._chance(), fault=outcome.fault)
            if delay is None or not attempting.repeatable:
                return outcome
            retrying = events.StepRetrying(
                failed=own.attempts[-1],
                delay_s=delay,
                retries_left=step.retries - own.spent,
                boottime_s=self._clock.boottime(),
            )
            tell_on = self._recorder.record if self._attempts.is_kept(step) else self._recorder.emit
            await tell_on(self._tell.of_step(own.index, retrying, attempt=number, cause=own.started))
            await trio.sleep(delay)

    def _cut_outcome(self, index: int) -> Outcome:
        """What a step comes to that was ended from outside, in an attempt or between two."""
        ending = self._why_ended()
        return self._cut_short.get(index) or Outcome(result=ending.result, error=ending.reason)

    async def _finish(self, own: OpenStep, outcome: Outcome) -> list[int]:
        """Tell how a step ended; returns the steps that became ready."""
        step, index = self._steps[own.index], own.index
        failed = outcome.result in FAILING
        counts = failed and not step.allow_failure
        took = in_seconds(self._clock.monotonic() - own.begun)
        data = describe_step_end(step, outcome, own.attempts, took, allowed=failed and not counts)
        completed = self._tell.of_step(index, data, attempt=own.last, cause=own.started)
        if counts and self._verdict.add_failure(step.name, outcome.result):
            detected = events.FailureDetected(
                step_type=step.type, result=outcome.result, error=outcome.error or "", service=service_of(step)
            )
            await self._recorder.emit(completed, self._tell.of_step(index, detected, attempt=own.last, cause=completed))
        else:
            await self._recorder.emit(completed)
        self._verdict.add_result(outcome.result)
        self._attempts.around.add_end(index, data)
        return self._schedule.finish(index, failed=counts, reported=outcome.reported_failures > 0)

    async def _skip(self, index: int, skip: events.StepSkipped) -> list[int]:
        """Tell that a step is not started; returns the steps that became ready."""
        self._verdict.add_result(Result.SKIP)
        self._attempts.around.add_end(index, skip)
        await self._recorder.emit(self._tell.of_step(index, skip))
        return self._schedule.finish(index, failed=False, reported=skip.reported_failures > 0)

    async def _skip_rest(self) -> None:
        """After a run was ended: the steps that had not begun."""
        if not self._stopped:
            return
        reason = self._why_ended().reason
        for index in self._schedule.unfinished:
            self._cut = True
            self._verdict.add_result(Result.SKIP)
            skipped = events.StepSkipped(step_type=self._steps[index].type, reason=reason)
            await self._recorder.emit(self._tell.of_step(index, skipped))

    async def _complete(self, begun: float) -> Result:
        stopped = self._why_ended() if self._cut else None
        transition = self._phases.leave(failed=self._verdict.count)
        result = stopped.result if stopped else self._verdict.result
        completed = events.WorkflowCompleted(
            result=result,
            success=result is Result.SUCCESS,
            duration_s=in_seconds(self._clock.monotonic() - begun),
            steps=self._verdict.counts,
            reason=stopped.reason if stopped else self._verdict.reason,
            failed_steps=tuple(self._verdict.failed),
        )
        self.ended = True
        last = self._tell.of_run(completed, cause=(stopped.cause if stopped else None) or self._tell.began)
        if transition is not None:
            await self._recorder.record(self._tell.of_run(transition, cause=self._tell.began), last)
        else:
            await self._recorder.record(last)
        return result

    @property
    def _stopped(self) -> bool:
        return self._scope.cancel_called

    def _why_ended(self) -> Ending:
        if self._ending is not None:
            return self._ending
        if not self._stopped:
            return Ending(result=Result.ERROR, reason="aegisd broke down")
        return Ending(result=Result.TIMEOUT, reason=explain_limit(self._order.workflow.timeout))
