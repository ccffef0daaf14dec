"""A Debian without Python for tests of packages: a root of its own, booted with systemd in namespaces of its own.

The root is a copy of the one that tests/systemd/debian keeps, with Python taken out. Nothing of the host is changed.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.source import ROOT

_SYSTEMD = ROOT / "tests" / "systemd"
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_PATIENCE_S = 120.0
_CANNOT = 77
_NO_PYTHON = "dpkg --purge --force-depends $(dpkg-query -W -f '${Package}\\n' | grep python) && rm -rf /var/cache/apt"


class Machine:
    """`root` is its file system as the host sees it, `init` the process id of its systemd."""

    def __init__(self, root: Path, init: int) -> None:
        self.root = root
        self._init = init

    def run(self, *words: str | Path, status: int | None = 0, **env: str) -> str:
        """What a command prints that ends with `status` (None: any); root's, with PATH and `env` as its environment."""
        done = subprocess.run(
            ["nsenter", "--target", str(self._init), "--all", "env", "-i", f"PATH={_PATH}", *_assign(env), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_PATIENCE_S,
            check=False,
        )
        told = done.stdout.decode("utf-8", "backslashreplace")
        assert status in {None, done.returncode}, f"{words} ended with {done.returncode}, not {status}:\n{told}"
        return told

    def show(self, name: str) -> str:
        """A property of aegisd's unit."""
        return self.run("systemctl", "show", "--value", "-p", name, "aegisd.service").strip()

    def find(self, *names: str) -> list[str]:
        """The paths in the root whose last part is like one of `names`, in order."""
        likes = [word for name in names for word in ("-o", "-iname", name)][1:]
        return sorted(self.run("find", "/", "-xdev", "(", *likes, ")", "-print").splitlines())


def _assign(env: dict[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in env.items()]


@contextmanager
def boot_machine(folder: Path) -> Iterator[Machine]:
    """A machine whose root is a new one below `folder`; skips the test where there can be none."""
    made = subprocess.run(["sh", _SYSTEMD / "debian"], capture_output=True, text=True, check=False)
    if made.returncode == _CANNOT:
        pytest.skip(made.stderr.strip())
    assert made.returncode == 0, made.stderr
    root, cgroup = folder / "root", f"aegis-test-{os.getpid()}"
    process = None
    try:
        subprocess.run(["cp", "-a", "--reflink=auto", made.stdout.strip(), root], check=True)
        subprocess.run(["chroot", root, "sh", "-c", _NO_PYTHON], check=True, capture_output=True)
        flags = ("--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child")
        with (folder / "boot.log").open("wb") as log:
            process = subprocess.Popen(
                ["unshare", *flags, "sh", _SYSTEMD / "boot", "start", root, cgroup],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        machine = Machine(root, _find_init(process, folder / "boot.log"))
        machine.run("systemctl", "is-system-running", "--quiet", "--wait", status=None)
        yield machine
    finally:
        if process is not None:
            process.kill()
            process.wait()
        subprocess.run(["sh", _SYSTEMD / "boot", "clean", cgroup], check=False)
        subprocess.run(["rm", "-rf", "--one-file-system", root], check=False)


def _find_init(process: "subprocess.Popen[bytes]", log: Path) -> int:
    """The process id of the systemd that `process` becomes the parent of."""
    children, deadline = Path(f"/proc/{process.pid}/task/{process.pid}/children"), time.monotonic() + _PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        for child in children.read_text().split():
            if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                return int(child)
        time.sleep(0.1)
    pytest.fail(f"systemd did not start: {log.read_text()}")
