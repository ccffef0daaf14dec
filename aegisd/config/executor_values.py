"""The keys that all executors have, and an executor as a value."""

from attrs import frozen

from aegisd.core.executor_keys import ExecutorKeys
from aegisd.core.model import Origin
from aegisd.core.schema import Kind, key


@frozen(kw_only=True)
class CommonExecutorKeys:
    """The keys of `[executors.NAME]`, whatever its type."""

    type: str = key(
        Kind.NAME,
        "What carries steps out: `slurm`, a cluster, or `local`, this host with a bound. Only the executor `local` is "
        "of type `local`.",
        example='"slurm"',
    )


@frozen(kw_only=True)
class ExecutorConfig:
    """An executor. `spec` is a value of the class of its type."""

    name: str
    type: str
    spec: ExecutorKeys
    origin: Origin | None = None
