"""Containment by cgroups: where programs live, what escapes, what an earlier life left, who ends it all."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from aegisd.core.confinement import Confinement
from aegisd.executors.cgroup import CgroupContainment, end_earlier_lives
from aegisd.executors.cgroups import CgroupRoot, find_cgroups, may_enable
from aegisd.executors.command import Command, SpawnError
from aegisd.executors.limits import explain_limits, limit_cgroup
from aegisd.executors.local import LocalExecutor
from aegisd.programs import list_arguments
from aegisd.programs.cgroup_tree import end_tree
from tests.executors.kit import ENV, Bench, children, is_alive, is_gone, open_strategy, skip_without
from tests.source import ROOT


@pytest.fixture
async def containment(tmp_path: Path) -> AsyncIterator[CgroupContainment]:
    """Cgroups, with the state in `tmp_path`."""
    async with open_strategy("cgroup", tmp_path) as opened:
        assert isinstance(opened, CgroupContainment)
        yield opened


def _root() -> Path:
    skip_without("cgroup")
    found = find_cgroups()
    assert isinstance(found, CgroupRoot)
    return Path(found.path)


def _own_path(text: str) -> str:
    return next(line[3:] for line in text.splitlines() if line.startswith("0::"))


@pytest.mark.parametrize("argv", [("cat", "/proc/self/cgroup"), ("/bin/sh", "-c", "cat /proc/self/cgroup")])
async def test_the_name(argv: tuple[str, ...], bench: Bench, containment: CgroupContainment) -> None:
    """A program finds itself in a cgroup with the name of its attempt, which is gone after it."""
    fd = os.open(bench.folder / "output", os.O_WRONLY | os.O_CREAT)
    name = "run-7.step-0.attempt-1"
    command = Command(argv=argv, env=ENV, dir="/", output_fd=fd, name=name)
    async with LocalExecutor(containment=containment, grace=1).open_process(command, hurry=trio.Event()) as process:
        await process.wait()
    os.close(fd)
    own = _own_path(bench.output())
    assert own.endswith(f"/{name}")
    assert _list_cgroups(containment) == []
    assert own.split("/")[-2] == Path(containment.life).name


async def test_a_line_of_shell_is_as_ever(bench: Bench) -> None:
    """What enters in front of a script changes neither its arguments, its name, nor the numbers of its lines."""
    script = 'echo "$0 $# $*"\ncd /nonexistent\n\n# no word\ncd /nonexistent; exit 3'
    process = await bench.shell(script)
    assert process.exit_code == 3
    assert bench.output() == _run_plainly(script)


def _run_plainly(script: str) -> str:
    """The output of a line of shell that nobody contains."""
    done = subprocess.run(["/bin/sh", "-c", script], env=ENV, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("code", [125, 126, 127])
@pytest.mark.parametrize("argv", [("/bin/sh", "-c"), ("sh", "-c")])
async def test_codes_that_the_shell_uses_too(code: int, argv: tuple[str, ...], bench: Bench) -> None:
    """Exit codes by which a shell says that it could not execute are the program's when the program gave them."""
    process = await bench.run(*argv, f"exit {code}")
    assert process.exit_code == code


async def test_a_program_that_changes_after_the_check(bench: Bench) -> None:
    """A program that cannot be executed after all is an error of the start, and the shell's words are in the output."""
    broken = bench.folder / "broken"
    broken.write_bytes(b"\x7fELF and nothing else")
    broken.chmod(0o755)
    with pytest.raises(SpawnError, match=r"cannot start \./broken in .*: its output says why"):
        await bench.run("./broken")
    assert "exec" in bench.output()


async def test_a_cgroup_that_cannot_be_entered(bench: Bench, containment: CgroupContainment) -> None:
    """A program whose cgroup is gone is not run outside of it."""
    life, containment.life = containment.life, f"{containment.life}/gone"
    with pytest.raises(SpawnError, match="no cgroup can be made"):
        await bench.shell("echo never")
    assert bench.output() == ""
    containment.life = life


async def test_cgroups_in_the_cgroup(bench: Bench, containment: CgroupContainment) -> None:
    """Cgroups that a step makes and moves processes into are emptied and removed with it."""
    script = (
        "own=$(sed -n s/^0:://p /proc/self/cgroup); place=$ROOT/${own#/}; mkdir -p $place/a/b; "
        "setsid -f sh -c 'trap \"\" TERM; echo 0 >$0/a/b/cgroup.procs; echo $$; sleep 60; sleep 60' $place; "
        "while [ ! -s output ]; do :; done"
    )
    process = await bench.shell(script, env={**ENV, "ROOT": _mount()})
    assert process.receipt is not None
    assert process.receipt.killed >= 1
    assert await is_gone(int(bench.output()))
    assert _list_cgroups(containment) == []


def _list_cgroups(containment: CgroupContainment) -> list[str]:
    """The cgroups of attempts."""
    return [entry.name for entry in Path(containment.life).iterdir() if entry.is_dir()]


def _mount() -> str:
    """Where the hierarchy is mounted."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return next(line.split()[4] for line in lines if " - cgroup2 " in line)


async def test_a_main_process_that_moved_away(bench: Bench) -> None:
    """A main process that has left its cgroup is still the main process: it ends with the attempt."""
    async with trio.open_nursery() as nursery:
        script = f'trap "" TERM; echo 0 >{_root()}/cgroup.procs && echo $$; while :; do sleep 0.1; done'
        nursery.start_soon(bench.shell, script)
        (pid,) = await bench.wait_lines(1)
        nursery.cancel_scope.cancel()
    assert not is_alive(int(pid))


async def test_earlier_lives(tmp_path: Path) -> None:
    """What earlier lives with the same state directory left is ended at the start; others are left alone."""
    root = _root()
    async with open_strategy("cgroup", tmp_path) as containment:
        prefix = Path(containment.life).name.rpartition("-")[0].rpartition("-")[0]  # type: ignore[attr-defined]
    left, other = root / f"{prefix}-1-abc", root / "aegis-other-1-abc"
    sleeper = _sleep()
    try:
        for place in (left / "run-1.step-0.attempt-1", other):
            place.mkdir(parents=True)
        (left / "run-1.step-0.attempt-1/cgroup.procs").write_text(str(sleeper.pid))
        assert await end_earlier_lives(tmp_path, []) == 1, "the record says where"
        assert not left.exists()
        assert sleeper.wait(5) == -signal.SIGKILL
        assert other.exists()
        assert await end_earlier_lives(tmp_path, [str(root)]) == 0
    finally:
        sleeper.kill()
        other.rmdir()


def _ignores(pid: int, number: signal.Signals) -> bool:
    """Whether a process has come as far as to ignore that signal."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    mask = next(line.split()[1] for line in lines if line.startswith("SigIgn:"))
    return bool(int(mask, 16) >> number - 1 & 1)


async def test_the_warden(tmp_path: Path) -> None:
    """The warden ends the tree when the lifeline ends, also what arrives meanwhile, and ignores other signals."""
    place = _root() / f"aegis-test-{os.getpid()}"
    (place / "leaf").mkdir(parents=True)
    read, write = os.pipe()
    warden = _start_warden(place, read)
    os.close(read)
    sleepers = [_sleep(), _sleep()]
    (place / "leaf/cgroup.procs").write_text(str(sleepers[0].pid))
    with trio.fail_after(60):
        while not _ignores(warden.pid, signal.SIGTERM):  # noqa: ASYNC110 - of another process
            await trio.sleep(0.01)
    warden.terminate()
    (place / "leaf/cgroup.procs").write_text(str(sleepers[1].pid))
    assert warden.poll() is None
    os.close(write)
    with trio.fail_after(10):
        assert await trio.to_thread.run_sync(warden.wait) == 0
    assert [sleeper.wait(5) for sleeper in sleepers] == [-signal.SIGKILL] * 2
    assert not place.exists()


def _sleep() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(["sleep", "60"])


def _start_warden(place: Path, lifeline: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(list_arguments("warden", str(place)), stdin=lifeline)


async def test_another_warden(containment: CgroupContainment) -> None:
    """A warden that was killed is replaced."""
    (first,) = children()
    os.kill(first, signal.SIGKILL)
    with trio.fail_after(10):
        while children() in ({first}, set()):  # noqa: ASYNC110 - the kernel does not tell
            await trio.sleep(0.01)


def test_limits_are_written(tmp_path: Path) -> None:
    """Each limit goes into its file, in the kernel's units; none that is not asked for."""
    names = ("memory.max", "memory.oom.group", "memory.swap.max", "cpu.max", "pids.max")
    for name in names:
        (tmp_path / name).touch()
    limit_cgroup(str(tmp_path), Confinement(memory=1 << 20, cpus=1.5, pids=64))
    assert [(tmp_path / name).read_text() for name in names] == ["1048576", "1", "0", "150000 100000", "64"]
    limit_cgroup(str(tmp_path / "nowhere"), Confinement())


def test_limits_that_were_met(tmp_path: Path) -> None:
    """A limit that stopped something is named, with what it was."""
    asked = Confinement(memory=64 << 20, pids=10)
    assert explain_limits(str(tmp_path), asked) is None
    (tmp_path / "memory.events").write_text("low 0\nhigh 0\nmax 12\noom 1\noom_kill 0\n")
    assert explain_limits(str(tmp_path), asked) is None
    (tmp_path / "memory.events").write_text("low 0\nhigh 0\nmax 12\noom 1\noom_kill 3\n")
    assert explain_limits(str(tmp_path), asked) == "out of memory: it may use 64 MiB"
    (tmp_path / "pids.events").write_text("max 7\n")
    assert "it has reached its limit of 10 processes" in str(explain_limits(str(tmp_path), asked))
    assert explain_limits(str(tmp_path), Confinement()) is None


def test_a_delegated_cgroup(tmp_path: Path) -> None:
    """In a cgroup that is its own (Delegate=yes) aegisd makes room for controllers: it moves into `supervisor`, steps
    get what there is, and the next aegisd from there finds the same place."""
    root = _root()
    control, unit = root / "cgroup.subtree_control", root / f"aegis-test-unit-{os.getpid()}"
    names = (root / "cgroup.controllers").read_text().split()
    given = control.read_text().split()
    if not names or not may_enable(str(root)):
        pytest.skip("NOT TESTED HERE: delegation (no controller of cgroups version 2, or none that may be given on)")
    control.write_text(f"+{names[0]}")
    unit.mkdir()
    try:
        done = subprocess.run(
            [sys.executable, "-c", _DELEGATED, str(unit), names[0], str(tmp_path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.stdout.splitlines() == [f"{unit}/supervisor", names[0], "0", str(unit)], done.stderr
    finally:
        assert end_tree(str(unit), patience=5)
        if names[0] not in given:
            control.write_text(f"-{names[0]}")


_DELEGATED = """
import sys, os, trio
from pathlib import Path
from aegisd.executors import cgroup, cgroups
from aegisd.executors.opening import open_containment
from tests.executors.kit import Bench

unit, name, folder = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
cgroup.WANTED = cgroups.WANTED = (name,)
(unit / "cgroup.procs").write_text("0")

async def main():
    async with open_containment("cgroup", state_dir=folder) as containment:
        own = [line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::")]
        print(str(unit.parent) + own[0][own[0].index("/aegis-test-unit"):])
        print((Path(containment.life) / "cgroup.subtree_control").read_text().strip())
        bench = Bench(folder=folder, containment=containment)
        process = await bench.shell("grep supervisor /proc/self/cgroup && exit 9; exit 0")
        print(process.exit_code)
        print(cgroups.find_cgroups().path)

trio.run(main)
"""
