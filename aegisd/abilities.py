"""What this host can hold steps to under a given configuration, and what of aegisd no sandbox shows them.

Found out by trying, when a step asks for it; `aegisd` does so at its start, at a reload and for a resumed run, and
`aegisctl validate` for the aegisd that would be started or that runs already.
"""

import functools
import os
from collections.abc import Collection, Mapping
from pathlib import Path

from attrs import evolve

from aegisd.config.secret_files import list_secret_files
from aegisd.config.values import Config, Containment, DaemonConfig, OnStop
from aegisd.core.obstacle import Obstacle, Obstacles
from aegisd.executors.cgroups import NoCgroups, find_cgroups, list_enabled, may_hold_both
from aegisd.executors.confined import ConfinedExecutor, Executor
from aegisd.executors.limits import CONTROLLERS
from aegisd.executors.records import FOLDER
from aegisd.executors.sandbox import Secrets
from aegisd.executors.trial import find_sandbox_obstacle

_SELF = Path("/proc/self")
_SYSTEM_CONFIG = "/etc/aegis"
_OWN_FOLDER = "aegis"


def find_obstacles(daemon: DaemonConfig, demands: Collection[str]) -> Obstacles:
    """Which of `demands` this process cannot honour as an aegisd that is configured as `daemon`. Blocks."""
    return _find_obstacles(daemon, demands, _SELF)


def foresee_obstacles(daemon: DaemonConfig, demands: Collection[str]) -> Obstacles:
    """As `find_obstacles`, for an aegisd that is another process: the one that runs on this state directory, else one
    started by the same user. What another user's aegisd can do is not certain."""
    found = _find_obstacles(daemon, demands, _find_running(daemon) or _SELF)
    if _is_of_another(daemon.state_dir):
        return {name: evolve(obstacle, certain=False) for name, obstacle in found.items()}
    return found


def confine_executor(inner: Executor, config: Config, environment: Mapping[str, str]) -> ConfinedExecutor:
    """`inner` with what steps of an aegisd with `config` may use and see."""
    find = functools.partial(find_obstacles, config.daemon)
    return ConfinedExecutor(
        inner,
        secrets=list_secrets(config, environment),
        find_obstacles=find,
        lasting=Path(config.daemon.state_dir, FOLDER),
    )


def list_secrets(config: Config, environment: Mapping[str, str]) -> Secrets:
    """What sandboxes hide of an aegisd with `config`: its state, its door, its credentials and secrets."""
    folder = str(Path(config.control.socket).parent)
    door = folder if Path(folder).name == _OWN_FOLDER else config.control.socket
    credentials = environment.get("CREDENTIALS_DIRECTORY", "")
    files = list_secret_files(config)
    paths = (config.daemon.state_dir, door, credentials, _SYSTEM_CONFIG, *files)
    return Secrets(paths=tuple(path for path in paths if path.startswith("/")))


def _find_obstacles(daemon: DaemonConfig, demands: Collection[str], proc: Path) -> Obstacles:
    found = {name: _find_limit_obstacle(daemon, name, proc) for name in CONTROLLERS if name in demands}
    if "sandbox" in demands or "network" in demands:
        found["sandbox"] = find_sandbox_obstacle(network=True)
    if "network" in demands and found["sandbox"] is None:
        found["network"] = find_sandbox_obstacle(network=False)
    return {name: obstacle for name, obstacle in found.items() if obstacle is not None}


def _find_limit_obstacle(daemon: DaemonConfig, name: str, proc: Path) -> Obstacle | None:
    if daemon.containment is Containment.SUBREAPER:
        return Obstacle(reason='[daemon] containment is "subreaper"', fix='containment = "auto" in [daemon]')
    cgroups = find_cgroups(proc)
    if isinstance(cgroups, NoCgroups):
        return Obstacle(reason=cgroups.describe(), fix=cgroups.fix)
    controller = CONTROLLERS[name]
    if _may_not_enable(daemon, controller, cgroups.path):
        reason = f'[daemon] on_stop = "adopt" leaves {cgroups.path} free for the next aegisd to be started in'
        return Obstacle(reason=reason, fix='on_stop = "drain" in [daemon]')
    if controller in cgroups.controllers:
        return None
    reason = f"cgroups in {cgroups.path} have no {controller} controller"
    if _is_bound_to_v1(controller):
        return Obstacle(
            reason=f"{reason}: the host gives it to cgroups of version 1",
            fix="boot the host with systemd.unified_cgroup_hierarchy=1",
        )
    return Obstacle(reason=reason, fix=f"Delegate=yes in the unit of aegisd (Delegate={controller} gives it this one)")


def _may_not_enable(daemon: DaemonConfig, controller: str, place: str) -> bool:
    """Whether cgroups in `place` could have `controller`, but not beside an aegisd that is started there again."""
    if daemon.on_stop is not OnStop.ADOPT or may_hold_both(place):
        return False
    return controller not in list_enabled(place)


def _is_bound_to_v1(controller: str) -> bool:
    """Whether /proc/self/cgroup has a hierarchy of its own for `controller` (cgroups(7))."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    return any(controller in line.split(":")[1].split(",") for line in lines)


def _find_running(daemon: DaemonConfig) -> Path | None:
    """The folder in /proc of the aegisd that works in this state directory."""
    try:
        pid = int(Path(daemon.state_dir, "lock").read_text())
        words = Path("/proc", str(pid), "cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return Path("/proc", str(pid)) if any(b"aegisd" in word for word in words) else None


def _is_of_another(state_dir: str) -> bool:
    """Whether the state directory belongs to another user than this process's; root's view is not another user's."""
    for place in (Path(state_dir), *Path(state_dir).parents):
        try:
            owner = os.stat(place).st_uid  # noqa: PTH116 - asks once
        except OSError:
            continue
        return place == Path(state_dir) and owner != os.geteuid()
    return False
