"""Where cgroups may be kept: read from what the kernel says, for the hosts that there are."""

import os
from pathlib import Path

import pytest

from aegisd.executors.cgroups import CgroupRoot, NoCgroups, find_cgroups, locate

HYBRID = (
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"
)
UNIFIED = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
CONTAINER = "912 905 0:26 /docker/abc /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n"
UNIT = "/system.slice/aegisd.service"


@pytest.mark.parametrize(
    ("mounts", "own", "place"),
    [
        (HYBRID, "9:name=systemd:/\n1:cpu:/\n0::/\n", "/sys/fs/cgroup/unified"),
        (UNIFIED, f"0::{UNIT}\n", f"/sys/fs/cgroup{UNIT}"),
        (UNIFIED, f"0::{UNIT}/supervisor\n", f"/sys/fs/cgroup{UNIT}"),
        (UNIFIED, "0::/system.slice/a:b\\x2dc.service\n", "/sys/fs/cgroup/system.slice/a:b\\x2dc.service"),
        (CONTAINER, "0::/docker/abc\n", "/sys/fs/cgroup"),
        (CONTAINER, "0::/docker/abc/steps\n", "/sys/fs/cgroup/steps"),
        ("9 1 0:2 / /mnt/with\\040space rw - cgroup2 none rw\n", "0::/x\n", "/mnt/with space/x"),
    ],
)
def test_the_place(mounts: str, own: str, place: str) -> None:
    """Mount point and own path make the place, on hybrid and unified hosts, under systemd and in containers."""
    assert locate(mounts, own) == place


@pytest.mark.parametrize(
    ("mounts", "own", "reason"),
    [
        ("", "0::/\n", "no cgroup2 mounted"),
        (HYBRID, "1:cpu:/\n", "no cgroup2 mounted"),
        (CONTAINER, "0::/docker/abcd\n", "outside"),
        ("1 1 0:1 /a /sys/fs/cgroup rw - cgroup2 c rw\n", "0::/../x\n", "outside"),
    ],
)
def test_no_place(mounts: str, own: str, reason: str) -> None:
    """Where there is none the reason says so, and there is something to do about it."""
    found = locate(mounts, own)
    assert isinstance(found, NoCgroups)
    assert reason in found.describe()
    assert found.fix


def _pretend(folder: Path, own: str) -> Path:
    """A /proc/self of a process whose cgroup2 is an ordinary folder."""
    (folder / "mountinfo").write_text(f"9 1 0:2 / {folder} rw - cgroup2 none rw\n")
    (folder / "cgroup").write_text(f"0::{own}\n")
    return folder


def test_a_read_only_mount(tmp_path: Path) -> None:
    """A place that cannot be written is refused with its name and what to do about it."""
    (tmp_path / "unit").mkdir()
    found = find_cgroups(_pretend(tmp_path, "/unit"))
    assert isinstance(found, NoCgroups)
    assert found.describe() == f"no cgroups: {tmp_path}/unit is not writable for aegisd"
    assert "Delegate=yes" in found.fix


def test_an_old_kernel(tmp_path: Path) -> None:
    """Without cgroup.kill there is no containment by cgroups, and nothing is left of the try."""
    (tmp_path / "cgroup.procs").touch()
    found = find_cgroups(_pretend(tmp_path, "/"))
    assert isinstance(found, NoCgroups)
    assert "5.14" in found.reason
    assert [path for path in tmp_path.iterdir() if path.name.startswith("aegis-")] == []


def test_no_proc(tmp_path: Path) -> None:
    """A host without /proc is told so."""
    found = find_cgroups(tmp_path)
    assert isinstance(found, NoCgroups)
    assert "mountinfo cannot be read" in found.reason


def test_this_host() -> None:
    """The place that is found on this host takes a cgroup; elsewhere there is a reason."""
    found = find_cgroups()
    if isinstance(found, NoCgroups):
        pytest.skip(f"{found.describe()}; {found.fix}")
    probe = Path(found.path, f"aegis-test-{os.getpid()}")
    probe.mkdir()
    try:
        assert (probe / "cgroup.kill").exists()
        assert isinstance(found, CgroupRoot)
        assert found.path in found.describe()
    finally:
        probe.rmdir()
