"""The step type `command`: a program or a line of shell, run by an executor."""

import shlex
import signal as signals
from collections.abc import Mapping
from typing import ClassVar

from attrs import frozen

from aegisd.core.confinement import Confinement
from aegisd.core.model import Outcome, Result, Sandboxing
from aegisd.core.schema import Kind, key
from aegisd.core.template import UnresolvedError
from aegisd.steps.base import Attempting, LaunchError, StepType


@frozen(kw_only=True)
class CommandSpec:
    """The keys of a `command` step."""

    runs_program: ClassVar[bool] = True

    run: str | tuple[str, ...] = key(
        Kind.COMMAND,
        "What to run. A string goes to `sh -c`; a list is a program and its arguments, without a shell. "
        "`{name}` stands for a parameter in a list only: a shell reads `$AEGIS_PARAM_NAME`.",
        example='"pytest -q"',
        template=True,
    )
    env: Mapping[str, str] = key(
        Kind.TEXT_MAP,
        "Environment variables of this step, over those of the workflow.",
        example='{ CI = "true" }',
        factory=dict,
        template=True,
    )
    dir: str | None = key(
        Kind.TEXT,
        "Where to run, relative to the run's directory.",
        example='"frontend"',
        default=None,
        default_text="the run's directory",
    )
    ok_exit_codes: tuple[int, ...] = key(
        Kind.COUNTS, "Exit codes that count as success.", example="[0, 3]", default=(0,), minimum=0, maximum=255
    )
    memory: int | None = key(
        Kind.SIZE,
        "The memory that the step and all that it starts may use together. What takes more is killed. Needs a cgroup.",
        example='"2GiB"',
        default=None,
        minimum=1024 * 1024,
        default_text="no limit",
    )
    cpus: float | None = key(
        Kind.NUMBER,
        "The processors that the step may use, in time: 0.5 is half of one. Needs a cgroup.",
        example="1.5",
        default=None,
        minimum=0.01,
        maximum=8192,
        default_text="no limit",
    )
    pids: int | None = key(
        Kind.COUNT,
        "The processes and threads that the step may have at once; one more cannot be started. Needs a cgroup.",
        example="200",
        default=None,
        minimum=1,
        maximum=4_194_304,
        default_text="no limit",
    )
    nice: int | None = key(
        Kind.COUNT,
        "How much the step stands back for others when processors are short: 19 the most.",
        example="10",
        default=None,
        minimum=0,
        maximum=19,
        default_text="that of aegisd",
    )
    wait_for_children: bool = key(
        Kind.FLAG,
        "Whether the step goes on until all that it started has ended. Else what outlives its main process is killed.",
        example="true",
        default=False,
    )
    sandbox: Sandboxing | None = key(  # noqa: RUF009 - attrs' field()
        Kind.CHOICE,
        "`bwrap` runs the step in a sandbox of bubblewrap: it can write in the run's directory and in a `/tmp` of its "
        "own, and sees no processes, secrets and workspaces but its own.",
        example='"bwrap"',
        default=None,
        default_text='the workflow\'s, else "none"',
    )
    network: bool | None = key(
        Kind.FLAG,
        "With `false` the step reaches no network, not even this host's own services. Needs `sandbox`.",
        example="true",
        default=None,
        default_text="the workflow's, else true",
    )


async def execute(spec: CommandSpec, attempting: Attempting) -> Outcome:
    """Run the command to its end."""
    try:
        argv = _argv(spec, attempting)
        env = {name: _fit(attempting.expand(value)) for name, value in spec.env.items()}
        async with attempting.launch(argv, env=env, dir=spec.dir, confinement=confine(spec)) as process:
            await process.wait()
    except LaunchError as error:
        return Outcome(result=Result.ERROR, error=str(error))
    except UnresolvedError as error:
        return Outcome(result=Result.FAILURE, error=str(error))
    return _judge(spec, attempting.exit_code, attempting.signal)


def confine(spec: CommandSpec) -> Confinement:
    """What the step may use and see."""
    return Confinement(
        memory=spec.memory,
        cpus=spec.cpus,
        pids=spec.pids,
        nice=spec.nice,
        sandbox=spec.sandbox.value if spec.sandbox is Sandboxing.BWRAP else None,
        network=spec.network is not False,
        wait_for_children=spec.wait_for_children,
    )


def _argv(spec: CommandSpec, attempting: Attempting) -> tuple[str, ...]:
    if isinstance(spec.run, str):
        return ("/bin/sh", "-c", spec.run)
    return tuple(_fit(attempting.expand(argument)) for argument in spec.run)


def _fit(text: str) -> str:
    """`text` itself when a program can take it; a result of an earlier step may be anything."""
    if "\0" in text:
        message = "an earlier result holds a NUL character, which no program can take"
        raise UnresolvedError(message)
    return text


def _judge(spec: CommandSpec, exit_code: int | None, signal: str | None) -> Outcome:
    if signal is not None and spec.sandbox is Sandboxing.BWRAP and _code_of(signal) in spec.ok_exit_codes:
        return Outcome(result=Result.SUCCESS, exit_code=_code_of(signal))
    if signal is not None:
        return Outcome(result=Result.FAILURE, error=f"ended by {signal}", signal=signal)
    if exit_code in spec.ok_exit_codes:
        return Outcome(result=Result.SUCCESS, exit_code=exit_code)
    return Outcome(result=Result.FAILURE, error=f"exit {exit_code}", exit_code=exit_code)


def _code_of(signal: str) -> int:
    """The exit code by which a sandbox tells of a signal, which can also be the program's own."""
    return 128 + signals.Signals[signal] if signal in signals.Signals.__members__ else -1


def _describe(spec: CommandSpec) -> str:
    return spec.run if isinstance(spec.run, str) else shlex.join(spec.run)


COMMAND = StepType(name="command", spec=CommandSpec, execute=execute, describe=_describe, outlives=True)
