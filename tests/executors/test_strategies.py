"""What a strategy of containment promises, for each that this host has: receipts, usage, niceness, nothing left."""

import os
import resource
import signal
from pathlib import Path

import pytest
import trio

from aegisd.core.confinement import Confinement
from aegisd.executors.command import SpawnError
from aegisd.executors.containment import Containment
from tests.executors.kit import Bench, is_alive, is_gone


async def test_the_receipt_of_a_quiet_end(bench: Bench, strategy: str) -> None:
    """A command that goes alone has a receipt that says so."""
    process = await bench.shell("sh -c true")
    assert process.receipt is not None
    assert process.receipt.strategy == strategy
    assert (process.receipt.killed, process.receipt.empty, process.receipt.left) == (0, True, ())
    assert process.receipt.took_s < 0.1


async def test_the_receipt_of_a_killed_tree(bench: Bench) -> None:
    """What had to be killed is counted, and the time it took."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.shell, 'trap "" TERM; sleep 60 & sleep 60 & echo up; wait; sleep 60')
        await bench.wait_lines(1)
        nursery.cancel_scope.cancel()
    assert bench.last is not None
    receipt = bench.last.receipt
    assert receipt is not None
    assert receipt.killed in (3, 4)  # the shell and its children, with the third one if it was quick
    assert receipt.took_s >= bench.grace
    assert receipt.empty


async def test_orphans_without_a_trace(bench: Bench) -> None:
    """A process in a session of its own, without parents and environment, is found and counted."""
    process = await bench.shell("env -i setsid -f sh -c 'echo $$; exec sleep 60'; while [ ! -s output ]; do :; done")
    assert process.receipt is not None
    assert process.receipt.killed == 1
    assert not is_alive(int(bench.output()))


async def test_usage(bench: Bench) -> None:
    """CPU time, memory, bytes and switches are those of the command and its children."""
    size = 100_000_000 + resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    script = f"import os\nx = bytearray({size})\nfor _ in range(10**6): pass\nos.sched_yield()\n"
    process = await bench.run("python3", "-c", script)
    used = process.usage
    assert used is not None
    assert used.user_s is not None
    assert used.system_s is not None
    assert 0.01 < used.user_s + used.system_s < 30
    assert used.memory_bytes is not None
    assert size < used.memory_bytes < size + 100_000_000
    assert used.yielded is not None
    assert used.preempted is not None
    assert used.read_bytes is not None
    assert used.written_bytes is not None


async def test_usage_of_what_was_killed(bench: Bench) -> None:
    """A command that was cancelled has its usage told as well."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(
            bench.shell, "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done; echo up; while :; do :; done"
        )
        await bench.wait_lines(1)
        nursery.cancel_scope.cancel()
    assert bench.last is not None
    assert bench.last.usage is not None
    assert (bench.last.usage.user_s or 0) + (bench.last.usage.system_s or 0) > 0.01


async def test_waiting_for_children(bench: Bench) -> None:
    """With `wait_for_children` the end of the last process is the end, and nothing has to be killed."""
    bench.confinement = Confinement(wait_for_children=True)
    process = await bench.shell("setsid -f sh -c 'sleep 0.3; echo late'; echo early; exit 3")
    assert bench.output() == "early\nlate\n"
    assert process.exit_code == 3
    assert process.receipt is not None
    assert process.receipt.killed == 0


async def test_waiting_for_children_is_cancelled(bench: Bench) -> None:
    """A cancellation does not wait for children."""
    bench.confinement = Confinement(wait_for_children=True)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.shell, "setsid -f sh -c 'echo $$; exec sleep 60'")
        (pid,) = await bench.wait_lines(1)
        await trio.sleep(0.1)
        nursery.cancel_scope.cancel()
    assert not is_alive(int(pid))


async def test_niceness(bench: Bench) -> None:
    """`nice` holds from the first instruction on, for the children too, and not for the next command."""
    bench.confinement = Confinement(nice=7)
    await bench.shell("cut -d' ' -f19 /proc/self/stat; cut -d' ' -f19 /proc/$$/stat")
    bench.confinement = Confinement()
    await bench.shell("cut -d' ' -f19 /proc/self/stat")
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert bench.output().split() == ["7", "7", str(own)]


async def test_limits_that_cannot_be_honoured(bench: Bench, containment: Containment) -> None:
    """A limit is never passed over in silence: what the strategy cannot do on this host is refused in words."""
    missing = {"memory": 1 << 30, "cpus": 1.0, "pids": 100}.keys() - containment.limits
    if not missing:
        pytest.skip("NOT TESTED HERE: this host has a controller for every limit")
    name = min(missing)
    bench.confinement = Confinement(**{name: 100})
    with pytest.raises(SpawnError, match=f"`{name}` cannot be limited on this host"):
        await bench.shell("echo never")
    assert bench.output() == ""


async def test_thousands_of_orphans(bench: Bench) -> None:
    """A command whose children lose their parents by the thousand leaves no zombie behind."""
    script = "i=0; while [ $i -lt 1000 ]; do (: &); i=$((i + 1)); done"
    with trio.fail_after(60):
        process = await bench.shell(script)
    assert process.exit_code == 0
    assert process.receipt is not None
    assert process.receipt.empty


async def test_side_by_side(bench: Bench, tmp_path: Path) -> None:
    """Twenty stubborn commands that end at once end together, not one after the other."""
    bench.grace = 0.2
    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(bench.shell, 'trap "" TERM; echo $$; sleep 60 & wait; sleep 60')
        pids = await bench.wait_lines(20)
        nursery.cancel_scope.cancel()
    assert [pid for pid in pids if is_alive(int(pid))] == []


async def test_a_main_process_killed_from_outside(bench: Bench) -> None:
    """kill -9 of the main process ends the command, and its child with it."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.shell, "sleep 60 & echo $!; echo $$; wait")
        child, main = map(int, await bench.wait_lines(2))
        os.kill(main, signal.SIGKILL)
    assert bench.last is not None
    assert bench.last.signal == "SIGKILL"
    assert await is_gone(child)


async def test_what_is_born_after_the_order_to_end(bench: Bench) -> None:
    """A process that a dying command starts hears SIGTERM too: the grace is not waited for."""
    bench.grace = 60
    script = "trap \"sh -c 'sleep 60; true' & exit 0\" TERM; echo up; while :; do sleep 0.05; done"
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(bench.shell, script)
            await bench.wait_lines(1)
            nursery.cancel_scope.cancel()
    assert bench.last is not None
    assert bench.last.receipt is not None
    assert bench.last.receipt.killed == 0


async def test_a_program_that_became_another(bench: Bench) -> None:
    """A process that took SIGTERM as one program is told again as the next one; as the same one it is told once."""
    script = "import os, signal, sys, time\n"
    script += "signal.signal(signal.SIGTERM, lambda *_: os.execvp('sleep', ['sleep', '60']))\n"
    script += "print('up', flush=True)\ntime.sleep(60)\n"
    bench.grace = 60
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(bench.run, "python3", "-c", script)
            await bench.wait_lines(1)
            nursery.cancel_scope.cancel()
    assert bench.last is not None
    assert bench.last.signal == "SIGTERM"
