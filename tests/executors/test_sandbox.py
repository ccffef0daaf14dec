"""The command line of a sandbox: what is mounted in which order, and what aegisd needs no root for."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegisd.core.confinement import Confinement
from aegisd.executors.command import Command
from aegisd.executors.mounts import Mount, read_mounts
from aegisd.executors.sandbox import Secrets, enter_sandbox, find_bwrap
from tests.executors.sandboxes import needs_sandbox

NOBODY = 65534


def _command(folder: Path, *, network: bool = True, argv: tuple[str, ...] = ("make", "-j2")) -> Command:
    return Command(
        argv=argv,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
        dir=str(folder / "sub"),
        output_fd=1,
        confinement=Confinement(sandbox="bwrap", network=network, pids=7),
        writes=(str(folder),),
    )


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory with a workspace, in which there is a door."""
    (tmp_path / "runs/1/workspace/sub").mkdir(parents=True)
    (tmp_path / "runs/1/workspace/door").touch()
    return tmp_path


def _places(argv: tuple[str, ...], *kinds: str) -> Iterator[tuple[str, str]]:
    for place, word in enumerate(argv):
        if word in kinds:
            yield word, argv[place + (1 if word in {"--tmpfs", "--proc", "--dev", "--remount-ro"} else 2)]


def _enter(state: Path, command: Command, *more: str, mounts: tuple[Mount, ...] = ()) -> Command:
    secrets = Secrets(paths=(str(state), *more))
    return enter_sandbox(command, program="/usr/bin/bwrap", secrets=secrets, mounts=mounts, before=("--x", "y"))


def test_the_order(state: Path) -> None:
    """From the outside in: the host, what hides the state directory, the workspace in it, the door in that."""
    workspace = state / "runs/1/workspace"
    door = str(workspace / "door")
    inside = _enter(state, _command(workspace), door)
    places = list(_places(inside.argv, "--ro-bind", "--bind", "--tmpfs"))
    assert places[0] == ("--ro-bind", "/")
    assert places[-2:] == [("--bind", str(workspace)), ("--ro-bind", door)]
    assert ("--tmpfs", "/run") in places
    assert ("--proc", "/proc") in _places(inside.argv, "--proc")
    assert inside.argv[:3] == ("/usr/bin/bwrap", "--x", "y")
    assert inside.argv[-5:] == ("--chdir", str(workspace / "sub"), "--", "make", "-j2")


def test_what_is_left_of_the_command(state: Path) -> None:
    """The sandbox has been seen to, limits are still to be honoured; the environment is not on the command line."""
    inside = _enter(state, _command(state / "runs/1/workspace", network=False))
    assert inside.confinement == Confinement(network=False, pids=7)
    assert inside.env["HOME"] == str(state / "runs/1/workspace")
    assert "--setenv" not in inside.argv
    assert {"--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--new-session"} <= set(inside.argv)
    assert "--die-with-parent" not in inside.argv
    assert "--unshare-net" not in _enter(state, _command(state / "runs/1/workspace")).argv


def test_other_views_of_the_kernel(state: Path) -> None:
    """Every cgroup file system and every further /proc is hidden, and so is a second mount of a secret folder."""
    root = next(mount for mount in reversed(read_mounts()) if mount.point == "/")
    mounts = (
        *read_mounts(),
        Mount(device="0:5", root="/", point="/usr/local/lib", kind="proc"),
        Mount(device="0:6", root="/", point="/usr/local/sbin", kind="cgroup2"),
        Mount(device=root.device, root=f"{root.root.rstrip('/')}/etc/ssl", point="/usr/local/bin", kind="ext4"),
    )
    inside = _enter(state, _command(state / "runs/1/workspace"), "/etc/ssl", mounts=mounts)
    hidden = {place for _, place in _places(inside.argv, "--remount-ro")}
    assert {"/etc/ssl", "/usr/local/bin", "/usr/local/lib", "/usr/local/sbin"} <= hidden
    assert ("/sys/fs/cgroup" in hidden) == Path("/sys/fs/cgroup").is_dir()
    assert str(state) not in hidden or not str(state).startswith("/tmp/")  # noqa: S108 - there it is not to be seen


@needs_sandbox
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user; the other tests run as one already")
def test_an_ordinary_user() -> None:
    """The same command line works for a user without any privilege, and hides the same."""
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        state, folder = Path(place), Path(place, "work")
        (folder / "sub").mkdir(parents=True)
        for path in (state, folder, folder / "sub"):
            path.chmod(0o777)
        (state / "secret").write_text("s3cret")
        script = f"id -u; echo x > made; cat {state}/secret; kill -0 {os.getpid()}; test -w /etc || echo held"
        command = _command(folder, argv=("/bin/sh", "-c", script), network=False)
        program = find_bwrap() or ""
        inside = enter_sandbox(command, program=program, secrets=Secrets(paths=(place,)), mounts=read_mounts())
        drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        words = [*drop, *inside.argv]
        done = subprocess.run(words, env=dict(inside.env), cwd="/", capture_output=True, text=True, check=False)
        assert done.stdout.split() == [str(NOBODY), "held"], done.stderr
        assert (folder / "sub" / "made").exists()
