"""Cancelled means gone: however a command ends, its tree ends with it and siblings go on. Real processes."""

import os
import signal
import sys
from pathlib import Path

import pytest
import trio
import trio.lowlevel
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aegisd.executors.command import Command
from aegisd.executors.local import LocalExecutor, LocalProcess
from tests.executors.kit import ENV, Bench, children, count_files, is_alive, is_gone, open_strategy


async def _cancel_once(bench: Bench, script: str, *, says: int) -> tuple[float, list[int]]:
    """Run `script` until it has said `says` lines, then cancel it. Returns how long its end took, and the pids that
    it said."""
    ended = trio.Event()
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:

            async def run() -> None:
                try:
                    await bench.shell(script)
                finally:
                    ended.set()

            nursery.start_soon(run)
            await bench.wait_lines(says)
            began = trio.current_time()
            nursery.cancel_scope.cancel()
    assert ended.is_set()
    assert not scope.cancelled_caught
    return trio.current_time() - began, [int(word) for word in bench.output().split() if word.isdigit()]


async def test_a_tree_is_terminated(bench: Bench) -> None:
    """A cancelled command and its children get SIGTERM and may clean up; their grace is not waited for."""
    bench.grace = 60
    script = 'trap "echo bye; exit 0" TERM; sleep 60 & echo $!; echo $$; wait'
    took, pids = await _cancel_once(bench, script, says=2)
    assert "bye" in bench.output()
    assert took < 30
    assert not any(map(is_alive, pids))


async def test_a_stubborn_tree_is_killed(bench: Bench) -> None:
    """SIGTERM is ignored by the shell and by what it starts: SIGKILL comes after the grace, for all."""
    script = 'trap "" TERM; sleep 60 & echo $!; echo $$; wait'
    took, pids = await _cancel_once(bench, script, says=2)
    assert 0.3 <= took < 30
    assert len(pids) == 2
    assert not any(map(is_alive, pids))


async def test_no_grace(bench: Bench) -> None:
    """With a grace of 0 a stubborn command is gone at once."""
    bench.grace = 0
    took, pids = await _cancel_once(bench, 'trap "" TERM; echo $$; while :; do sleep 1; done', says=1)
    assert took < 30
    assert not is_alive(pids[0])


async def test_in_a_hurry(bench: Bench) -> None:
    """Once `hurry` is set a stubborn command is killed, however much of its grace is left."""
    bench.grace = 60
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.shell, 'trap "" TERM; echo $$; sleep 60; sleep 60')
        pid = int((await bench.wait_lines(1))[0])
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await trio.sleep(0.1)
            assert is_alive(pid)
            bench.hurry.set()
            assert await is_gone(pid, within=20)


async def test_a_dead_leader(bench: Bench) -> None:
    """A program whose first thread has ended looks like a zombie; it is ended all the same."""
    script = (
        "import ctypes, os, signal, sys, threading, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "def go_on():\n"
        "    time.sleep(0.1)\n"
        "    print(os.getpid(), flush=True)\n"
        "    time.sleep(60)\n"
        "threading.Thread(target=go_on, daemon=True).start()\n"
        "ctypes.CDLL(None).pthread_exit(None)\n"
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.run, sys.executable, "-c", script)
        pid = int((await bench.wait_lines(1))[0])
        nursery.cancel_scope.cancel()
    assert not is_alive(pid)


async def test_children_of_other_sessions(bench: Bench) -> None:
    """A child that left for a session of its own is found through its parents and ends with the rest."""
    script = 'setsid sh -c "trap \\"\\" TERM; echo \\$\\$; sleep 60" & echo $!; echo $$; wait'
    _, pids = await _cancel_once(bench, script, says=3)
    assert len(pids) == 3
    assert not any(map(is_alive, pids))


async def test_a_tree_that_forks_while_it_is_killed(bench: Bench) -> None:
    """A command that forks as fast as it can leaves nobody behind."""
    script = 'trap "" TERM; echo $$; for i in 1 2 3 4; do (while :; do sleep 0.01; done) & done; wait'
    _, pids = await _cancel_once(bench, script, says=1)
    assert _members(pids[0]) == []


def _members(session: int) -> list[int]:
    """The living processes of `session`."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if is_alive(pid) and _session(pid) == session]


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


async def test_siblings_are_left_alone(bench: Bench, tmp_path: Path) -> None:
    """The end of one command does not touch another that runs beside it."""
    other = Bench(folder=tmp_path / "other", containment=bench.containment)
    (tmp_path / "other").mkdir()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(other.shell, "echo $$; sleep 60")
        await trio.lowlevel.checkpoint()
        await _cancel_once(bench, "echo $$; sleep 60", says=1)
        sibling = int((await other.wait_lines(1))[0])
        assert is_alive(sibling)
        nursery.cancel_scope.cancel()
    assert not is_alive(sibling)


async def test_what_is_left_behind_is_swept(bench: Bench) -> None:
    """A command that ends by itself takes its background children with it, at once and without grace."""
    began = trio.current_time()
    process = await bench.shell('(trap "" TERM; sleep 60) & echo $!; exit 3')
    assert trio.current_time() - began < 30
    assert process.exit_code == 3
    assert await is_gone(int(bench.output()), within=5)


async def test_a_block_that_raises(bench: Bench) -> None:
    """An error inside the block ends the command and comes out unchanged."""
    executor = bench.executor
    fd = os.open("/dev/null", os.O_WRONLY | os.O_CLOEXEC)
    seen: list[LocalProcess] = []
    try:
        with pytest.raises(KeyError, match="mine"):
            await _raise_inside(executor, fd, seen)
    finally:
        os.close(fd)
    assert seen[0].signal == "SIGTERM"
    assert not is_alive(seen[0].pid)


async def _raise_inside(executor: LocalExecutor, fd: int, seen: list[LocalProcess]) -> None:
    command = Command(argv=("sleep", "60"), env=ENV, dir="/", output_fd=fd)
    async with executor.open_process(command, hurry=trio.Event()) as process:
        seen.append(process)
        raise KeyError("mine")  # noqa: EM101 - no words needed


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 0.02))
def test_cancelled_while_it_starts(strategy: str, tmp_path: Path, delay: float) -> None:
    """Cancelled at any moment of its start, a command leaves neither a process nor a zombie nor a descriptor."""
    before = count_files()

    async def main() -> None:
        async with open_strategy(strategy, tmp_path) as containment:
            with trio.move_on_after(delay):
                await _sleep_in_null(LocalExecutor(containment=containment, grace=0.1))

    trio.run(main)
    assert children() == set()
    assert count_files() == before


async def _sleep_in_null(executor: LocalExecutor) -> None:
    fd = os.open("/dev/null", os.O_WRONLY | os.O_CLOEXEC)
    try:
        command = Command(argv=("sleep", "60"), env=ENV, dir="/", output_fd=fd)
        async with executor.open_process(command, hurry=trio.Event()) as process:
            await process.wait()
    finally:
        os.close(fd)


async def test_cancelled_before_it_starts(bench: Bench) -> None:
    """A block that is entered in a cancelled scope leaves nothing either."""
    before = children()
    with trio.CancelScope() as scope:
        scope.cancel()
        await bench.shell("sleep 60")
    assert scope.cancelled_caught
    assert children() == before


async def test_a_stopped_tree(bench: Bench) -> None:
    """A tree that was stopped (SIGSTOP) cannot act on SIGTERM; it is gone after the grace all the same."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.shell, "echo $$; sleep 60; true")
        pid = int((await bench.wait_lines(1))[0])
        os.kill(pid, signal.SIGSTOP)
        nursery.cancel_scope.cancel()
    assert not is_alive(pid)
