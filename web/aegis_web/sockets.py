"""The listening sockets of the HTTP door: made here, not by hypercorn, which takes over files that are in use and lets
every child inherit them."""

import errno
import grp
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import trio

from aegisd.core.address import UNIX, split_address
from aegisd.listening.refusal import ListenError
from aegisd.listening.unix import bind_unix, remove_own

_BACKLOG = 512
_SETTING = "web.bind"


@contextmanager
def open_listeners(
    bind: Sequence[str], *, group: str | None, passed: Sequence[socket.socket]
) -> Iterator[list[trio.SocketListener]]:
    """Listeners at the addresses of `bind`, or the sockets that systemd `passed` instead. Raises ListenError.

    The file of a Unix socket is 0660 for `group` (0600 without one) and removed at the end.
    """
    with ExitStack() as stack:
        sockets = [stack.enter_context(each.dup()) for each in passed] or [_open(each, group, stack) for each in bind]
        yield [trio.SocketListener(trio.socket.from_stdlib_socket(each)) for each in sockets]


def show_address(listener: trio.SocketListener, *, is_secure: bool = False) -> str:
    """`http://127.0.0.1:8640`, `https://...` or `unix:/run/aegis/web.sock`."""
    address = listener.socket.getsockname()
    if listener.socket.family == socket.AF_UNIX:
        return f"{UNIX}{address}"
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    return f"{'https' if is_secure else 'http'}://{host}:{address[1]}"


def _open(address: str, group: str | None, stack: ExitStack) -> socket.socket:
    if address.startswith(UNIX):
        path = Path(address.removeprefix(UNIX))
        bound, identity = bind_unix(path, gid=_find_gid(group), what="HTTP socket", setting=_SETTING)
        stack.callback(remove_own, path, identity)
        return stack.enter_context(bound)
    host, port = split_address(address)
    return stack.enter_context(_listen(socket.AF_INET6 if ":" in host else socket.AF_INET, (host, port), address))


def _listen(family: int, where: tuple[str, int], address: str) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(where)
        made.listen(_BACKLOG)
    except OSError as error:
        made.close()
        why = "another program listens there" if error.errno == errno.EADDRINUSE else error.strerror
        message = f"cannot listen on {address}: {why}"
        raise ListenError(message, hint=f'choose another address with {_SETTING}; "[]" switches HTTP off') from None
    return made


def _find_gid(group: str | None) -> int | None:
    try:
        return None if group is None else grp.getgrnam(group).gr_gid
    except KeyError:
        message = f'web.group: there is no group "{group}" on this host'
        raise ListenError(message, hint=f"make it:  sudo groupadd --system {group}") from None
