"""Where the daemon is, and in three different messages why it cannot be reached there."""

from __future__ import annotations

import errno
import os
import stat

from aegisctl.failure import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SYSTEM_SOCKET = "/run/aegis/control.sock"


def find_address(flag: str | None, environ: Mapping[str, str]) -> str:
    """`--socket` > $AEGIS_SOCKET > the user's own daemon if its socket exists > the host's."""
    named = flag or environ.get("AEGIS_SOCKET")
    if named:
        return named
    runtime = environ.get("XDG_RUNTIME_DIR")
    if runtime:
        path = os.path.join(runtime, "aegis", "control.sock")  # noqa: PTH118 - pathlib costs 3 ms
        if os.path.exists(path):  # noqa: PTH110
            return path
    return SYSTEM_SOCKET


def explain_refusal(path: str, error: OSError) -> Failure:
    """Why there is no connection: not running (69), no permission (77), or not a control socket (69)."""
    if isinstance(error, TimeoutError) or error.errno in {errno.EAGAIN, errno.ETIMEDOUT}:
        hint = "is it overloaded or stopped?   systemctl status aegisd"
        return Failure("no-answer", f"aegisd does not take connections on {path}", hint=hint)
    if error.errno in {errno.EACCES, errno.EPERM}:
        return _no_permission(path)
    wrong = _what_is_wrong(path, error)
    if wrong is not None:
        return Failure("wrong-socket", wrong, hint="the path comes from --socket, $AEGIS_SOCKET or the default")
    return _not_running(path)


def _what_is_wrong(path: str, error: OSError) -> str | None:
    if error.errno is None or error.errno == errno.ENAMETOOLONG:
        return f"{path} is too long for a socket's path (107 bytes at most)"
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116
    except OSError:
        folder = os.path.dirname(path) or "."  # noqa: PTH120
        if path == SYSTEM_SOCKET or os.path.isdir(folder):  # noqa: PTH112
            return None
        return f"there is no folder {folder}, so {path} cannot be the control socket"
    if not stat.S_ISSOCK(mode):
        return f"{path} is not a socket"
    if error.errno in {errno.EPROTOTYPE, errno.EPROTONOSUPPORT}:
        return f"{path} is a socket of another kind, not aegisd's"
    return None


def _not_running(path: str) -> Failure:
    user = "" if path == SYSTEM_SOCKET or not path.startswith("/run/user/") else " --user"
    sudo = "" if user else "sudo "
    hint = f"start it:   {sudo}systemctl{user} start aegisd\nits words:  journalctl{user} -u aegisd -n 20"
    return Failure("not-running", f"aegisd is not running (no answer on {path})", hint=hint)


def _no_permission(path: str) -> Failure:
    import grp  # noqa: PLC0415 - only here
    import pwd  # noqa: PLC0415

    gid = _owning_group(path)
    user, group = str(os.getuid()), "aegis"
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
        entry = grp.getgrgid(gid) if gid is not None else grp.getgrnam(group)
    except KeyError:
        members, group_id = [], -1
    else:
        group, members, group_id = entry.gr_name, entry.gr_mem, entry.gr_gid
    message = f"you ({user}) may not use {path}"
    if user in members and group_id not in os.getgroups():
        hint = f'you are in group "{group}", but this session is older: log in again, or:  newgrp {group}'
    else:
        hint = (
            f'it belongs to group "{group}"; you are not a member\n'
            f"ask an admin:  sudo usermod -aG {group} {user}   then log in again, or:  newgrp {group}"
        )
    return Failure("no-permission", message, hint=hint)


def _owning_group(path: str) -> int | None:
    """The group of the socket, or of the folder that hides it; None when that is root's (nothing to join)."""
    for place in (path, os.path.dirname(path) or "."):  # noqa: PTH120
        try:
            gid = os.stat(place).st_gid  # noqa: PTH116
        except OSError:
            continue
        return gid or None
    return None
