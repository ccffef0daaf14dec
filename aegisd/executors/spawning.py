"""Starts a program as a child of aegisd, with a descriptor that tells its end.

Spawning happens in the event loop's own thread. A worker thread would protect nothing: CPython holds its lock from
vfork until the program is loaded, so the loop would stand still all the same, and the way there and back costs more
than the rest of the step. posix_spawn(3) is a tenth faster than the standard library's `subprocess`: it closes no
descriptors, since all of aegisd's are closed on exec (`close_inherited`), and it cannot change the directory, which
the shell that enters the cgroup does.
"""

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from aegisd.executors.command import Command, SpawnError, explain_refusal

_T = TypeVar("_T")
_DEFAULT_AGAIN = (signal.SIGPIPE, signal.SIGXFSZ)  # which Python ignores


def spawn(command: Command, argv: tuple[str, ...]) -> tuple[int, int]:
    """Start `argv` with the environment and the output of `command`, in a session of its own and in aegisd's directory;
    returns its pid and its pidfd. Raises SpawnError.

    A program that cannot be watched (no descriptor is left) does not go on.
    """
    nice = command.confinement.nice
    try:
        pid = _spawn(command, argv) if nice is None else _call_nicely(nice, lambda: _spawn(command, argv))
    except (OSError, ValueError) as error:
        raise SpawnError(explain_refusal(command, error)) from error
    try:
        return pid, os.pidfd_open(pid)
    except OSError as error:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise SpawnError(explain_refusal(command, error)) from error


def _spawn(command: Command, argv: tuple[str, ...]) -> int:
    files = (
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, command.output_fd, 1),
        (os.POSIX_SPAWN_DUP2, command.output_fd, 2),
    )
    return os.posix_spawn(
        argv[0], argv, command.env, file_actions=files, setsid=True, setsigdef=_DEFAULT_AGAIN, setsigmask=()
    )


def close_inherited() -> None:
    """Have every descriptor that this process was given at its start closed in the programs that it starts."""
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names are numbers
        if int(name) > 2:
            with suppress(OSError):
                os.set_inheritable(int(name), False)  # noqa: FBT003 - the standard library's own signature


def _call_nicely(nice: int, call: Callable[[], _T]) -> _T:
    """`call()` in a thread of its own with that niceness, which a child inherits: there is no moment in which it, or
    what it starts, runs without. A thread cannot be made less nice again, and nothing can be made less
    nice than aegisd, so the thread is not used twice."""
    results: list[_T] = []
    errors: list[OSError | ValueError] = []

    def run() -> None:
        try:
            own = os.getpriority(os.PRIO_PROCESS, 0)
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), max(own, nice))
            results.append(call())
        except (OSError, ValueError) as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
