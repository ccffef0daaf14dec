"""What `aegisctl doctor` finds out by itself: whether the daemon can be reached, who it is, and what the user may do.

A check is a dict with `check`, `level` (ok, warning, problem), `text` and the lines of `fix`, as those of the daemon.
"""

from __future__ import annotations

import os

from aegisd import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from aegisctl.failure import Failure


def check(name: str, level: str, text: str, fix: Sequence[str] = ()) -> dict[str, Any]:
    """A check, as the daemon makes them."""
    return {"check": name, "level": level, "text": text, "fix": list(fix)}


def check_refusal(failure: Failure) -> dict[str, Any]:
    """That the daemon cannot be reached, and why."""
    return check("socket", "problem", failure.message, (failure.hint or "").splitlines())


def check_version(version: str) -> dict[str, Any]:
    """Whether both programs are of one version."""
    if version == __version__:
        return check("version", "ok", f"aegisd answers ({version}), same version as aegisctl")
    older = "aegisd" if _as_numbers(version) < _as_numbers(__version__) else "aegisctl"
    fix = "sudo systemctl restart aegisd" if older == "aegisd" else "install the aegisctl that came with aegisd"
    return check("version", "warning", f"aegisd answers ({version}), but aegisctl is {__version__}", (fix,))


def check_access(path: str) -> dict[str, Any]:
    """By what right this user connects, after it has."""
    import grp  # noqa: PLC0415 - only here
    import pwd  # noqa: PLC0415 - only here

    try:
        found = os.stat(path)  # noqa: PTH116 - pathlib costs 3 ms
    except OSError:
        return check("access", "ok", f"you may use {path}")
    if found.st_mode & 0o002:
        return check("access", "problem", f"everybody on this host may use {path}", (f"chmod 660 {path}",))
    if os.geteuid() == 0:
        return check("access", "ok", f"you are root, and may use {path}")
    try:
        if found.st_uid == os.geteuid():
            return check("access", "ok", f"you are {pwd.getpwuid(found.st_uid).pw_name}, to whom {path} belongs")
        return check("access", "ok", f"you are in group {grp.getgrgid(found.st_gid).gr_name}")
    except KeyError:
        return check("access", "ok", f"you may use {path}")


def _as_numbers(version: str) -> list[int]:
    return [int(part) if part.isdecimal() else 0 for part in version.split(".")]
