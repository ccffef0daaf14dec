"""What holds steps together and apart: the containment in force, the limits it can honour, and a sandbox tried out."""

import os
from collections.abc import Iterator
from pathlib import Path

from aegisd.abilities import find_obstacles, foresee_obstacles, list_secrets
from aegisd.diagnosis.finding import Finding, fail, warn, well
from aegisd.diagnosis.patient import Patient
from aegisd.executors.cgroups import NoCgroups, find_cgroups
from aegisd.executors.sandbox import Secrets
from aegisd.executors.trial import TrialError, try_sandbox

_LIMITS = ("memory", "cpus", "pids")
_BEST = "cgroup"
_LOOK = 'cat /proc/[0-9]*/stat; echo; for path; do ls -A "$path" 2>/dev/null; done; true'


def check_containment(patient: Patient) -> Iterator[Finding]:
    """Which strategy ends the processes of steps, and what is in the way of the best one."""
    cgroups = find_cgroups()
    if patient.life is None:
        if isinstance(cgroups, NoCgroups):
            yield warn(f"an aegisd of yours could keep no cgroups: {cgroups.reason}", cgroups.fix)
        else:
            yield well(f"an aegisd of yours could keep {cgroups.describe()}")
        return
    name = patient.life.containment
    if name == _BEST:
        yield well(f"steps are contained by {cgroups.describe()}")
    elif isinstance(cgroups, NoCgroups):
        yield warn(f"steps are contained by {name}, not in cgroups: {cgroups.reason}", cgroups.fix)
    else:
        yield warn(f"steps are contained by {name}, though there could be {cgroups.describe()}", "restart aegisd")


def check_limits(patient: Patient) -> Iterator[Finding]:
    """Which limits of steps would hold."""
    if patient.config is None:
        return
    find = foresee_obstacles if patient.life is None else find_obstacles
    obstacles = find(patient.config.daemon, _LIMITS)
    possible = [name for name in _LIMITS if name not in obstacles]
    if possible:
        yield well(f"steps can be limited in {', '.join(possible)}")
    for fix in dict.fromkeys(obstacle.fix for obstacle in obstacles.values()):
        names = [name for name in _LIMITS if name in obstacles and obstacles[name].fix == fix]
        yield warn(f"steps cannot be limited in {', '.join(names)}: {obstacles[names[0]].reason}", fix)


def check_sandbox(patient: Patient) -> Iterator[Finding]:
    """A sandbox is made, and looked around in: no process of aegisd and nothing of its state may be there."""
    secrets = list_secrets(patient.config, patient.environment) if patient.config else Secrets(paths=())
    folders = [path for path in secrets.paths if os.path.isdir(path)]  # noqa: PTH112 - no error for what may not be looked at
    try:
        seen = try_sandbox("/bin/sh", "-c", _LOOK, "sh", *folders, network=False, secrets=secrets)
    except TrialError as error:
        found = error.obstacle
        level = fail if _is_wanted(patient) else warn
        yield level(f"steps cannot be put into a sandbox: {found.reason}", found.fix)
        return
    processes, _, files = seen.partition("\n\n")
    times = {line[line.rindex(")") + 2 :].split()[19] for line in processes.splitlines() if ")" in line}
    if not times:
        yield fail("a sandbox has no processes of its own to see: /proc is missing in it", "report it")
    elif _start_time() in times:
        yield fail("a sandbox shows the processes of aegisd", "report it: this is a bug in aegis")
    elif files.strip():
        yield fail(f"a sandbox shows what aegisd keeps: {files.split()[0]}", "report it: this is a bug in aegis")
    else:
        yield well("a sandbox works: nothing of aegisd's processes and files can be seen in it")


def _start_time() -> str:
    """When this process began, in ticks since the boot: with the same value nothing but this process is there."""
    text = Path(f"/proc/{os.getpid()}/stat").read_text()
    return text[text.rindex(")") + 2 :].split()[19]


def _is_wanted(patient: Patient) -> bool:
    """Whether some step asks for a sandbox."""
    workflows = patient.config.workflows.values() if patient.config else ()
    steps = [step for workflow in workflows for step in workflow.steps]
    return any(getattr(step.spec, "sandbox", None) == "bwrap" for step in steps)
