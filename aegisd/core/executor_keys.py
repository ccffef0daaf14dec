"""The keys of `[executors.NAME]`, by the executor's type. An executor gets a value of its class and knows no files."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from attrs import frozen

from aegisd.core.schema import Complaint, Kind, key

SLURM_PREFIXES = ("SLURM_", "SBATCH_", "SRUN_", "SALLOC_", "SCANCEL_", "SQUEUE_", "SINFO_", "SLURMD_")
"""How the variables begin that Slurm's commands read as options, or that Slurm sets itself."""


class SlurmMode(StrEnum):
    """How aegisd and a job of Slurm hang together."""

    ATTACHED = "attached"
    DETACHED = "detached"


class SlurmAllocation(StrEnum):
    """What a step gets from Slurm."""

    STEP = "step"
    RUN = "run"


class SlurmWorkspace(StrEnum):
    """How the run's directory comes to the nodes."""

    SHARED = "shared"
    COPIED = "copied"


@frozen(kw_only=True)
class LocalKeys:
    """The host of aegisd itself."""

    slots: int = key(
        Kind.COUNT,
        "Steps that run on this host at once. The others wait, and their `timeout` does not run meanwhile.",
        example="2",
        default=1000,
        minimum=1,
        maximum=100_000,
    )
    queue_timeout: float = key(
        Kind.DURATION,
        "How long a step may wait for a slot. A step's own `queue_timeout` goes before it.",
        example='"30m"',
        default=86_400.0,
        minimum=0.1,
        default_text='"1d"',
    )


@frozen(kw_only=True)
class SlurmKeys:
    """A cluster under Slurm."""

    mode: SlurmMode = key(  # noqa: RUF009 - attrs' field()
        Kind.CHOICE,
        "`attached` runs steps with srun: their output comes as it is written, and they end with aegisd. `detached` "
        "submits them with sbatch: they go on without aegisd, and the next one takes them over. It needs `spool`.",
        example='"detached"',
        default=SlurmMode.ATTACHED,
    )
    allocation: SlurmAllocation = key(  # noqa: RUF009 - as above
        Kind.CHOICE,
        "With `step` each step is a job of its own. With `run` a run asks once, at its first step, for as much as the "
        "greatest of its steps wants; its steps run there, on one node, without another wait, and share it when they "
        "run at once. It is given back when the run has ended. Only with `attached`.",
        example='"run"',
        default=SlurmAllocation.STEP,
    )
    partition: str | None = key(
        Kind.NAME,
        "The partition of steps that name none.",
        example='"build"',
        default=None,
        default_text="the cluster's own",
    )
    account: str | None = key(
        Kind.NAME, "The account that jobs are charged to.", example='"ci"', default=None, default_text="the user's own"
    )
    constraint: str | None = key(
        Kind.TEXT,
        "What nodes must have, for steps that do not say.",
        example='"gcc13"',
        default=None,
        default_text="none",
    )
    cpus: int = key(
        Kind.COUNT, "Processors of a step that does not say.", example="1", default=1, minimum=1, maximum=65_536
    )
    memory: int | None = key(
        Kind.SIZE,
        "Memory of a step that does not say.",
        example='"2GiB"',
        default=None,
        minimum=1024 * 1024,
        default_text="the cluster's own",
    )
    grace: float = key(
        Kind.DURATION,
        "Time between SIGTERM and SIGKILL when a step is ended there.",
        example='"10s"',
        default=10.0,
        maximum=86_400,
        default_text='"10s"',
    )
    queue_timeout: float = key(
        Kind.DURATION,
        "How long a job may wait in the queue of the cluster, or for its controller. It is then taken back, and the "
        "step ends as `error` with what it waited for. A step's own `queue_timeout` goes before it.",
        example='"30m"',
        default=1800.0,
        minimum=0.1,
        default_text='"30m"',
    )
    max_running: int = key(
        Kind.COUNT,
        "Jobs that this aegisd has there at once, waiting ones included.",
        example="300",
        default=300,
        minimum=1,
        maximum=10_000,
    )
    submit_rate: float = key(
        Kind.NUMBER, "Jobs that are submitted in a second.", example="20", default=20.0, minimum=0.1, maximum=1000
    )
    poll_interval: float = key(
        Kind.DURATION,
        "How often the controller is asked for all jobs together. While many of them end it is asked up to four times "
        "as often, and less often while it is slow to answer.",
        example='"1s"',
        default=1.0,
        minimum=0.1,
        maximum=60,
        default_text='"1s"',
    )
    backstop: float = key(
        Kind.DURATION,
        "How much later than a step's `timeout` the cluster ends a job by itself, should aegisd not do it.",
        example='"2m"',
        default=120.0,
        minimum=1,
        default_text='"2m"',
    )
    spool: str | None = key(
        Kind.PATH,
        "A directory that this host and all nodes see under this name, for the output of detached jobs.",
        example='"/nfs/aegis/spool"',
        default=None,
        default_text="must be given with `detached`",
    )
    workspace: SlurmWorkspace = key(  # noqa: RUF009 - as above
        Kind.CHOICE,
        "With `shared` the nodes see the run's directory under its name. With `copied` it is copied to the node, once "
        "for each allocation, and what a step declares as `artifacts` and `reports` or leaves in `$AEGIS_ARTIFACTS` is "
        'brought back. Only with `allocation = "run"`.',
        example='"copied"',
        default=SlurmWorkspace.SHARED,
    )
    scratch: str = key(
        Kind.PATH,
        "The directory of the node in which copies lie, each in a folder of its own that goes with its allocation.",
        example='"/scratch"',
        default="/tmp",  # noqa: S108 - the folder in it is made anew, for its user alone
        default_text='"/tmp"',
    )
    copy_limit: int = key(
        Kind.SIZE,
        "The most that is copied to a node for a run, and back from it for a step. More is refused.",
        example='"10GiB"',
        default=1024**3,
        minimum=1024,
        default_text='"1GiB"',
    )
    conf: str | None = key(
        Kind.PATH,
        "The slurm.conf of the cluster.",
        example='"/etc/slurm/slurm.conf"',
        default=None,
        default_text="that of Slurm's commands",
    )
    env: tuple[str, ...] = key(
        Kind.TEXTS,
        "Variables of aegisd's own environment that jobs get, beside those that all steps get. What a workflow or step "
        "says in `env` goes before them. Names that begin with `SLURM_`, `SBATCH_`, `SRUN_` and the like never reach a "
        "job, whoever names them: Slurm's commands would take them for options.",
        example='["LD_LIBRARY_PATH", "LICENSE_SERVER"]',
        default=(),
        default_text="none",
    )
    bin: str | None = key(
        Kind.PATH,
        "The directory with Slurm's commands.",
        example='"/opt/slurm/bin"',
        default=None,
        default_text="those on the `PATH` of aegisd",
    )

    @classmethod
    def list_complaints(cls, values: Mapping[str, Any]) -> Iterable[Complaint]:
        """A mode without what it needs."""
        if values.get("mode") is SlurmMode.DETACHED and not values.get("spool"):
            yield Complaint(
                message='`mode = "detached"` needs a `spool` that all nodes see',
                key="mode",
                help='spool = "/nfs/aegis"',
            )
        if values.get("mode") is not SlurmMode.DETACHED and values.get("spool"):
            yield Complaint(message='`spool` is for `mode = "detached"`', key="spool", help="take it out")
        if values.get("mode") is SlurmMode.DETACHED and values.get("allocation") is SlurmAllocation.RUN:
            yield Complaint(
                message='`allocation = "run"` needs `mode = "attached"`: an allocation ends with aegisd',
                key="allocation",
                help="take it out, or the mode",
            )
        if values.get("workspace") is SlurmWorkspace.COPIED:
            if values.get("allocation") is not SlurmAllocation.RUN:
                message = '`workspace = "copied"` needs `allocation = "run"`: all steps of a run are on one node then'
                yield Complaint(message=message, key="workspace", help='allocation = "run"')
            return
        for name in ("scratch", "copy_limit"):
            if name in values:
                yield Complaint(message=f'`{name}` is for `workspace = "copied"`', key=name, help="take it out")


ExecutorKeys = LocalKeys | SlurmKeys
