"""The sockets of the HTTP door: made with care, passed by systemd, and never inherited."""

import errno
import os
import socket
import stat
from pathlib import Path

import pytest

from aegis_web.sockets import open_listeners, show_address
from aegisd.listening.activation import take_activated_socket, take_http_sockets
from aegisd.listening.refusal import ListenError


async def test_addresses(tmp_path: Path) -> None:
    """TCP and Unix side by side; none is inherited by programs, the file is ours alone and gone at the end."""
    path = tmp_path / "web.sock"
    with open_listeners(["127.0.0.1:0", f"unix:{path}"], group=None, passed=()) as listeners:
        shown = [show_address(listener) for listener in listeners]
        assert shown[0].startswith("http://127.0.0.1:")
        assert shown[1] == f"unix:{path}"
        assert not any(os.get_inheritable(listener.socket.fileno()) for listener in listeners)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


async def test_what_is_taken(tmp_path: Path) -> None:
    """A port, and a Unix socket that somebody listens on, are not taken over; a dead one is."""
    path = tmp_path / "web.sock"
    address = f"unix:{path}"
    with open_listeners(["127.0.0.1:0", address], group=None, passed=()) as listeners:
        port = listeners[0].socket.getsockname()[1]
        for taken, words in ((f"127.0.0.1:{port}", "another program listens there"), (address, "is in use")):
            with pytest.raises(ListenError) as caught, open_listeners([taken], group=None, passed=()):
                pass
            assert words in caught.value.message
            assert "web.bind" in str(caught.value.hint)
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()
    with open_listeners([address], group=None, passed=()):
        assert path.exists()


def test_nothing_is_left_of_half_a_door(tmp_path: Path) -> None:
    """When the second address is taken, the first is given back."""
    path = tmp_path / "web.sock"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        bind = [f"unix:{path}", f"127.0.0.1:{taken.getsockname()[1]}"]
        with pytest.raises(ListenError), open_listeners(bind, group=None, passed=()):
            pass
    assert not path.exists()


def test_unknown_group(tmp_path: Path) -> None:
    """The message names the setting and the group."""
    address = f"unix:{tmp_path / 's'}"
    with pytest.raises(ListenError) as caught, open_listeners([address], group="no-such-group", passed=()):
        pass
    assert caught.value.message == 'web.group: there is no group "no-such-group" on this host'


def _pass(first: int, *sockets: socket.socket) -> None:
    for offset, each in enumerate(sockets):
        os.dup2(each.fileno(), first + offset)


def test_passed_sockets() -> None:
    """Those named http are taken for HTTP, whatever their family, and never for the control socket."""
    first = 700
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as unix:
        tcp.bind(("127.0.0.1", 0))
        unix.bind(f"\0aegis-test-{os.getpid()}")
        tcp.listen()
        unix.listen()
        _pass(first, tcp, unix)
        environment = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2", "LISTEN_FDNAMES": "http:ctl"}
        (http,) = take_http_sockets(environment, first=first)
        control = take_activated_socket(environment, first=first)
        assert control is not None
        with http, control:
            assert (http.family, control.family) == (socket.AF_INET, socket.AF_UNIX)
            assert not os.get_inheritable(http.fileno())
        _pass(first, unix)
        alone = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "http"}
        assert take_activated_socket(alone, first=first) is None
        (http,) = take_http_sockets(alone, first=first)
        with http:
            assert http.family == socket.AF_UNIX


def test_passed_nonsense() -> None:
    """What is named http and does not listen is refused in words; numbers of another process are not looked at."""
    first = 700
    with socket.socket() as tcp:
        _pass(first, tcp)
        environment = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "http"}
        with pytest.raises(ListenError, match='named "http" by the socket unit, is not a listening socket'):
            take_http_sockets(environment, first=first)
        os.close(first)
    assert take_http_sockets({**environment, "LISTEN_PID": "1"}, first=first) == []
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        os.fstat(first)
