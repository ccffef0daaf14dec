"""Containment by subreapers: what happens when one of aegisd's own processes is killed, stopped, or alone."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from aegisd.executors import ending
from aegisd.executors.command import SpawnError
from aegisd.executors.containment import Containment
from aegisd.programs.descendants import list_descendants
from tests.executors.kit import ENV, Bench, children, is_alive, is_gone, open_strategy
from tests.source import ROOT

STUBBORN = 'trap "" TERM; setsid -f sleep 60; echo $$; while :; do sleep 0.1; done'


@pytest.fixture
async def containment(tmp_path: Path) -> AsyncIterator[Containment]:
    """Subreapers."""
    async with open_strategy("subreaper", tmp_path) as opened:
        yield opened


def _own() -> tuple[int, list[int]]:
    """The spawner and its subreapers."""
    (spawner,) = children()
    return spawner, [int(pid) for pid in Path(f"/proc/{spawner}/task/{spawner}/children").read_text().split()]


async def _lose(bench: Bench, *, also_spawner: bool, env: dict[str, str]) -> str:
    """Kill the subreaper of a command that runs; returns what the command was told to have come to."""
    with pytest.raises(SpawnError) as caught:
        await _run_and_kill(bench, also_spawner=also_spawner, env=env)
    return str(caught.value)


async def _run_and_kill(bench: Bench, *, also_spawner: bool, env: dict[str, str]) -> None:
    errors: list[SpawnError] = []

    async def run() -> None:
        try:
            await bench.shell(STUBBORN, env=env)
        except SpawnError as error:
            errors.append(error)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        await bench.wait_lines(1)
        spawner, (subreaper,) = _own()
        for pid in [spawner, subreaper] if also_spawner else [subreaper]:
            os.kill(pid, signal.SIGKILL)
    raise errors[0]


@pytest.mark.parametrize("victims", ["subreaper", "subreaper and spawner"])
async def test_a_killed_subreaper(victims: str, bench: Bench) -> None:
    """The command is lost and says so; what it left is ended, by the spawner or, without that one, by its marks."""
    env = {**ENV, "AEGIS_RUN_ID": "7", "AEGIS_STEP": f"lost-{os.getpid()}"}
    said = await _lose(bench, also_spawner="spawner" in victims, env=env)
    assert said == "/bin/sh was lost: the process that held it together was killed"
    assert bench.last is not None
    assert bench.last.receipt is not None
    assert bench.last.receipt.empty
    assert not is_alive(int(bench.output()))
    assert (bench.last.exit_code, bench.last.signal) == (None, None)


async def test_another_spawner(bench: Bench) -> None:
    """A spawner that was killed is replaced, and a command that comes at that moment knows nothing of it."""
    first, _ = _own()
    os.kill(first, signal.SIGKILL)
    with trio.fail_after(20):
        process = await bench.shell("exit 4")
    assert process.exit_code == 4
    assert _own()[0] != first


async def test_a_stopped_subreaper(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A subreaper that was stopped and does not answer is killed, and the spawner ends what it held."""
    monkeypatch.setattr(ending, "_PATIENCE_S", 0.5)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.shell, STUBBORN)
        (pid,) = await bench.wait_lines(1)
        os.kill(_own()[1][0], signal.SIGSTOP)
        nursery.cancel_scope.cancel()
    assert await is_gone(int(pid))
    assert bench.last is not None
    assert bench.last.receipt is not None
    assert bench.last.receipt.empty


async def test_siblings_of_a_killed_subreaper(bench: Bench, tmp_path: Path) -> None:
    """The spawner ends the orphans of the subreaper that was killed and of no other."""
    (tmp_path / "other").mkdir()
    other = Bench(folder=tmp_path / "other", containment=bench.containment)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(other.shell, STUBBORN)
        (sibling,) = await other.wait_lines(1)
        known = set(_own()[1])

        async def run() -> None:
            with pytest.raises(SpawnError):
                await bench.shell(STUBBORN)

        nursery.start_soon(run)
        (pid,) = await bench.wait_lines(1)
        (subreaper,) = set(_own()[1]) - known
        os.kill(subreaper, signal.SIGKILL)
        assert await is_gone(int(pid), within=10)
        await trio.sleep(0.2)
        assert is_alive(int(sibling))
        nursery.cancel_scope.cancel()
    assert not is_alive(int(sibling))


async def test_the_end_of_aegisd(tmp_path: Path) -> None:
    """When the process that holds the lifelines is killed, subreapers kill what they have, and go with the spawner."""
    script = (
        "import os, sys, trio\n"
        "from pathlib import Path\n"
        "from tests.executors.kit import Bench, open_strategy\n"
        "async def main():\n"
        "    folder = Path(sys.argv[1])\n"
        "    async with open_strategy('subreaper', folder) as containment:\n"
        "        await Bench(folder=folder, containment=containment).shell(sys.argv[2])\n"
        "trio.run(main)\n"
    )
    holder = _start(script, str(tmp_path), STUBBORN)
    (pid,) = await Bench(folder=tmp_path, containment=None).wait_lines(1)  # type: ignore[arg-type]
    everybody = list_descendants(holder.pid)
    assert int(pid) in everybody
    assert len(everybody) >= 4
    holder.kill()
    holder.wait()
    assert [one for one in everybody if not await is_gone(one, within=5)] == []


def _start(script: str, *arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", script, *arguments], cwd=ROOT)


async def test_a_very_long_request(bench: Bench) -> None:
    """A command of a megabyte goes over the socket in pieces."""
    words = ["x" * 100_000] * 10
    process = await bench.run("sh", "-c", 'shift 9; echo "${#1} $FAR"', "sh", *words, env={**ENV, "FAR": "y" * 1000})
    assert process.exit_code == 0
    assert bench.output() == f"100000 {'y' * 1000}\n"


async def test_bytes_that_are_not_utf8(bench: Bench) -> None:
    """Arguments and environment are bytes, and reach the program unchanged."""
    odd = os.fsdecode(b"\xff\xfe")
    await bench.run("printenv", "ODD", env={**ENV, "ODD": odd})
    assert (bench.folder / "output").read_bytes() == b"\xff\xfe\n"
