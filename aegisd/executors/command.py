"""A program to run, as an executor takes it, and what an executor raises when it cannot start it."""

import os
from collections.abc import Mapping

from attrs import frozen

from aegisd.core.confinement import UNCONFINED, Confinement


@frozen(kw_only=True)
class Command:
    """What to run: arguments, the whole environment, an absolute directory, where output goes, what it may use and
    see. `name` says whose it is (`run-7.step-0.attempt-1`), for who looks at the host. A sandbox leaves it `writes` to
    write in and `reads` to read, whatever else of aegisd's it hides: absolute paths of folders and files.

    With a `memo` the program may outlive aegisd, where that is wanted, and the next aegisd gets the memo back.
    `is_taken_over`: it is such a program, which runs or has ended already, and is not to be started."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    dir: str
    output_fd: int
    name: str = "command"
    confinement: Confinement = UNCONFINED
    writes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    memo: str | None = None
    is_taken_over: bool = False


class SpawnError(Exception):
    """The program could not be started, or was lost; the message names it and says why."""


def explain_refusal(command: Command, error: OSError | ValueError) -> str:
    """Why `command` cannot be started, from what the kernel or Python said."""
    program = command.argv[0]
    if not isinstance(error, OSError):
        return f"cannot start {program}: {error}"
    if not os.path.isdir(command.dir):  # noqa: PTH112 - the message needs no more
        return f"cannot start {program}: the directory {command.dir} is not there"
    reason = os.strerror(error.errno) if error.errno else str(error)
    return f"cannot start {program} in {command.dir}: {reason}"
