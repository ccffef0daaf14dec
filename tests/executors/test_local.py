"""Commands as children of aegisd: how they start, what they find, how they end. Real processes, the real clock."""

import errno
import os
import signal
import stat
from pathlib import Path

import pytest
import trio

from aegisd.executors.command import SpawnError
from tests.executors.kit import ENV, Bench, children, count_files


@pytest.mark.parametrize("code", [0, 1, 3, 126, 255])
async def test_exit_codes(code: int, bench: Bench) -> None:
    """The exit code of the program, as it is."""
    process = await bench.shell(f"exit {code}")
    assert (process.exit_code, process.signal) == (code, None)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
async def test_signals_by_name(number: signal.Signals, bench: Bench) -> None:
    """A program that a signal ended has the signal's name and no exit code."""
    process = await bench.shell(f"ulimit -c 0; kill -{int(number)} $$")
    assert (process.exit_code, process.signal) == (None, number.name)


async def test_a_signal_without_a_name(bench: Bench) -> None:
    """Real-time signals have numbers only."""
    process = await bench.shell(f"kill -{signal.SIGRTMIN + 3} $$")
    assert process.signal == f"signal {signal.SIGRTMIN + 3}"


async def _refusal(bench: Bench, *argv: str, dir: str | None = None) -> str:
    before = children()
    with pytest.raises(SpawnError) as caught:
        await bench.run(*argv, dir=dir)
    assert children() == before
    return str(caught.value)


async def test_a_missing_program(bench: Bench) -> None:
    """The message names the program, the directory and the reason."""
    expected = f"cannot start no-such-program in {bench.folder}: No such file or directory"
    assert await _refusal(bench, "no-such-program", "--flag") == expected


async def test_a_program_that_is_not_executable(bench: Bench) -> None:
    """A file without the execute bit is a permission matter."""
    (bench.folder / "script").write_text("#!/bin/sh\n")
    assert await _refusal(bench, "./script") == f"cannot start ./script in {bench.folder}: Permission denied"


async def test_a_program_of_another_format(bench: Bench) -> None:
    """A file that the kernel cannot execute is said to be so."""
    script = bench.folder / "script"
    script.write_text("no first line\n")
    _make_executable(script)
    assert "Exec format error" in await _refusal(bench, "./script")


async def test_a_missing_interpreter(bench: Bench) -> None:
    """A script whose interpreter is not there does not blame the directory."""
    script = bench.folder / "script"
    script.write_text("#!/no/such/interpreter\n")
    _make_executable(script)
    assert await _refusal(bench, "./script") == f"cannot start ./script in {bench.folder}: No such file or directory"


async def test_a_missing_directory(bench: Bench) -> None:
    """Not the program is blamed but the directory."""
    gone = str(bench.folder / "gone")
    assert await _refusal(bench, "true", dir=gone) == f"cannot start true: the directory {gone} is not there"


async def test_a_nul_in_an_argument(bench: Bench) -> None:
    """What no program can be given is refused in words, not with a traceback."""
    assert await _refusal(bench, "echo", "a\0b") == "cannot start echo: embedded null byte"


async def test_arguments_that_are_too_long(bench: Bench) -> None:
    """The kernel's limit on arguments is said in its words."""
    assert "Argument list too long" in await _refusal(bench, "echo", "x" * 4_000_000)


@pytest.mark.parametrize("strategy", ["cgroup"], indirect=True)
async def test_a_program_that_cannot_be_watched(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the last file descriptor is gone as a program starts, it does not go on unwatched."""

    def pidfd_open(pid: int) -> int:
        raise OSError(errno.EMFILE, str(pid))

    with monkeypatch.context() as patched:
        patched.setattr(os, "pidfd_open", pidfd_open)
        assert "Too many open files" in await _refusal(bench, "sleep", "60")


async def test_standard_input_is_empty(bench: Bench) -> None:
    """A program that asks finds the end of its input at once, and no terminal."""
    await bench.shell("readlink /proc/self/fd/0; cat; test -t 0 || echo no terminal")
    assert bench.output() == "/dev/null\nno terminal\n"


async def test_no_other_files_are_inherited(bench: Bench) -> None:
    """A step sees 0, 1 and 2 and nothing of what aegisd has open."""
    read, write = os.pipe()
    try:
        await bench.shell("fd=0; while [ $fd -lt 300 ]; do [ ! -e /proc/$$/fd/$fd ] || echo $fd; fd=$((fd + 1)); done")
    finally:
        os.close(read)
        os.close(write)
    assert bench.output().split() == ["0", "1", "2"]


async def test_a_session_of_its_own(bench: Bench) -> None:
    """A step leads its own session and process group, without a controlling terminal."""
    process = await bench.shell("cat /proc/$$/stat")
    fields = bench.output().rpartition(")")[2].split()
    group, session, terminal = fields[2:5]
    assert (int(group), int(session), int(terminal)) == (process.pid, process.pid, 0)
    assert process.pid != os.getsid(0)


async def test_the_environment_is_what_was_given(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the environment of aegisd comes along; a shell in front adds PWD, which every step has anyway."""
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    await bench.run("env", env={**ENV, "PWD": str(bench.folder), "GIVEN": "yes"})
    names = {line.partition("=")[0] for line in bench.output().splitlines()}
    assert names == {"PATH", "PWD", "GIVEN"}


async def test_the_directory(bench: Bench) -> None:
    """A program runs where it was told to."""
    (bench.folder / "sub").mkdir()
    await bench.run("/bin/pwd", "-P", dir=str(bench.folder / "sub"))
    assert bench.output() == f"{bench.folder}/sub\n"


async def test_signals_are_not_ignored(bench: Bench) -> None:
    """A step gets the signals of a fresh program: SIGPIPE, which Python ignores, ends `yes | head`."""
    await bench.shell("grep -E 'SigIgn' /proc/self/status")
    ignored = int(bench.output().split()[1], 16)
    assert not ignored & 1 << (signal.SIGPIPE - 1)
    assert not ignored & 1 << (signal.SIGTERM - 1)


async def test_nothing_is_left_open(bench: Bench) -> None:
    """A hundred programs leave neither a file descriptor nor a zombie."""
    await bench.shell("true")
    before = count_files(), children()
    async with trio.open_nursery() as nursery:
        for number in range(100):
            nursery.start_soon(bench.shell, f"exit {number % 3}")
    assert (count_files(), children()) == before


def _make_executable(path: Path) -> None:
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
