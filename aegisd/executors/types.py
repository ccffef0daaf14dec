"""The types of executors: what `[executors.NAME] type` may say, and what is made of its keys. A new one is a file and a
line here, and a line for its keys in `config/executor_kinds.py`."""

from collections.abc import Callable, Mapping

from attrs import frozen

from aegisd.core.executor_keys import ExecutorKeys, LocalKeys, SlurmAllocation, SlurmKeys, SlurmMode, SlurmWorkspace
from aegisd.executors.confined import Executor
from aegisd.executors.job import JobExecutor
from aegisd.executors.local_jobs import LocalJobs


@frozen(kw_only=True)
class Surroundings:
    """What executors are made with: `instance` tells this aegisd from all others, `here` runs commands on this host
    with `grace` seconds to end."""

    instance: str
    environment: Mapping[str, str]
    here: Executor
    grace: float


def _make_local(name: str, keys: ExecutorKeys, around: Surroundings) -> JobExecutor:
    assert isinstance(keys, LocalKeys)  # noqa: S101 - the table pairs them
    return LocalJobs(name=name, inner=around.here, keys=keys, grace=around.grace)


def _make_slurm(name: str, keys: ExecutorKeys, around: Surroundings) -> JobExecutor:
    from aegisd.executors.slurm.allocated import AllocatedSlurm  # noqa: PLC0415 - most hosts have no cluster
    from aegisd.executors.slurm.attached import AttachedSlurm  # noqa: PLC0415 - as above
    from aegisd.executors.slurm.copied import CopiedSlurm  # noqa: PLC0415 - as above
    from aegisd.executors.slurm.detached import DetachedSlurm  # noqa: PLC0415 - as above

    assert isinstance(keys, SlurmKeys)  # noqa: S101 - the table pairs them
    allocated = CopiedSlurm if keys.workspace is SlurmWorkspace.COPIED else AllocatedSlurm
    attached = allocated if keys.allocation is SlurmAllocation.RUN else AttachedSlurm
    kind = DetachedSlurm if keys.mode is SlurmMode.DETACHED else attached
    return kind(name=name, keys=keys, instance=around.instance, environment=around.environment)


_MAKERS: Mapping[type[ExecutorKeys], Callable[[str, ExecutorKeys, Surroundings], JobExecutor]] = {
    LocalKeys: _make_local,
    SlurmKeys: _make_slurm,
}


def make_executor(name: str, keys: ExecutorKeys, around: Surroundings) -> JobExecutor:
    """The executor `name` with the settings `keys`."""
    return _MAKERS[type(keys)](name, keys, around)
