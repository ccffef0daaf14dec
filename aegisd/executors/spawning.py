"""Starts a program as a child of aegisd, with a descriptor that tells its end.

Spawning happens in the event loop's own thread. A worker thread would protect nothing: CPython holds its lock from
vfork until the program is loaded, so the loop would stand still all the same, and the way there and back costs more
than the rest of the step.
"""

import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from aegisd.executors.command import Command, SpawnError, explain_refusal

_T = TypeVar("_T")


def spawn(command: Command, argv: Sequence[str]) -> tuple["subprocess.Popen[bytes]", int]:
    """Start `argv` as `command` says; returns it with its pidfd. Raises SpawnError.

    A program that cannot be watched (no descriptor is left) does not go on.
    """
    nice = command.confinement.nice
    try:
        popen = _spawn(command, argv) if nice is None else _call_nicely(nice, lambda: _spawn(command, argv))
    except (OSError, ValueError) as error:
        raise SpawnError(explain_refusal(command, error)) from error
    try:
        return popen, os.pidfd_open(popen.pid)
    except OSError as error:
        popen.kill()
        popen.wait()
        raise SpawnError(explain_refusal(command, error)) from error


def _spawn(command: Command, argv: Sequence[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - running what the workflow says is the purpose
        argv,
        env=command.env,
        cwd=command.dir,
        stdin=subprocess.DEVNULL,
        stdout=command.output_fd,
        stderr=command.output_fd,
        start_new_session=True,
    )


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
