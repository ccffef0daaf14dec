"""Steps that do not want to end, and what is left of them: by a token in their command lines and by parentage."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from aegisd.executors.cgroups import NoCgroups, find_cgroups
from aegisd.programs.descendants import list_descendants
from tests.behaviour.host import Host, processes_with
from tests.source import ROOT

NOBODY = 65534
VARIANTS = ("cgroup", "subreaper", "subreaper as an ordinary user")

SHAPES = {
    "plain": "echo up; sleep TOKEN",
    "stubborn": 'trap "" TERM; sleep TOKEN & echo up; while :; do sleep 0.1; done',
    "double-fork": "(sh -c 'trap \"\" TERM; sleep TOKEN & sleep TOKEN' &) ; echo up; sleep TOKEN",
    "setsid": "setsid sh -c 'trap \"\" TERM; sleep TOKEN; sleep TOKEN' & setsid -f sleep TOKEN; echo up; wait",
    "clean-environment": "env -i setsid -f /bin/sleep TOKEN; echo up; sleep TOKEN",
    "closed-output": "echo up; exec >&- 2>&-; sleep TOKEN",
    "background-jobs": "sleep TOKEN & sleep TOKEN & sleep TOKEN & echo up; wait",
    "new-pids": "sh HOPPER TOKEN & echo up; sleep TOKEN",
    "many": 'trap "" TERM; i=0; while [ $i -lt 60 ]; do sleep TOKEN & i=$((i + 1)); done; echo up; wait; sleep TOKEN',
}
"""Lines of shell that say `up` once they are what they are. Each process has TOKEN in its command line."""

_HOPPER = 'trap "" TERM\nsleep 0.002\nsetsid sh "$0" "$1" &\n'


def write_workflow(folder: Path, name: str, token: str, *, step: str = "", shapes: tuple[str, ...] = ()) -> str:
    """Text of a workflow whose steps are `shapes` (all of them), side by side."""
    hopper = folder / "hopper.sh"
    hopper.write_text(_HOPPER)
    text = f"[workflows.{name}]\nmax_concurrent = 100\n"
    for shape in shapes or SHAPES:
        script = SHAPES[shape].replace("TOKEN", token).replace("HOPPER", str(hopper)).replace("\\", "\\\\")
        line = script.replace('"', '\\"')
        text += f'[[workflows.{name}.steps]]\nname = "{shape}"\nparallel = true\nrun = "{line}"\n{step}\n'
    return text


def find_left(host: Host, token: str) -> list[str]:
    """What is left of steps: processes with `token` in their command lines, and descendants of aegisd that are none of
    its own programs."""
    assert host.process is not None
    found = processes_with(token)
    for pid in list_descendants(host.process.pid):
        line = read_line(pid)
        if line and "aegisd.programs" not in line:
            found.append(line)
    return found


def find_programs(host: Host, name: str) -> list[int]:
    """The pids of aegisd's own program `name`, the first the oldest; its forks have its command line."""
    assert host.process is not None
    return [pid for pid in list_descendants(host.process.pid) if f"{name}.main(" in read_line(pid)]


def read_line(pid: int) -> str:
    """The command line of a process; empty once it is gone."""
    try:
        return Path("/proc", str(pid), "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def is_up(host: Host, run: int) -> bool:
    """Whether all steps of a run have said so."""
    return all(host.output(run, step["name"]).startswith(b"up\n") for step in host.show(run)["steps"])


def list_receipts(host: Host, run: int) -> dict[str, dict[str, Any]]:
    """The receipt of the last attempt of each step."""
    return {step["name"]: step["attempts"][-1]["receipt"] for step in host.show(run)["steps"]}


@contextmanager
def open_host(folder: Path, config: str, variant: str, *, daemon: str = "") -> Iterator[Host]:
    """A host with that strategy, started; or the test is skipped, and says why."""
    strategy = variant.split(maxsplit=1)[0]
    found = find_cgroups()
    if strategy == "cgroup" and isinstance(found, NoCgroups):
        pytest.skip(f"NOT TESTED HERE: containment by cgroups ({found.reason}; {found.fix})")
    host = Host(folder, config, daemon=f'containment = "{strategy}"\ngrace = "300ms"\nruns = 100\n{daemon}')
    if variant.endswith("user"):
        become_ordinary(host)
    try:
        host.start()
        yield host
    finally:
        if host.process is not None:
            host.kill()


def become_ordinary(host: Host) -> None:
    """Let aegisd run as an ordinary user, who owns the folder; or the test is skipped, and says why."""
    if os.getuid() != 0:
        return  # everybody is one already
    host.spawning = {"user": NOBODY, "group": NOBODY, "extra_groups": ()}
    libraries = os.pathsep.join([str(ROOT), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    host.spawning["env"] = {**os.environ, "PYTHONPATH": libraries, "HOME": str(host.folder)}
    os.chown(host.folder, NOBODY, NOBODY)
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        host.python = python
        try:
            subprocess.run(
                [python, "-c", "import aegisd.serve"], cwd=ROOT, check=True, capture_output=True, **host.spawning
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        return
    pytest.skip(f"NOT TESTED HERE: aegisd as an ordinary user (uid {NOBODY} can use no interpreter with its libraries)")
