"""Programs as children: what they get of aegisd and what they do not."""

import os
import signal
from pathlib import Path

from aegisd.executors.command import Command
from aegisd.executors.spawning import close_inherited, spawn


def _run(script: str, folder: Path) -> str:
    """The output of a line of shell."""
    path = folder / "output"
    with path.open("wb") as output:
        command = Command(argv=("/bin/sh",), env={"PATH": "/usr/bin:/bin"}, dir=str(folder), output_fd=output.fileno())
        pid, pidfd = spawn(command, ("/bin/sh", "-c", script))
        os.waitpid(pid, 0)
        os.close(pidfd)
    return path.read_text()


def test_what_aegisd_was_given(tmp_path: Path) -> None:
    """Descriptors that whoever started aegisd left open are not handed on to the programs of steps."""
    read, write = os.pipe()
    os.set_inheritable(write, True)  # noqa: FBT003 - the standard library's own signature
    try:
        assert _run(f"test -e /proc/$$/fd/{write} && echo there", tmp_path) == "there\n"
        close_inherited()
        assert _run(f"test -e /proc/$$/fd/{write} || echo not there", tmp_path) == "not there\n"
    finally:
        os.close(read)
        os.close(write)


def test_signals_are_default_again(tmp_path: Path) -> None:
    """Python ignores SIGPIPE and SIGXFSZ; a pipeline of a step must end by it."""
    ignored = int(_run("grep SigIgn /proc/self/status", tmp_path).split()[1], 16)
    assert [number for number in signal.Signals if ignored >> number - 1 & 1 and number < signal.SIGRTMIN] == []
