"""What a step type is, and what it is given when an attempt executes."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from attrs import define, frozen

from aegisd.core.confinement import UNCONFINED, Confinement, Receipt, Usage
from aegisd.core.events import EventData
from aegisd.core.model import Outcome


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


@define(eq=False, kw_only=True)
class Attempting:
    """One attempt as its step type sees it. `emit` adds an event of it to the timeline and returns its number once it
    is on disk; it raises EmitError. `exit_code`, `signal`, `output_bytes`, `receipt`, `usage` and `remark` (a limit
    that ended it) tell of the program that it ran last, also when the attempt was cancelled."""

    params: Mapping[str, str]
    _launcher: Launcher
    emit: Callable[[EventData], Awaitable[int]]
    exit_code: int | None = None
    signal: str | None = None
    output_bytes: int = 0
    receipt: Receipt | None = None
    usage: Usage | None = None
    remark: str | None = None

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


@frozen(kw_only=True)
class StepType:
    """`execute(spec, attempting)` carries one attempt out; `describe(spec)` is what people see of it.

    A failed step is a value (`Outcome`), an exception a defect. `default_timeout` bounds attempts in seconds.
    """

    name: str
    spec: type[Any]
    execute: Callable[[Any, Attempting], Awaitable[Outcome]]
    describe: Callable[[Any], str]
    default_timeout: float | None = None
