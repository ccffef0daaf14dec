"""Sandboxes as steps get them: what a hostile step can do, what a friendly one finds, how both end. Real bubblewrap."""

import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from aegisd.core.confinement import Confinement
from aegisd.core.obstacle import Obstacle, Obstacles
from aegisd.executors.command import Command, SpawnError
from aegisd.executors.confined import ConfinedExecutor
from aegisd.executors.sandbox import HOME, Secrets
from tests.executors.hostile import ATTACKS
from tests.executors.kit import is_gone
from tests.executors.sandboxes import PYTHON, SandboxBench, needs_sandbox, open_executor

PRIVATE = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - those of the sandbox
NAP = f"60.{os.getpid()}"
HOSTILE = Path(__file__).with_name("hostile.py").read_text()


@pytest.fixture
def bench(tmp_path: Path) -> SandboxBench:
    """A state directory with room for sandboxes."""
    return SandboxBench(folder=tmp_path)


def _victims(folder: Path, step: int) -> list[str]:
    """What the hostile step is pointed at."""
    secret, other, outside = folder / "credentials" / "token", folder / "runs" / "2" / "made", folder.parent / "outside"
    for path in (secret, other):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("s3cret")
    outside.mkdir(exist_ok=True)
    return [str(os.getpid()), str(step), str(secret), str(outside), str(other)]


@needs_sandbox
async def test_a_hostile_step(bench: SandboxBench) -> None:
    """None of eight attacks succeeds in a sandbox; outside of one nearly all do, so that the test can fail (row 42)."""
    with subprocess.Popen(["sleep", "60"]) as step:  # noqa: ASYNC220 - it only has to be there
        victims = _victims(bench.folder, step.pid)
        await bench.run(PYTHON, "-c", HOSTILE, *victims)
        inside = bench.output()
        outside = await trio.run_process([PYTHON, "-c", HOSTILE, *victims], capture_stdout=True)
        step.kill()
    assert inside == ""
    assert len(set(outside.stdout.decode().splitlines()) & set(ATTACKS)) >= 7


@needs_sandbox
async def test_the_secrets_of_a_system_daemon(bench: SandboxBench) -> None:
    """Folders and files named as secrets are hidden wherever they lie, inside the workspace too."""
    (bench.workspace / "secret").write_text("s3cret")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(bench.workspace / "door"))
        bench.secrets = (str(bench.workspace / "secret"), str(bench.workspace / "door"), "/etc/ssl", "/no/such/place")
        seen = await bench.shell("cat secret; test -S door && echo door; ls /etc/ssl; ls /etc/passwd")
    assert "s3cret" not in seen
    assert "door\n" not in seen
    assert seen.splitlines()[-1] == "/etc/passwd"


@needs_sandbox
async def test_what_a_link_leads_to(bench: SandboxBench, tmp_path: Path) -> None:
    """A link to a secret shows nothing, and a workspace behind a link is a workspace."""
    (bench.workspace / "link").symlink_to(tmp_path / "store.sqlite")
    (tmp_path / "store.sqlite").write_text("s3cret")
    alias = tmp_path.parent / f"{tmp_path.name}-alias"
    alias.symlink_to(bench.workspace)
    await bench.run("/bin/sh", "-c", "cat link; touch made", dir=alias, writes=alias)
    assert "s3cret" not in bench.output()
    assert (bench.workspace / "made").exists()


@needs_sandbox
async def test_the_kernel_is_not_for_writing(bench: SandboxBench) -> None:
    """Settings of the kernel that only a user id protects are read-only, for root too."""
    files = "/proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/irq/default_smp_affinity"
    script = f"for file in {files}; do test -w $file && echo $file; done; grep CapEff /proc/self/status"
    assert (await bench.shell(script)).split() == ["CapEff:", "0000000000000000"]


@needs_sandbox
@pytest.mark.parametrize("network", [True, False])
async def test_the_network(bench: SandboxBench, *, network: bool) -> None:
    """Without `network` not even a listener on the loopback can be reached, and there is a loopback to listen on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        script = (
            f"import socket\nsocket.create_server(('127.0.0.1', 0))\nsocket.create_connection(('127.0.0.1', {port}))"
        )
        process = await bench.run(PYTHON, "-c", script, network=network)
    assert process.exit_code == (0 if network else 1)
    assert ("ConnectionRefusedError" in bench.output()) is not network


@needs_sandbox
async def test_what_a_friendly_step_finds(bench: SandboxBench) -> None:
    """A workspace, /tmp, /dev/shm and a home to write in; nothing else; three descriptors and no more (row 44)."""
    tried = " ".join([".", *PRIVATE, "~", "/etc", "/", "/usr"])
    script = f"for dir in {tried}; do test -w $dir && echo $dir; done; ls /proc/self/fd"
    seen = await bench.shell(script, env={"HOME": "/etc", "TMPDIR": "/nowhere", "XDG_CACHE_HOME": "/etc/.cache"})
    assert seen.split() == [".", *PRIVATE, HOME, "0", "1", "2", "3"]  # 3 is that of ls
    assert (await bench.shell("env", env={"TMPDIR": "/nowhere", "HOME": "/x"})).count("TMPDIR") == 0
    kept = {"HOME": str(bench.workspace), "TMPDIR": str(bench.workspace / "tmp")}
    assert f"TMPDIR={kept['TMPDIR']}" in (await bench.shell("env", env=kept)).split()


@needs_sandbox
async def test_files_for_the_step(bench: SandboxBench) -> None:
    """What a command reads of aegisd's own is there to read, alone."""
    given, other = bench.folder / "given.json", bench.folder / "other.json"
    given.write_text("given")
    other.write_text("other")
    seen = await bench.shell(f"cat {given} {other}; echo x > {given}", reads=(str(given),))
    assert seen.startswith("given")
    assert "other\n" not in seen
    assert given.read_text() == "given"


@needs_sandbox
@pytest.mark.parametrize(
    ("script", "end"),
    [
        ("exit 3", (3, None)),
        ("exit 1", (1, None)),
        ("kill -9 $$", (None, "SIGKILL")),
        ("ulimit -c 0; kill -SEGV $$", (None, "SIGSEGV")),
        ("echo 'bwrap: no'; exit 1", (1, None)),
    ],
)
async def test_how_it_ends(bench: SandboxBench, script: str, end: tuple[int | None, str | None]) -> None:
    """Exit codes and signals of the program come through, whatever it says."""
    process = await bench.run("/bin/sh", "-c", script)
    assert (process.exit_code, process.signal) == end


@needs_sandbox
async def test_what_cannot_start(bench: SandboxBench, tmp_path: Path) -> None:
    """A program that is missing in the sandbox, a directory that is not there, places that no sandbox may write in."""
    (tmp_path / "hidden").write_text("#!/bin/sh\n")
    (tmp_path / "hidden").chmod(0o755)
    with pytest.raises(SpawnError, match=r"cannot start nope in .*workspace, in a sandbox: No such file or directory"):
        await bench.run("nope")
    with pytest.raises(SpawnError, match="No such file"):
        await bench.run(str(tmp_path / "hidden"))
    with pytest.raises(SpawnError, match="the directory /no/such is not there"):
        await bench.run("true", dir=Path("/no/such"))
    with pytest.raises(SpawnError, match="choose another `dir`"):
        await bench.run("true", writes=Path("/"))
    with pytest.raises(SpawnError, match="aegisd's own"):
        await bench.run("true", writes=tmp_path)
    with pytest.raises(SpawnError, match="arguments are more than 9000"):
        await bench.run("true", *["x"] * 9000)


@needs_sandbox
async def test_nothing_is_left(bench: SandboxBench) -> None:
    """What the program leaves behind ends with it, and all of it ends with a cancelled step, deaf to SIGTERM or not."""
    script = f"trap '' TERM; (setsid sh -c 'trap \"\" TERM; sleep {NAP}') & echo"
    await bench.shell(script)
    assert _sandboxed() == set()
    with trio.move_on_after(0.5) as scope:
        await bench.shell(f"{script}; sleep {NAP}")
    assert scope.cancelled_caught
    assert _sandboxed() == set()


def _sandboxed() -> set[int]:
    """Processes in another process namespace than ours that our tests have started."""
    own = Path("/proc/self/ns/pid").stat().st_ino
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            foreign = (folder / "ns" / "pid").stat().st_ino != own
            if foreign and f"sleep\0{NAP}\0".encode() in (folder / "cmdline").read_bytes():
                found.add(int(folder.name))
        except OSError:
            continue
    return found


class Recorder:
    """An executor that starts nothing; `commands` is what it was asked for."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    @asynccontextmanager
    async def open_process(self, command: Command, **_: object) -> AsyncIterator[Any]:
        """Note the command."""
        self.commands.append(command)
        yield None


async def test_a_host_that_cannot() -> None:
    """What the host cannot honour is an error with the reason; once it can, it is asked no more."""
    broken = {"pids": Obstacle(reason="no cgroups", fix="Delegate=yes")}
    asked: list[Collection[str]] = []

    def find(demands: Collection[str]) -> Obstacles:
        asked.append(demands)
        return dict(broken)

    inner = Recorder()
    executor = ConfinedExecutor(inner, secrets=Secrets(paths=()), find_obstacles=find)
    limited = Confinement(pids=9, cpus=1.0, nice=3)
    command = Command(argv=("true",), env={}, dir="/", output_fd=1, confinement=limited)
    expected = r"cannot start true: `pids` cannot be honoured on this host: no cgroups \(Delegate=yes\)"
    with pytest.raises(SpawnError, match=expected):
        async with executor.open_process(command, hurry=trio.Event()):
            pass
    assert inner.commands == []
    broken.clear()
    for _ in range(2):
        async with executor.open_process(command, hurry=trio.Event()):
            pass
    assert inner.commands == [command] * 2
    assert asked == [{"cpus", "pids"}] * 2


async def test_no_network_without_a_sandbox() -> None:
    """A command without a network and without a sandbox is refused, whatever the host can do."""
    inner = Recorder()
    executor = ConfinedExecutor(inner, secrets=Secrets(paths=()), find_obstacles=lambda _: {})
    command = Command(argv=("true",), env={}, dir="/", output_fd=1, confinement=Confinement(network=False))
    with pytest.raises(SpawnError, match="only a sandbox"):
        async with executor.open_process(command, hurry=trio.Event()):
            pass
    assert inner.commands == []


async def test_an_executor_without_sandboxes(tmp_path: Path) -> None:
    """A sandbox is never passed over in silence: the executor below refuses the command."""
    command = Command(argv=("true",), env={}, dir="/", output_fd=1, confinement=Confinement(sandbox="bwrap"))
    async with open_executor(tmp_path) as executor:
        with pytest.raises(SpawnError, match="no sandbox"):
            async with executor.open_process(command, hurry=trio.Event()):
                pass


@needs_sandbox
async def test_bwrap_is_killed(bench: SandboxBench) -> None:
    """A kill of bubblewrap from outside is the step's end by that signal, and nothing is left of it."""
    async with trio.open_nursery() as nursery:
        ended: list[str | None] = []

        async def run() -> None:
            ended.append((await bench.run("/bin/sh", "-c", f"echo; sleep {NAP}")).signal)

        nursery.start_soon(run)
        with trio.fail_after(10):
            while not (found := _sandboxed()):  # noqa: ASYNC110 - the kernel tells only when asked
                await trio.sleep(0.01)
        pid = found.pop()
        os.kill(_find_bwrap(pid), signal.SIGKILL)
    assert ended == ["SIGKILL"]
    assert await is_gone(pid, within=2)


def _find_bwrap(pid: int) -> int:
    """The outermost bubblewrap around the process `pid`."""
    last = 0
    while pid not in (0, 1, os.getpid()):
        if b"--json-status-fd" in Path(f"/proc/{pid}/cmdline").read_bytes():
            last = pid
        text = Path(f"/proc/{pid}/stat").read_text()
        pid = int(text[text.rindex(")") + 2 :].split()[1])
    return last
