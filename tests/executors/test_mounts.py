"""What is mounted where, from texts of the kernel, and the other names of a file."""

from pathlib import Path

import pytest

from aegisd.executors.mounts import find_names, is_within, parse_mounts, read_mounts

TEXT = r"""22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw
41 22 254:2 / /data rw - ext4 /dev/vdb rw
42 22 254:2 /aegis /var/lib/aegis rw - ext4 /dev/vdb rw
43 22 254:2 /aegis/runs /srv/all\040runs rw master:3 - ext4 /dev/vdb rw
44 22 254:2 /other /srv/other rw - ext4 /dev/vdb rw
45 22 254:1 /srv /mnt/srv rw - ext4 /dev/vda1 rw
46 22 0:30 / /srv/other rw - tmpfs tmpfs rw
"""


def test_lines() -> None:
    """Device, folder, place and kind of each mount; escaped blanks are blanks."""
    mounts = parse_mounts(TEXT)
    assert [mount.point for mount in mounts][2:5] == ["/data", "/var/lib/aegis", "/srv/all runs"]
    assert (mounts[1].kind, mounts[3].root, mounts[3].device) == ("cgroup2", "/aegis", "254:2")


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/var/lib/aegis", ["/var/lib/aegis", "/data/aegis", "/srv/all runs"]),
        ("/var/lib/aegis/runs/1", ["/var/lib/aegis/runs/1", "/data/aegis/runs/1", "/srv/all runs/1"]),
        ("/data/aegis/store", ["/data/aegis/store", "/var/lib/aegis/store"]),
        ("/srv/web", ["/srv/web", "/mnt/srv/web"]),
        ("/srv/other/x", ["/srv/other/x"]),
        ("/etc/aegis", ["/etc/aegis"]),
        ("/sys/fs/cgroup/a", ["/sys/fs/cgroup/a"]),
    ],
)
def test_other_names(path: str, names: list[str]) -> None:
    """A path, and where it or a part of it is mounted as well; a mount that is covered counts for nothing."""
    assert list(find_names(path, parse_mounts(TEXT))) == names


def test_this_host() -> None:
    """The mounts of this host have a root, and a file on it has its own name first."""
    mounts = read_mounts()
    assert "/" in [mount.point for mount in mounts]
    assert next(find_names(str(Path(__file__).resolve()), mounts)) == str(Path(__file__).resolve())


def test_within() -> None:
    """A folder is within itself; one with a longer name is not within a shorter one."""
    assert is_within("/a/b", "/a/b")
    assert is_within("/a/b/c", "/a/b")
    assert not is_within("/a/bc", "/a/b")
