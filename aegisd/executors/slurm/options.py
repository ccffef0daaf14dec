"""The command lines and scripts that jobs are handed in with. Pure: what Slurm is told, in one place.

Users of the cluster see the name of a job and the command lines of nodes; no secret is in either. The environment goes
with srun in its messages, and with sbatch into a file of the controller that only its user can read.
"""

import math
import shlex

from aegisd.core.executor_keys import SlurmKeys
from aegisd.core.placement import Resources
from aegisd.executors.job import Job, JobGroup

MARK = "aegis-exit"
BEGUN = "aegis-begin"

# $1 is the job's name, $2 its directory. The step's stderr joins its stdout, so that srun's own stderr has only what
# srun and this wrapper say. Slurm sends SIGTERM to the wrapper alone, which passes it on to its group. A shell starts
# what it does not wait for with SIGINT ignored; env undoes that where it can.
WRAPPER = (
    'n=$1; cd -- "$2" || exit 125; shift 2; exec 3>&2 2>&1; '
    'command -v -- "$1" >/dev/null || { echo "$1: no such program on this node" >&3; exit 127; }; '
    'e="env --default-signal=INT,QUIT"; case $1 in *=*) e=;; *) $e true 2>/dev/null || e=;; esac; '
    f'printf "{BEGUN} %s %s\\n" "$n" "${{SLURMD_NODENAME:-}}" >&3; '
    "trap 'trap \"\" TERM; kill -TERM 0; trap : TERM' TERM; "
    '$e "$@" 3>&- </dev/null & p=$!; wait $p; c=$?; while kill -0 $p 2>/dev/null; do wait $p; c=$?; done; '
    f'printf "\\n{MARK} %s %s\\n" "$n" "$c" >&3; exit $c'
)

HELD = "aegis-held"
HOLD = f'echo "{HELD} $SLURM_JOB_ID"; exec cat >/dev/null'

_SRUN = ("--mpi=none", "--export=ALL", "-n1", "-N1")
_MIB = 1024 * 1024


def srun_options(keys: SlurmKeys, job: Job) -> tuple[str, ...]:
    """srun's options and the wrapped command. `-D /`: Slurm would replace a missing directory by /tmp in silence."""
    return ("-Q", "-u", *_SRUN, "-J", job.name, "-D", "/", *_ask(keys, job.resources, job.limit), "--", *_wrap(job))


def salloc_options(keys: SlurmKeys, group: JobGroup, name: str) -> tuple[str, ...]:
    """salloc's options and what it runs here: a command that tells the allocation's number and lasts as long as aegisd
    holds its stdin open. `-K`: salloc ends when the allocation does. `-Q`: what it says of its end would otherwise
    end it too early, once aegisd does not listen any more."""
    ask = _ask(keys, sum_up(keys, group), group.limit)
    return ("-K", "-Q", "-n1", "-N1", "-J", name, "-D", "/", *ask, "--", "/bin/sh", "-c", HOLD)


def step_options(keys: SlurmKeys, job: Job, allocation: str, *, before: str = "") -> tuple[str, ...]:
    """srun's options for a step in the allocation of that number, and the wrapped command; `before` is a line of shell
    that comes first. The allocation has its partition and account already."""
    within = SlurmKeys(cpus=keys.cpus, backstop=keys.backstop)
    want = Resources(cpus=job.resources.cpus, memory=job.resources.memory)
    how = inside_options(allocation, job.name)
    return ("-Q", "-u", *how, *_ask(within, want, job.limit), "--", *_wrap(job, before))


def inside_options(allocation: str, name: str) -> tuple[str, ...]:
    """srun's options for anything that runs in an allocation, whatever else does. `-u`, with which lines come as they
    are written, would make a terminal of its stdout."""
    return (*_SRUN, f"--jobid={allocation}", "--overlap", "-J", name, "-D", "/")


def sum_up(keys: SlurmKeys, group: JobGroup) -> Resources:
    """What an allocation needs for the greatest of a run's steps: they have one partition and one constraint."""
    asks = group.asks or (Resources(),)
    return Resources(
        cpus=max(each.cpus or keys.cpus for each in asks),
        memory=max(each.memory or keys.memory or 0 for each in asks) or None,
        constraint=next((each.constraint for each in asks if each.constraint), None),
        partition=next((each.partition for each in asks if each.partition), None),
    )


def sbatch_options(keys: SlurmKeys, job: Job) -> tuple[str, ...]:
    """sbatch's options; the script goes to its stdin. `--no-requeue`: what is tried again is for aegis to say."""
    ends = ("--parsable", "--no-requeue", "--export=ALL", "--open-mode=append", "-i", "/dev/null")
    whose = ("-o", log_path(keys, job.name), "-n1", "-N1", "-J", job.name, "-D", "/")
    return (*ends, *whose, *_ask(keys, job.resources, job.limit))


def make_script(keys: SlurmKeys, job: Job) -> bytes:
    """What a detached job executes. Its exit code is kept in a file beside its output, for an aegisd that comes back
    when the controller has forgotten the job."""
    program = job.command.argv[0]
    end = shlex.quote(end_path(keys, job.name))
    missing = shlex.quote(f"{program}: no such program on this node")
    lines = [
        "#!/bin/sh",
        f"cd -- {shlex.quote(job.command.dir)} || exit 125",
        "trap : TERM",
        f"command -v -- {shlex.quote(program)} >/dev/null || {{ echo {missing}; exit 127; }}",
        shlex.join(job.command.argv),
        "c=$?",
        f'printf "{MARK} %s %s\\n" {shlex.quote(job.name)} "$c" >{end}.new && mv -f -- {end}.new {end}',
        "exit $c",
    ]
    return ("\n".join(lines) + "\n").encode(errors="surrogateescape")


def log_path(keys: SlurmKeys, name: str) -> str:
    """Where a detached job writes."""
    return f"{keys.spool}/{name}.log"


def end_path(keys: SlurmKeys, name: str) -> str:
    """Where a detached job leaves its exit code."""
    return f"{keys.spool}/{name}.end"


def read_code(text: str, name: str) -> int | None:
    """The exit code that the wrapper of job `name` has told in `text`, the last one if there are several."""
    for line in reversed(text.splitlines()):
        words = line.split(" ")
        if len(words) == 3 and words[:2] == [MARK, name] and words[2].isdigit() and int(words[2]) < 256:
            return int(words[2])
    return None


def _wrap(job: Job, before: str = "") -> tuple[str, ...]:
    return ("/bin/sh", "-c", before + WRAPPER, "aegis-step", job.name, job.command.dir, *job.command.argv)


def _ask(keys: SlurmKeys, want: Resources, limit: float | None) -> tuple[str, ...]:
    """The resources: what is wanted before what the executor says."""
    memory, constraint = want.memory or keys.memory, want.constraint or keys.constraint
    partition = want.partition or keys.partition
    options = ["-c", str(want.cpus or keys.cpus)]
    options += [f"--mem={math.ceil(memory / _MIB)}M"] if memory else []
    options += [f"--constraint={constraint}"] if constraint else []
    options += ["-p", partition] if partition else []
    options += ["-A", keys.account] if keys.account else []
    options += ["-t", str(max(1, math.ceil((limit + keys.backstop) / 60)))] if limit is not None else []
    return tuple(options)
