"""What a host can hold steps to: from its cgroups, from a sandbox that is tried, and for whom it is certain."""

import os
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from aegisd import abilities
from aegisd.abilities import find_obstacles, foresee_obstacles, list_secrets
from aegisd.config.values import DaemonConfig, OnStop
from aegisd.core.obstacle import Obstacle
from aegisd.executors.cgroups import CgroupRoot, NoCgroups
from tests.config.check import load_text

LIMITS = ("memory", "cpus", "pids")


def _daemon(state_dir: Path) -> DaemonConfig:
    return DaemonConfig(name="buildhost", state_dir=str(state_dir))


@pytest.mark.parametrize(
    ("controllers", "refused"),
    [({"cpu", "memory", "pids", "io"}, set()), ({"pids"}, {"memory", "cpus"}), (set(), set(LIMITS))],
)
def test_controllers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, controllers: set[str], refused: set[str]) -> None:
    """Each limit needs its controller; what is refused says which one is lacking and what to do."""
    root = CgroupRoot(path="/sys/fs/cgroup/a", controllers=frozenset(controllers))
    monkeypatch.setattr(abilities, "find_cgroups", lambda _: root)
    found = find_obstacles(_daemon(tmp_path), LIMITS)
    assert set(found) == refused
    assert all("/sys/fs/cgroup/a" in each.reason and each.fix and each.certain for each in found.values())


def test_controllers_beside_adoption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With adoption the cgroup that aegisd is started in has to stay free of controllers, unless it is the root of all
    or somebody else has enabled them."""
    root = CgroupRoot(path=str(tmp_path), controllers=frozenset({"memory", "pids"}))
    monkeypatch.setattr(abilities, "find_cgroups", lambda _: root)
    adopting = evolve(_daemon(tmp_path), on_stop=OnStop.ADOPT)
    assert set(find_obstacles(adopting, ["memory", "pids"])) == set()
    (tmp_path / "cgroup.type").touch()
    (tmp_path / "cgroup.subtree_control").write_text("pids\n")
    found = find_obstacles(adopting, ["memory", "pids"])
    assert set(found) == {"memory"}
    assert found["memory"].fix == 'on_stop = "drain" in [daemon]'
    assert set(find_obstacles(_daemon(tmp_path), ["memory", "pids"])) == set()


def test_no_cgroups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without cgroups the reason is why there are none; only what was asked for is refused."""
    monkeypatch.setattr(abilities, "find_cgroups", lambda _: NoCgroups(reason="not writable", fix="Delegate=yes"))
    assert find_obstacles(_daemon(tmp_path), ["pids"]) == {
        "pids": Obstacle(reason="no cgroups: not writable", fix="Delegate=yes")
    }


def test_sandboxes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox without a network is tried only where one with a network works."""
    tried: list[bool] = []
    missing = Obstacle(reason="no", fix="do")
    broken: list[bool] = []

    def find(*, network: bool) -> Obstacle | None:
        tried.append(network)
        return missing if network in broken else None

    monkeypatch.setattr(abilities, "find_sandbox_obstacle", find)
    assert find_obstacles(_daemon(tmp_path), ["sandbox", "network"]) == {}
    broken.append(False)
    assert find_obstacles(_daemon(tmp_path), ["sandbox", "network"]) == {"network": missing}
    broken.append(True)
    assert find_obstacles(_daemon(tmp_path), ["network"]) == {"sandbox": missing}
    assert tried == [True, False, True, False, True]


def test_for_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cgroups looked at are those of the aegisd that runs on the state directory, if one does."""
    looked: list[Path] = []

    def find(proc: Path) -> NoCgroups:
        looked.append(proc)
        return NoCgroups(reason="no", fix="do")

    monkeypatch.setattr(abilities, "find_cgroups", find)
    assert foresee_obstacles(_daemon(tmp_path), ["pids"])["pids"].certain
    (tmp_path / "lock").write_text("nonsense")
    foresee_obstacles(_daemon(tmp_path), ["pids"])
    (tmp_path / "lock").write_text(f"{os.getpid()}\n")  # a process, but no aegisd unless its command line says so
    foresee_obstacles(_daemon(tmp_path), ["pids"])
    assert looked[:2] == [Path("/proc/self")] * 2
    words = Path("/proc/self/cmdline").read_bytes()
    assert looked[2] == (Path(f"/proc/{os.getpid()}") if b"aegisd" in words else Path("/proc/self"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_for_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the aegisd of another user can do is not certain."""
    monkeypatch.setattr(abilities, "find_cgroups", lambda _: NoCgroups(reason="no", fix="do"))
    os.chown(tmp_path, 65534, 65534)
    assert not foresee_obstacles(_daemon(tmp_path), ["pids"])["pids"].certain
    assert foresee_obstacles(_daemon(tmp_path / "to-come"), ["pids"])["pids"].certain


@pytest.mark.parametrize(("socket", "door"), [("/run/aegis/control.sock", "/run/aegis"), ("/srv/app/s", "/srv/app/s")])
def test_secrets(socket: str, door: str) -> None:
    """State, credentials, the system's configuration, and the socket, with its folder where that is aegisd's own."""
    config = load_text(f'[daemon]\nstate_dir = "/s"\n[control]\nsocket = "{socket}"\n')
    environment: dict[str, Any] = {"CREDENTIALS_DIRECTORY": "/run/credentials/aegisd.service"}
    assert set(list_secrets(config, environment).paths) == {"/s", door, "/etc/aegis", *environment.values()}
    assert set(list_secrets(config, {}).paths) == {"/s", door, "/etc/aegis"}
