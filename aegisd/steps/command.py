"""The step type `command`: a program or a line of shell, run by an executor."""

import shlex
from collections.abc import Mapping

from attrs import frozen

from aegisd.core.model import Outcome, Result
from aegisd.core.schema import Kind, key
from aegisd.core.template import expand
from aegisd.steps.base import Attempting, LaunchError, StepType


@frozen(kw_only=True)
class CommandSpec:
    """The keys of a `command` step."""

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


async def execute(spec: CommandSpec, attempting: Attempting) -> Outcome:
    """Run the command to its end."""
    argv = _argv(spec, attempting.params)
    env = {name: expand(value, attempting.params) for name, value in spec.env.items()}
    try:
        async with attempting.launch(argv, env=env, dir=spec.dir) as process:
            await process.wait()
    except LaunchError as error:
        return Outcome(result=Result.ERROR, error=str(error))
    return _judge(spec, attempting.exit_code, attempting.signal)


def _argv(spec: CommandSpec, params: Mapping[str, str]) -> tuple[str, ...]:
    if isinstance(spec.run, str):
        return ("/bin/sh", "-c", spec.run)
    return tuple(expand(argument, params) for argument in spec.run)


def _judge(spec: CommandSpec, exit_code: int | None, signal: str | None) -> Outcome:
    if signal is not None:
        return Outcome(result=Result.FAILURE, error=f"ended by {signal}", signal=signal)
    if exit_code in spec.ok_exit_codes:
        return Outcome(result=Result.SUCCESS, exit_code=exit_code)
    return Outcome(result=Result.FAILURE, error=f"exit {exit_code}", exit_code=exit_code)


def _describe(spec: CommandSpec) -> str:
    return spec.run if isinstance(spec.run, str) else shlex.join(spec.run)


COMMAND = StepType(name="command", spec=CommandSpec, execute=execute, describe=_describe)
