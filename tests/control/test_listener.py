"""The socket file: made, found, refused and removed as promised; and the one that systemd passes."""

import grp
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import trio

from aegisd.control.listener import open_listener
from aegisd.listening.refusal import ListenError
from tests.source import ROOT

MY_GROUP = grp.getgrgid(os.getegid()).gr_name


async def test_mode_and_group(tmp_path: Path) -> None:
    """0660 for the group, 0600 without one, whatever the umask; a missing folder is made."""
    before = os.umask(0)
    try:
        for group, mode in ((MY_GROUP, 0o660), (None, 0o600)):
            path = tmp_path / "new" / "folder" / "control.sock"
            async with open_listener(str(path), group=group, environment={}):
                found = path.stat()
                assert (stat.S_IMODE(found.st_mode), found.st_gid) == (mode, os.getegid())
    finally:
        os.umask(before)


async def test_nobody_connects_before_the_mode_is_set(tmp_path: Path) -> None:
    """A client that tries all the time never gets in while the file's mode is another."""
    path = tmp_path / "control.sock"
    modes: list[int] = []
    done = threading.Event()

    def try_often() -> None:
        while not done.is_set():
            with socket.socket(socket.AF_UNIX) as client:
                try:
                    before = path.stat()
                    client.connect(str(path))
                    after = path.stat()
                except OSError:
                    continue
                if (before.st_ino, before.st_ctime_ns) == (after.st_ino, after.st_ctime_ns):  # else: another listener
                    modes.append(stat.S_IMODE(after.st_mode))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.to_thread.run_sync, try_often)
        for _ in range(100):
            async with open_listener(path, group=MY_GROUP, environment={}):
                await trio.sleep(0.001)
        done.set()
    assert modes
    assert set(modes) == {0o660}


async def test_the_file_goes_with_the_listener(tmp_path: Path) -> None:
    """At the end the file is removed, unless it is another one by then or is gone."""
    path = tmp_path / "control.sock"
    async with open_listener(path, group=None, environment={}):
        assert path.is_socket()
    assert not path.exists()
    async with open_listener(path, group=None, environment={}):
        path.rename(tmp_path / "old.sock")
        path.write_text("mine")
    assert path.read_text() == "mine"
    path.unlink()
    async with open_listener(path, group=None, environment={}):
        path.unlink()


async def test_a_stale_socket_is_replaced(tmp_path: Path) -> None:
    """What a killed daemon left is in nobody's way."""
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
        dead.listen()
    async with open_listener(path, group=None, environment={}):
        await (await trio.open_unix_socket(str(path))).aclose()


async def refusal(path: Path, *, group: str | None = None) -> str:
    """Why no listener is opened at `path`."""
    with pytest.raises(ListenError) as caught:
        async with open_listener(path, group=group, environment={}):
            pass
    return str(caught.value)


async def test_a_socket_in_use_is_left_alone(tmp_path: Path) -> None:
    """A second daemon with another state directory does not take the path of the first."""
    path = tmp_path / "control.sock"
    async with open_listener(path, group=None, environment={}):
        assert await refusal(path) == f"{path} is in use: another program listens there"
        assert path.is_socket()


async def test_other_things_are_left_alone(tmp_path: Path) -> None:
    """A file, a folder, a link and a dangling link are refused by name and stay."""
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "dangling").symlink_to("nowhere")
    for name, kind in (
        ("file", "a file"),
        ("folder", "a directory"),
        ("link", "a symbolic link"),
        ("dangling", "a symbolic link"),
    ):
        path = tmp_path / name
        assert await refusal(path) == f"{path} is in the way: it is {kind}, not a socket"
    assert (tmp_path / "file").read_text() == "mine"
    assert (tmp_path / "dangling").is_symlink()
    assert not (tmp_path / "nowhere").exists()


async def test_impossible_paths(tmp_path: Path) -> None:
    """Too long, below a file, without such a group: each is said in words, and nothing is left behind."""
    assert "longer than 107 bytes" in await refusal(tmp_path / ("x" * 107))
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "control.sock"
    assert f"cannot open the control socket {path}" in await refusal(path)
    group = "no such group"
    assert f'there is no group "{group}"' in await refusal(tmp_path / "control.sock", group=group)
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208 - short


ACTIVATED = """
import os, sys, trio
from aegisd.control.listener import open_listener
from aegisd.listening.refusal import ListenError

async def main():
    try:
        async with open_listener(sys.argv[1], group=None, environment=os.environ) as listener:
            print(listener.socket.getsockname(), os.get_inheritable(listener.socket.fileno()), flush=True)
            await listener.accept()
    except ListenError as error:
        print(error)

trio.run(main)
"""


def start_activated(passed: list[socket.socket], names: str | None, path: Path) -> subprocess.Popen[str]:
    """A process that is given `passed` from file descriptor 3 on, as systemd does it."""
    moves = " ".join(f"{10 + n}<&{sock.fileno()}" for n, sock in enumerate(passed))
    moves += " " + " ".join(f"{3 + n}<&{10 + n}" for n in range(len(passed)))
    export = f"export LISTEN_PID=$$ LISTEN_FDS={len(passed)}"
    export += f" LISTEN_FDNAMES={names}" if names is not None else ""
    return subprocess.Popen(
        ["bash", "-c", f'{export}; exec {moves}; exec "$@"', "-", sys.executable, "-c", ACTIVATED, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        pass_fds=[sock.fileno() for sock in passed],
    )


def unix_listener(path: Path) -> socket.socket:
    """A listening socket as a socket unit makes it."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    return listener


@pytest.mark.parametrize("names", [None, "aegisd.socket", "ctl"])
def test_the_only_passed_socket_is_taken(tmp_path: Path, names: str | None) -> None:
    """The socket of the unit is used as it is, is not inherited by steps, and its file stays at the end."""
    path = tmp_path / "passed.sock"
    with (
        unix_listener(path) as passed,
        socket.socket(socket.AF_UNIX) as client,
        start_activated([passed], names, tmp_path / "own.sock") as process,
    ):
        client.connect(str(path))
        assert process.communicate(timeout=10)[0] == f"{path} False\n"
    assert path.is_socket()
    assert not (tmp_path / "own.sock").exists()


def test_one_of_several_is_taken_by_its_name(tmp_path: Path) -> None:
    """Among several sockets the one named `ctl` is ours."""
    path = tmp_path / "passed.sock"
    with (
        socket.create_server(("127.0.0.1", 0)) as page,
        unix_listener(path) as passed,
        socket.socket(socket.AF_UNIX) as client,
        start_activated([page, passed], "http:ctl", tmp_path / "own.sock") as process,
    ):
        client.connect(str(path))
        assert process.communicate(timeout=10)[0] == f"{path} False\n"


def test_a_socket_for_others_is_left_to_them(tmp_path: Path) -> None:
    """With only the page's socket passed, the control socket is made as usual."""
    own = tmp_path / "own.sock"
    with socket.create_server(("127.0.0.1", 0)) as page, start_activated([page], "http", own) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{own} False\n"
        process.send_signal(signal.SIGKILL)


def test_a_wrong_socket_is_refused(tmp_path: Path) -> None:
    """A socket named `ctl` that is none of ours is a mistake in the unit, told in words."""
    with (
        socket.create_server(("127.0.0.1", 0)) as page,
        start_activated([page], "ctl", tmp_path / "own.sock") as process,
    ):
        output = process.communicate(timeout=10)[0]
        assert output == 'file descriptor 3, named "ctl" by the socket unit, is not a listening Unix socket\n'


@pytest.mark.parametrize(
    "environment",
    [
        {"LISTEN_PID": "1", "LISTEN_FDS": "1"},
        {"LISTEN_FDS": "1"},
        {"LISTEN_PID": "x", "LISTEN_FDS": "y"},
        {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "0"},
        {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "-1"},
    ],
    ids=str,
)
async def test_what_was_passed_to_others_is_not_ours(tmp_path: Path, environment: dict[str, str]) -> None:
    """Variables that speak of another process, or of nothing, are passed over."""
    path = tmp_path / "control.sock"
    async with open_listener(path, group=None, environment=environment):
        assert path.is_socket()
