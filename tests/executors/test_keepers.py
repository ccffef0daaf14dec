"""Keepers: a program goes on without the one that started it, is found again by the next, and never has two owners."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import trio

from aegisd.executors.command import Command, SpawnError
from aegisd.executors.keepers import KeeperContainment, Terms
from aegisd.executors.local import LocalExecutor
from aegisd.executors.records import Records
from tests.executors.keeping import NAME, Place, wait_until
from tests.executors.kit import ENV, children, is_alive, is_gone, skip_without


@pytest.fixture
def place(strategy: str, tmp_path: Path) -> Iterator[Place]:
    """A state directory. After the test its spawners, which outlive whoever started them, end as well."""
    skip_without(strategy)
    yield Place(tmp_path, strategy)
    deadline = time.monotonic() + 60
    while children():
        with suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
        assert time.monotonic() < deadline
        time.sleep(0.01)


async def test_taken_over(place: Place, strategy: str) -> None:
    """A program that was left goes on, and its next owner has its exit code, its receipt, its usage and its output."""
    pid = await place.leave("echo $$; while [ ! -e go ]; do sleep 0.02; done; echo late; exit 7")
    assert is_alive(pid)
    async with place.open() as containment:
        (ward,) = containment.wards.values()
        assert (ward.name, ward.memo, ward.ended_at) == (NAME, "memo", None)
        (place.folder / "go").touch()
        process = await place.take(containment)
    assert process.exit_code == 7
    assert process.receipt is not None
    assert (process.receipt.strategy, process.receipt.killed, process.receipt.empty) == (strategy, 0, True)
    assert process.usage is not None
    assert (process.usage.user_s or 0) + (process.usage.system_s or 0) > 0
    assert place.read() == f"{pid}\nlate\n"


async def test_ended_alone(place: Place) -> None:
    """A program that ends while nobody owns it is told of from a file, with the time of its end."""
    begun = time.clock_gettime(time.CLOCK_BOOTTIME)
    pid = await place.leave("echo $$; sleep 0.1; exit 5")
    await wait_until(lambda: f"{NAME}.end" in place.left())
    assert not is_alive(pid)
    async with place.open() as containment:
        ended = containment.wards[NAME].ended_at
        assert ended is not None
        assert begun < ended <= time.clock_gettime(time.CLOCK_BOOTTIME)
        process = await place.take(containment)
        containment.forget(NAME)
    assert (process.exit_code, process.receipt and process.receipt.empty) == (5, True)
    assert place.left() == []


async def test_ended_by_its_next_owner(place: Place) -> None:
    """A program that was taken over is ended like any other: SIGTERM, the grace, SIGKILL, and nothing is left."""
    pid = await place.leave('trap "" TERM; setsid -f sleep 60; echo $$; while :; do sleep 0.1; done')
    async with place.open() as containment:
        process = await place.take(containment, within=0.05)
    assert process.signal == "SIGKILL"
    assert process.receipt is not None
    assert process.receipt.empty
    assert process.receipt.killed >= 2
    assert not is_alive(pid)


async def test_nobody_wants_it(place: Place) -> None:
    """A ward that is not taken over is ended, with its files."""
    pid = await place.leave('trap "" TERM; echo $$; while :; do sleep 0.1; done')
    async with place.open() as containment:
        await containment.end_rest()
        assert not is_alive(pid)
        with pytest.raises(SpawnError, match="was lost"):
            await place.take(containment)
    assert place.left() == []


async def test_nobody_comes(place: Place) -> None:
    """Without an owner in time the keeper ends all of it, and the attempt cannot be taken over any more."""
    pid = await place.leave('trap "" TERM; echo $$; while :; do sleep 0.1; done', terms=Terms(timeout=0.1, grace=0.1))
    assert await is_gone(pid, within=60)
    async with place.open() as containment:
        assert containment.wards == {}
    assert place.left() == []


async def test_another_boot(place: Place) -> None:
    """What an earlier boot of the host has left on disk is of an attempt that was cut short."""
    await place.leave("echo $$")
    await wait_until(lambda: f"{NAME}.end" in place.left())
    async with place.open(boot_id="another-boot") as containment:
        assert containment.wards == {}
    assert place.left() == []


async def test_a_killed_keeper(place: Place) -> None:
    """When its keeper was killed too, an attempt cannot be taken over, and in a cgroup nothing of it is left."""
    pid = await place.leave("echo $$; exec sleep 60")
    os.kill(_parent(pid), signal.SIGKILL)
    async with place.open() as containment:
        assert containment.wards == {}
        assert await is_gone(pid, within=60)  # without a cgroup it is the spawner's to end
    assert place.left() == []


async def test_a_keeper_is_killed_under_its_owner(place: Place) -> None:
    """The program is lost and says so, and nothing of it is left."""
    async with place.open() as containment:
        with pytest.raises(SpawnError, match="was lost"):
            await _run_and_kill(place, containment)
        assert not is_alive(int(place.read()))


async def _run_and_kill(place: Place, containment: KeeperContainment) -> None:
    executor = LocalExecutor(containment=containment, grace=0.1)
    with place.command("echo $$; exec sleep 60", memo="memo") as command:
        async with executor.open_process(command, hurry=trio.Event()) as process:
            await wait_until(lambda: "\n" in place.read())
            os.kill(_parent(int(place.read())), signal.SIGKILL)
            await process.wait()


async def test_one_owner(place: Place) -> None:
    """While somebody owns it, nobody else can: he is told, and the program does not notice."""
    pid = await place.leave("echo $$; while [ ! -e go ]; do sleep 0.02; done")
    async with place.open() as containment:
        channel = Records(place.folder).connect(NAME)
        with channel, trio.fail_after(60):
            await trio.lowlevel.wait_readable(channel)
            assert channel.recv(100) == b"taken\n"
        assert is_alive(pid)
        (place.folder / "go").touch()
        assert (await place.take(containment)).exit_code == 0


async def test_without_a_memo(place: Place) -> None:
    """What was not started to outlive aegisd cannot be left, and ends with its block."""
    async with place.open() as containment:
        process = await place.carry_out(
            containment, "echo $$; exec sleep 60", until=lambda: "\n" in place.read(), memo=None
        )
        assert not process.is_left
    assert process.signal == "SIGTERM"
    assert place.left() == []


async def test_taken_over_where_it_is_off(place: Place) -> None:
    """An aegisd that keeps nothing itself takes over what an earlier one has left."""
    await place.leave("echo $$; while [ ! -e go ]; do sleep 0.02; done; exit 3")
    (place.folder / "go").touch()
    async with place.open(terms=None) as containment:
        assert (await place.take(containment)).exit_code == 3


async def test_a_program_that_is_not_there(place: Place) -> None:
    """A program that cannot be started is refused as ever, and leaves no record."""
    async with place.open() as containment:
        command = Command(argv=("no-such",), env=ENV, dir=str(place.folder), output_fd=1, name=NAME, memo="memo")
        with pytest.raises(SpawnError, match="No such file"):
            await containment.start(command)
    assert place.left() == []


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
