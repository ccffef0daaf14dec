"""One attempt of a step: its limit, its log, its program. The boundary around every step type.

Whatever happens inside, `carry_out` returns an `Outcome` or lets a cancellation from outside through; what is known of
the program then is in the `Attempting` that the caller holds.
"""

import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path

import trio
from attrs import evolve

from aegisd.core.approval import Decision
from aegisd.core.confinement import Confinement
from aegisd.core.events import EventData
from aegisd.core.job_state import JobState
from aegisd.core.model import Outcome, Result, Step
from aegisd.core.placement import RetryOn
from aegisd.core.trace import attempt_span, trace_of_run
from aegisd.core.variables import hide_variables
from aegisd.engine.around import Outside, RunAround
from aegisd.engine.drop import drop_path, has_drop, make_drop
from aegisd.engine.emitter import Emitter
from aegisd.engine.environment import describe_attempt, describe_run
from aegisd.engine.leaving import Leaving
from aegisd.engine.open_step import OpenStep
from aegisd.engine.order import RunOrder
from aegisd.engine.outcomes import account, check_outcome, tell_cut
from aegisd.engine.places import Places
from aegisd.engine.taking_over import TakenOver, name_attempt
from aegisd.engine.tokens import AttemptIdentity, AttemptTokens
from aegisd.executors.command import Command, SpawnError
from aegisd.executors.confined import Executor
from aegisd.executors.driving import DrivenProcess, JobFaultError
from aegisd.executors.local import LocalProcess
from aegisd.helpers import FOLDER
from aegisd.steps.base import Attempting, LaunchError, StepType
from aegisd.store.logs import LogStore
from aegisd.timeline.identity import Clock
from aegisd.wire.units import format_limit

_log = logging.getLogger("aegisd.engine")

Ask = Callable[[OpenStep, str, float | None], Awaitable[Decision]]
"""Asks a person for a step: the message, and for how many seconds."""


class Attempts:
    """Carries out the attempts of one run. Once `hurry` is set, no process is given any more time."""

    def __init__(
        self,
        *,
        order: RunOrder,
        step_types: Mapping[str, StepType],
        executor: Executor,
        logs: LogStore,
        inherited: Mapping[str, str],
        tokens: AttemptTokens,
        emitter: Emitter,
        wall: Callable[[], float],
        outside: Outside,
        clock: Clock,
        places: Places | None = None,
    ) -> None:
        self.outside = outside
        self.around = RunAround(order=order, outside=outside, clock=clock)
        self._order = order
        self._step_types = step_types
        self._executor = executor
        self._logs = logs
        self._tokens = tokens
        self._emitter = emitter
        self._wall = wall
        self._shared = describe_run(order, inherited)
        has_variables = bool(order.workflow.references)
        self._hidden = {step.name: step for step in hide_variables(order.workflow).steps} if has_variables else {}
        self._dir_made = False
        self._left: dict[int, str] = {}
        self._places = places
        self._clock = clock
        self.leaving = Leaving()
        self.hurry = trio.Event()

    def limit(self, step: Step) -> float | None:
        """Seconds that an attempt of `step` may take."""
        return step.timeout if step.timeout is not None else self._step_types[step.type].default_timeout

    def is_kept(self, step: Step) -> bool:
        """Whether the program of `step` may outlive aegisd: then each attempt is on disk before it begins, so that the
        next aegisd knows whose it is."""
        return self.outside.keeps and step.executor is None and self._step_types[step.type].outlives

    def open_places(self) -> AbstractAsyncContextManager[None]:
        """Around all attempts, for what they have in common elsewhere than on this host."""
        return self._places.open_run(self._order) if self._places is not None else nullcontext()

    def describe(self, step: Step) -> str:
        """What people see of `step`: its variables as they were written."""
        return self._step_types[step.type].describe(self._hidden.get(step.name, step).spec)

    def open_attempt(self, step: Step, own: OpenStep, ask: Ask, *, taken: TakenOver | None = None) -> Attempting:
        """The next attempt of `own`, for `carry_out`; `ask` asks a person for it. With `taken` it goes on."""
        index, attempt = own.index, own.number
        known, own.job = own.job, None

        async def emit(data: EventData) -> int:
            return await self._emitter.emit(self._identify(step, index, attempt), data)

        return Attempting(
            params=self._order.params,
            launcher=partial(self._launch, step, (index, attempt), known, taken),
            emit=emit,
            around=self.around,
            ask=partial(ask, own),
            index=index,
            limit=self.limit(step),
            answered=own.answered if own.attempts else 0,
        )

    def find_left(self, own: OpenStep) -> str | None:
        """The folder with what the program of this attempt left to be kept; None when it left nothing."""
        path = self._left.pop(own.index, None)
        return path if path is not None and has_drop(self.outside.drops, path) else None

    async def carry_out(self, step: Step, attempting: Attempting, *, taken: TakenOver | None = None) -> Outcome:
        """Execute `step` within its limit, or what is left of it. A program that nobody takes over is ended."""
        may_be_left = step.idempotent or self._outlives(step)
        if taken is None and may_be_left:
            return await self._execute_in_time(step, attempting, None)
        try:
            with self.leaving.waiting_for(attempt=not may_be_left):
                return await self._execute_in_time(step, attempting, taken)
        finally:
            if taken is not None and not self.leaving.is_due:
                await taken.ward.end()

    async def _execute_in_time(self, step: Step, attempting: Attempting, taken: TakenOver | None) -> Outcome:
        limit = attempting.limit
        if limit is None or self._step_types[step.type].keeps_time:
            return await self._execute(step, attempting)
        scope = attempting.scope = trio.CancelScope()
        if step.executor is None:
            left = limit if taken is None else taken.left(limit, now=self._clock.monotonic())
            scope.deadline = trio.current_time() + left
        with scope:
            return await self._execute(step, attempting)
        return tell_cut(attempting, Result.TIMEOUT, f"no end after {format_limit(limit)}")

    def _outlives(self, step: Step) -> bool:
        """Whether a program of `step` can go on without aegisd."""
        if step.executor is not None and self._places is not None:
            return self._places.outlives(step)
        return self._step_types[step.type].outlives

    async def _execute(self, step: Step, attempting: Attempting) -> Outcome:
        try:
            outcome = check_outcome(await self._step_types[step.type].execute(step.spec, attempting))
        except (Exception, BaseExceptionGroup) as error:
            if not isinstance(error, Exception) and error.split((Exception, trio.Cancelled))[1] is not None:
                raise
            _log.exception("run %d: step %s broke aegisd's code", self._order.run, step.name)
            await trio.lowlevel.checkpoint_if_cancelled()
            text = f"a defect in aegisd: {type(error).__name__}: {error}"
            outcome = Outcome(result=Result.ERROR, error=text.encode(errors="replace").decode())
        return account(outcome, attempting)

    @asynccontextmanager
    async def _launch(
        self,
        step: Step,
        number: tuple[int, int],
        known: JobState | None,
        taken: TakenOver | None,
        attempting: Attempting,
        argv: tuple[str, ...],
        *,
        env: Mapping[str, str],
        dir: str | None,
        confinement: Confinement,
    ) -> AsyncIterator[LocalProcess | DrivenProcess]:
        index, attempt = number
        directory = str(Path(self._order.dir, dir)) if dir else self._order.dir
        path = self._logs.path(self._order.run, index, step.name, attempt)
        try:
            self._make_dir()
            left = self._left[index] = drop_path(path, index=index, attempt=attempt)
            goes_on = known is not None or taken is not None
            if not goes_on:  # what goes on has left things there already
                make_drop(self.outside.drops, left)
            log = self._logs.reopen_log(path) if goes_on else self._logs.open_log(path)
        except OSError as error:
            message = f"cannot prepare {error.filename or path}: {error.strerror}"
            raise LaunchError(message) from error
        process = None
        who = self._identify(step, index, attempt)
        token = self._tokens.issue(who) if taken is None else self._tokens.readmit(taken.ward.memo, who)
        try:
            own = {
                **self._describe(step, index, attempt),
                "PWD": directory,
                "AEGIS_TOKEN": token,
                "AEGIS_ARTIFACTS": left,
            }
            command = Command(
                argv=argv,
                env={**self._shared, **env, **own},
                dir=directory,
                output_fd=log.fd,
                name=name_attempt(self._order.run, index, attempt),
                confinement=confinement,
                writes=(self._order.dir, left),
                reads=(FOLDER,) if self._order.trigger_file is None else (FOLDER, self._order.trigger_file),
            )
            if taken is not None:
                command = evolve(command, env=_mark(command.env), is_taken_over=True)
            elif self.is_kept(step):
                command = evolve(command, memo=self._tokens.describe(token))
            async with self._open_process(step, command, attempt, attempting, known) as process:
                yield process
        except SpawnError as error:
            if isinstance(error, JobFaultError):
                attempting.fault = RetryOn(error.kind.value)
            raise LaunchError(str(error)) from error
        finally:
            self._tokens.revoke(token)
            if process is not None:
                attempting.exit_code, attempting.signal = process.exit_code, process.signal
                attempting.receipt, attempting.usage = process.receipt, process.usage
                attempting.remark = process.remark
            attempting.output_bytes = self._logs.close_log(log)

    @asynccontextmanager
    async def _open_process(
        self, step: Step, command: Command, attempt: int, attempting: Attempting, known: JobState | None
    ) -> AsyncIterator[LocalProcess | DrivenProcess]:
        """The program, where its step says; one that can is left when the run is."""
        async with self._place(step, command, attempt, attempting, known) as process:
            self._logs.make_spare()
            try:
                yield process
            except trio.Cancelled:
                if self.leaving.is_due:
                    process.leave()
                raise

    def _place(
        self, step: Step, command: Command, attempt: int, attempting: Attempting, known: JobState | None
    ) -> AbstractAsyncContextManager[LocalProcess | DrivenProcess]:
        if step.executor is None or self._places is None:
            return self._executor.open_process(command, hurry=self.hurry)
        return self._places.open_process(
            step,
            command,
            who=self._identify(step, attempting.index, attempt),
            hurry=self.hurry,
            scope=attempting.scope,
            limit=attempting.limit,
            known=known,
        )

    def _identify(self, step: Step, index: int, attempt: int) -> AttemptIdentity:
        order = self._order
        return AttemptIdentity(
            run=order.run,
            workflow=order.workflow.name,
            step=step.name,
            index=index,
            attempt=attempt,
            phase=step.phase,
        )

    def _describe(self, step: Step, index: int, attempt: int) -> dict[str, str]:
        left = trio.current_effective_deadline() - trio.current_time()
        deadline = None if math.isinf(left) else self._wall() + left
        order, epoch = self._order, self.outside.epoch
        trace = trace_of_run(order.run, epoch=epoch, traceparent=order.trigger.traceparent)
        context = evolve(trace, parent=attempt_span(order.run, epoch=epoch, index=index, attempt=attempt))
        return describe_attempt(self._shared, step=step.name, attempt=attempt, deadline=deadline, context=context)

    def _make_dir(self) -> None:
        if not self._dir_made and self._order.own_dir:
            with suppress(FileExistsError):  # the run goes on
                self.outside.workspaces.make(self._order.dir)
        self._dir_made = True


def _mark(env: Mapping[str, str]) -> dict[str, str]:
    """What of the environment of an attempt is the same however often it is made."""
    return {name: env[name] for name in ("AEGIS_SOCKET", "AEGIS_RUN_ID", "AEGIS_STEP", "AEGIS_ATTEMPT") if name in env}
