"""Where the daemon is, and the three messages when it cannot be reached there."""

import errno
import json
import os
import socket
from pathlib import Path

import pytest

from aegisctl.address import SYSTEM_SOCKET, explain_refusal, find_address
from tests.aegisctl.conftest import Cli
from tests.aegisctl.fake_daemon import Conversation, FakeDaemon


def test_the_socket_is_found_in_order(tmp_path: Path) -> None:
    """--socket, then $AEGIS_SOCKET, then the user's own daemon if there is one, then the host's."""
    environ = {"AEGIS_SOCKET": "/a", "XDG_RUNTIME_DIR": str(tmp_path)}
    assert find_address("/flag", environ) == "/flag"
    assert find_address(None, environ) == "/a"
    del environ["AEGIS_SOCKET"]
    assert find_address(None, environ) == SYSTEM_SOCKET
    (tmp_path / "aegis").mkdir()
    (tmp_path / "aegis" / "control.sock").touch()
    assert find_address(None, environ) == str(tmp_path / "aegis" / "control.sock")
    assert find_address(None, {}) == SYSTEM_SOCKET


def test_not_running(cli: Cli, tmp_path: Path) -> None:
    """No socket: 69, how to start it, and where its words are; stdout stays empty."""
    answer = cli("status")
    assert answer.returncode == 69
    assert answer.stdout == ""
    assert answer.stderr == (
        f"aegisctl: aegisd is not running (no answer on {tmp_path}/control.sock)\n"
        "  start it:   sudo systemctl start aegisd\n"
        "  its words:  journalctl -u aegisd -n 20\n"
    )


def test_a_socket_that_nobody_listens_on(cli: Cli, tmp_path: Path) -> None:
    """What a killed daemon leaves behind reads as not running."""
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "control.sock"))
    answer = cli("status")
    assert answer.returncode == 69
    assert "aegisd is not running" in answer.stderr


def test_wrong_paths(cli: Cli, tmp_path: Path) -> None:
    """A file, a missing folder and a path that is too long are told apart from a daemon that is not running."""
    (tmp_path / "file").touch()
    wrong = {
        str(tmp_path / "file"): "is not a socket",
        str(tmp_path / "no" / "sock"): "there is no folder",
        str(tmp_path / ("x" * 120)): "is too long for a socket's path",
    }
    for path, words in wrong.items():
        answer = cli("--socket", path, "status")
        assert answer.returncode == 69
        assert words in answer.stderr


def test_no_permission_names_the_group(tmp_path: Path) -> None:
    """77, the group, and the command that an admin can paste."""
    failure = explain_refusal(str(tmp_path / "control.sock"), PermissionError(errno.EACCES, "denied"))
    assert failure.exit_status == 77
    assert "may not use" in failure.message
    assert "usermod -aG" in (failure.hint or "")
    assert "log in again" in (failure.hint or "")


@pytest.mark.skipif(os.getuid() == 0, reason="root may use any socket")
def test_no_permission_in_earnest(cli: Cli, daemon: FakeDaemon) -> None:
    """A socket without write permission ends with 77."""
    daemon.path.chmod(0o400)
    assert cli("status").returncode == 77


def test_errors_in_json(cli: Cli) -> None:
    """With --json an error is one object on stderr, and stdout stays empty, however the flag was spelt."""
    for words in (["status", "--json"], ["--json=runs", "status"], ["status", "-o", "json"], ["status", "-ojsonl"]):
        answer = cli(*words)
        assert answer.stdout == ""
        error = json.loads(answer.stderr)["error"]
        assert (error["code"], error["exit"], answer.returncode) == ("AEG131", 69, 69)
        assert error["help"].startswith("start it:")


def test_something_else_answers(cli: Cli, daemon: FakeDaemon) -> None:
    """What is not Varlink is a broken stream, not a traceback."""
    daemon.answers["GetStatus"] = lambda talk: talk.send_bytes(b"HTTP/1.1 400 Bad Request\r\n\0")
    answer = cli("status")
    assert answer.returncode == 69
    assert "is not aegisd" in answer.stderr


def test_a_daemon_that_goes_away_in_mid_answer(cli: Cli, daemon: FakeDaemon) -> None:
    """Half an answer is no answer."""
    daemon.answers["GetStatus"] = Conversation.hang_up
    answer = cli("status")
    assert answer.returncode == 69
    assert "went away in mid-answer" in answer.stderr


def test_an_older_daemon(cli: Cli, daemon: FakeDaemon) -> None:
    """A method that it lacks is said in words, with both versions one command away."""
    answer = cli("reload")
    assert daemon.asked("Reload") == [{}]
    assert answer.returncode == 69
    assert "aegisctl version" in answer.stderr


def test_control_characters_in_errors(cli: Cli, daemon: FakeDaemon) -> None:
    """An error from the daemon cannot move the cursor."""
    daemon.answers["Reload"] = lambda talk: talk.refuse("NotPossible", message="no\x1b[2J\u202e", hint="a\rb")
    answer = cli("reload")
    assert "\x1b" not in answer.stderr
    assert "\u202e" not in answer.stderr


def test_the_protocol_can_be_traced(cli: Cli, daemon: FakeDaemon) -> None:
    """AEGIS_DEBUG=1 shows both directions on stderr, and the answer is the same."""
    answer = cli("status", "--json", AEGIS_DEBUG="1")
    assert daemon.asked("GetStatus")
    assert '> {"method":"io.aegisd.Control.GetStatus","parameters":{}}\n< {' in answer.stderr
    assert json.loads(answer.stdout)["version"] == "1.0.0"
