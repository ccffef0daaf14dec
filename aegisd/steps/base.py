"""What a step type is, and what it is given when an attempt executes."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import trio
from attrs import define, frozen

from aegisd.core.approval import Decision
from aegisd.core.confinement import UNCONFINED, Confinement, Receipt, Usage
from aegisd.core.events import EventData
from aegisd.core.model import Outcome
from aegisd.core.placement import RetryOn
from aegisd.core.results import StepResult, read_result
from aegisd.core.template import expand, expand_value
from aegisd.steps.calling import Answer, Caller, Request


class Process(Protocol):
    """A program that runs; see the executors."""

    exit_code: int | None
    signal: str | None

    async def wait(self) -> None:
        """Until it has ended by itself."""


class Launcher(Protocol):
    """Starts a program for `attempting`; see `Attempting.launch`."""

    def __call__(
        self,
        attempting: "Attempting",
        argv: tuple[str, ...],
        *,
        env: Mapping[str, str],
        dir: str | None,
        confinement: Confinement,
    ) -> AbstractAsyncContextManager[Process]:
        """Raises LaunchError."""


class LaunchError(Exception):
    """A program could not be started, or was lost; the message says which and why."""


class Around(Protocol):
    """What a run gives its steps beside processes; see the engine."""

    caller: Caller

    def results_before(self, index: int) -> Mapping[str, StepResult]:
        """What the steps before step number `index` came to, by name, in the order of the file."""

    def make_key(self, index: int, answered: int) -> str:
        """A key for one request of a step, the same for all attempts until `answered` goes up."""

    def elapsed(self) -> float:
        """Seconds since the run began."""


class Asker(Protocol):
    """Asks a person; see the engine."""

    def __call__(self, message: str, limit: float | None) -> Awaitable[Decision]:
        """What was decided, or that nobody did within `limit` seconds."""


@define(eq=False, kw_only=True)
class Attempting:
    """One attempt as its step type sees it. `emit` adds an event of it to the timeline and returns its number once it
    is on disk; it raises EmitError. `exit_code`, `signal`, `output_bytes`, `receipt`, `usage`, `remark` (a limit that
    ended it) and `fault` (of an executor) tell of the program that it ran last, also when the attempt was cancelled. A
    step type sets `repeatable` to False when another attempt could do harm or cannot help: then there are no retries,
    however the attempt ends.

    `limit` is what the step gives an attempt, in seconds from when its program runs, and `scope` what it ends;
    `answered` counts earlier attempts that ended as failure: those that got an answer, and the answer was no."""

    params: Mapping[str, str]
    _launcher: Launcher
    emit: Callable[[EventData], Awaitable[int]]
    _around: Around
    _ask: Asker
    index: int = 0
    limit: float | None = None
    answered: int = 0
    repeatable: bool = True
    scope: trio.CancelScope | None = None
    exit_code: int | None = None
    signal: str | None = None
    output_bytes: int = 0
    receipt: Receipt | None = None
    usage: Usage | None = None
    remark: str | None = None
    fault: RetryOn | None = None

    def launch(
        self,
        argv: tuple[str, ...],
        *,
        env: Mapping[str, str],
        dir: str | None,
        confinement: Confinement = UNCONFINED,
    ) -> AbstractAsyncContextManager[Process]:
        """A program of this attempt: with the run's environment under `env`, in `dir` (relative to the run's
        directory; None is that itself), writing to the attempt's log, within `confinement`. Leaving the block ends all
        of the program. Raises LaunchError."""
        return self._launcher(self, argv, env=env, dir=dir, confinement=confinement)

    @property
    def results(self) -> Mapping[str, StepResult]:
        """What the steps before this one came to, by name, in the order of the file: with `needs`, those that it needs
        and theirs. Made anew at each look."""
        return self._around.results_before(self.index)

    @property
    def elapsed_s(self) -> float:
        """Seconds since the run began."""
        return self._around.elapsed()

    @property
    def idempotency_key(self) -> str:
        """What tells one request of this step from all others, on all hosts: the same for all attempts until one has
        got an answer, and after a restart of aegisd."""
        return self._around.make_key(self.index, self.answered)

    def expand(self, text: str) -> str:
        """`text` with parameters and earlier results put in. Raises UnresolvedError."""
        return expand(text, self.params, self._read)

    def expand_value(self, value: Any) -> Any:
        """As `expand`, for all texts in a JSON value."""
        return expand_value(value, self.params, self._read)

    async def send(self, service: str | None, request: Request) -> Answer:
        """The answer of `service`. Raises ServiceFault."""
        return await self._around.caller.send(service, request)

    async def ask(self, message: str) -> Decision:
        """What a person decides, or that nobody did within `limit`. The run gives its slot back meanwhile, and the
        question survives a restart of aegisd."""
        return await self._ask(message, self.limit)

    def _read(self, step: str, pointer: str) -> Any:
        return read_result(self.results, step, pointer)


@frozen(kw_only=True)
class StepType:
    """`execute(spec, attempting)` carries one attempt out; `describe(spec)` is what people see of it.

    A failed step is a value (`Outcome`), an exception a defect. `default_timeout` bounds attempts in seconds; with
    `keeps_time` the type sees to its limit itself, since it counts on through a restart of aegisd. With `outlives` the
    program of an attempt may go on while aegisd is replaced; the next aegisd then calls `execute` again, and `launch`
    gives it that program, so the type starts one, in the same way each time. `source` says where the type comes from.
    """

    name: str
    spec: type[Any]
    execute: Callable[[Any, Attempting], Awaitable[Outcome]]
    describe: Callable[[Any], str]
    default_timeout: float | None = None
    keeps_time: bool = False
    outlives: bool = False
    source: str = "built-in"
