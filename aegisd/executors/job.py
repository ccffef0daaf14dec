"""The interface of executors: what a place where steps run has to offer. `docs/how-to/write-an-executor.md` tells how
to write one, `tests/executors/conformance.py` what each must pass.

An attempt goes through `start`, `stream` and, if it is ended from outside, `cancel`. The handle is on disk before
`stream` is called. `driving.py` is the one caller, so that an executor never has to be called in another order.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Literal, Protocol

import trio
from attrs import field, frozen

from aegisd.core.job import Health, JobEnd, Silence
from aegisd.core.placement import ANY_RESOURCES, JobRef, Resources
from aegisd.executors.command import Command

Verdict = Literal["adopt", "reaped"]


class JobRefusedError(Exception):
    """The engine does not take the job, and it runs nowhere; the message says why."""


class JobUnclearError(JobRefusedError):
    """Nobody can say whether the engine took the job. If it did, the executor ends it once it can."""


class Sink(Protocol):
    """Where a job's news go."""

    @property
    def fd(self) -> int:
        """A file that output is appended to."""

    @property
    def offset(self) -> int:
        """How many bytes of the job's output are in it already."""

    async def waiting(self, reason: str) -> None:
        """The job waits in a queue, for `reason`. May be called again with another one."""

    async def running(self, nodes: str, *, since: float = 0.0) -> None:
        """The job runs on `nodes`, for `since` seconds now. Until this is called nothing is counted against its limit.
        Call it once."""


async def _tell_nobody(reason: str) -> None:
    """Nobody wants to know."""
    del reason
    await trio.lowlevel.checkpoint()


@frozen(kw_only=True)
class JobGroup:
    """The jobs of one run at one executor, for one that gives them something in common. `name` is unique among all runs
    of all aegisd, and their jobs' names begin with it; `asks` is what each of the run's steps there asks for; `limit`
    what the run may take in seconds; `dir` the run's directory, `reads` the files and folders
    beside it that its steps may read."""

    name: str
    asks: tuple[Resources, ...] = ()
    limit: float | None = None
    dir: str = ""
    reads: tuple[str, ...] = ()


@frozen(kw_only=True)
class Job:
    """A command for an executor. `name` is unique among all jobs of all aegisd (see `name_job`), `limit` what the
    attempt may take in seconds: aegisd sees to it, an engine's own limit is a backstop. `queue_timeout` bounds the
    wait. Once `hurry` is set nothing of it is given any more time. `tell` takes what it waits for while it is started,
    as the sink's `waiting` does afterwards. A job without a `group` is of no run. `keeps` are the patterns of the files
    in the run's directory that are looked at afterwards."""

    name: str
    command: Command
    group: JobGroup | None = None
    keeps: tuple[str, ...] = ()
    resources: Resources = ANY_RESOURCES
    limit: float | None = None
    queue_timeout: float | None = None
    hurry: trio.Event = field(factory=trio.Event, eq=False)
    tell: Callable[[str], Awaitable[None]] = field(default=_tell_nobody, eq=False)


class JobExecutor(Protocol):
    """A place where steps run."""

    @property
    def name(self) -> str:
        """As in `[executors.NAME]`."""

    @property
    def outlives(self) -> bool:
        """Whether its jobs go on when aegisd ends."""

    @property
    def confines(self) -> bool:
        """Whether its programs are kept within the limits and the sandbox of their commands."""

    @property
    def grace(self) -> float:
        """Seconds from SIGTERM to SIGKILL."""

    @property
    def silence(self) -> Silence | None:
        """How long the engine has not answered; None while it does."""

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Whatever it does in the background, until it is cancelled."""

    async def start(self, job: Job) -> JobRef:
        """Hand `job` in, at most once. Raises SpawnError or JobRefusedError when it runs nowhere, JobUnclearError when
        that cannot be said. A call that is cancelled leaves nothing behind, or something that `cancel` ends."""

    async def stream(self, ref: JobRef, job: Job, sink: Sink) -> JobEnd:
        """Bring the output into `sink` from its `offset` on and return the confirmed end. A call that is cancelled
        says nothing about the job."""

    async def cancel(self, ref: JobRef, *, grace: float, hurry: trio.Event) -> JobEnd:
        """End the job and return once the engine says that nothing of it is left. May be called again, and for a job
        that has ended. `hurry` ends the grace. The caller bounds the time."""

    async def release(self, group: str) -> None:
        """The run with the group of that name has ended, and none of its jobs is there: give back what they had in
        common. May be called for groups that had nothing. The caller bounds the time."""

    async def recover(self, owned: Collection[str]) -> Sequence[tuple[str, Verdict]]:
        """Called once, after `run` has begun and before any job: what there is of jobs of an earlier life of this
        aegisd, by name. Those in `owned` are left alone, if the executor's jobs outlive aegisd; all others are ended,
        and gone when this returns."""

    async def health(self) -> Health:
        """How it is. Takes a few seconds at most, and raises nothing."""


def name_job(instance: str, executor: str, *, run: int, index: int, attempt: int) -> str:
    """The name of an attempt's job: the same whenever it is asked for, so that a job whose submission was not
    answered can be found. Others can see it: nothing in it is secret."""
    return f"{name_group(instance, executor, run=run)}.{index}.{attempt}"


def name_group(instance: str, executor: str, *, run: int) -> str:
    """What the names of all of a run's jobs at one executor begin with."""
    return f"ae.{instance}.{executor}.{run}"


def is_named_by(name: str, instance: str, executor: str) -> bool:
    """Whether `name_job` has made `name` for that executor of that aegisd."""
    return name.rsplit(".", 3)[0] == f"ae.{instance}.{executor}"
