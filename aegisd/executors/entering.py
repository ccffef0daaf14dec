"""How a program gets into its directory and its cgroup before its first instruction: a shell in front of it enters,
then becomes it.

A line of shell needs no second shell: what enters is put before the script, on its first line, so that the numbers of
lines in messages stay right. A program that could be started inside the cgroup (clone3 with CLONE_INTO_CGROUP, which
posix_spawn offers from glibc 2.39 on) would come in without the 0.4 ms that the kernel takes to move a process; it
would replace this file.
"""

import os

from aegisd.executors.command import Command, SpawnError
from aegisd.executors.program import check_dir, find_program

SHELL = "/bin/sh"
REFUSED = 125

_FLAG = "cgroup.max.descendants"
_ENTER = (
    'cd -- "$1"&&unset OLDPWD&&echo 0 >"$2/cgroup.procs"||'
    f"""{{ echo 0 >"$2/{_FLAG}";exit {REFUSED};}};shift 2;"""
)
_ENTER_AND_EXECUTE = (
    f"""trap 'echo 0 >"$0/{_FLAG}"' EXIT;"""
    f"""cd -- "$1"&&unset OLDPWD&&shift&&echo 0 >"$0/cgroup.procs"&&exec "$@";exit {REFUSED}"""
)


def wrap(command: Command, cgroup: str) -> tuple[str, ...]:
    """The arguments that run `command` in `cgroup`. Raises OSError when its program cannot be executed."""
    if command.argv[:2] == (SHELL, "-c") and len(command.argv) == 3:
        check_dir(command.dir)
        return (SHELL, "-c", _ENTER + command.argv[2], SHELL, command.dir, cgroup)
    name, *arguments = command.argv
    path = find_program(name, env=command.env, dir=command.dir)
    name = path if name.startswith("-") else name
    return (SHELL, "-c", _ENTER_AND_EXECUTE, cgroup, command.dir, name, *arguments)


def check_entered(command: Command, cgroup: str, exit_code: int) -> None:
    """Raise SpawnError when `exit_code` is the shell's own: the program was never executed.

    The shell leaves a mark in a file of the cgroup that nothing else needs, since any exit code may be the program's.
    Why it failed is in the output, in the shell's words.
    """
    if exit_code not in (REFUSED, 126, 127):
        return
    try:
        with open(f"{cgroup}/{_FLAG}", "rb") as file:  # noqa: PTH123 - half the time of pathlib, on the way to each step
            marked = file.read().strip() == b"0"
    except OSError:
        return
    if marked:
        name = os.path.basename(cgroup)  # noqa: PTH119 - as above
        message = f"cannot start {command.argv[0]} in {command.dir}: its output says why (cgroup {name})"
        raise SpawnError(message)
