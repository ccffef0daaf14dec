"""What systemd says of the unit that a process belongs to: `systemctl show` is asked, since drop-ins, presets and the
manager's own defaults all have their say in it."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

_PATH = "/usr/bin:/bin"
_PATIENCE_S = 5.0


class UnitError(Exception):
    """The unit could not be asked about; the text says why."""


@frozen(kw_only=True)
class Unit:
    """A service by its `name`, and whether it is one of a user's manager."""

    name: str
    is_of_user: bool


def find_unit(cgroups: str) -> Unit | None:
    """The service of a process, from the text of its /proc/PID/cgroup (cgroups(7)); None where it belongs to none."""
    for line in cgroups.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        services = [part for part in path.split("/") if part.endswith(".service")]
        if controllers in {"", "name=systemd"} and services and not services[-1].startswith("user@"):
            return Unit(name=services[-1], is_of_user=services[0].startswith("user@"))
    return None


def ask_own_unit(*names: str, proc: Path = Path("/proc/self")) -> tuple[str, Mapping[str, str]]:
    """The name of the service that this process belongs to, and its properties `names`. Blocks. Raises UnitError."""
    unit = find_unit((proc / "cgroup").read_text())
    if unit is None:
        message = "aegisd is not in the cgroup of a service"
        raise UnitError(message)
    return unit.name, _show(unit, names)


def _show(unit: Unit, names: tuple[str, ...]) -> dict[str, str]:
    program = shutil.which("systemctl", path=_PATH)
    if program is None:
        message = "there is no systemctl"
        raise UnitError(message)
    scope = ("--user",) if unit.is_of_user else ()
    try:
        done = subprocess.run(  # noqa: S603 - systemctl, found in the system's folders
            [program, *scope, "show", f"--property={','.join(names)}", "--", unit.name],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"systemctl failed: {error}"
        raise UnitError(message) from error
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        raise UnitError(words[-1] if words else f"systemctl left with {done.returncode}")
    return read_properties(done.stdout.decode(errors="replace"))


def read_properties(text: str) -> dict[str, str]:
    """What `systemctl show` prints, a `NAME=VALUE` a line, as values by name."""
    return {name: value for name, equals, value in (line.partition("=") for line in text.splitlines()) if equals}
