"""Where a step is carried out, and what it asks for there. Nothing here knows any engine."""

from enum import StrEnum

from attrs import frozen

from aegisd.core.schema import Kind, key

HERE = "local"
"""The executor that every aegisd has: this host."""


class RetryOn(StrEnum):
    """What another attempt may follow. The first three are results; the others say what became of a job elsewhere."""

    FAILURE = "failure"
    ERROR = "error"
    TIMEOUT = "timeout"
    LOST = "lost"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    UNCONFIRMED = "unconfirmed"


@frozen(kw_only=True)
class Resources:
    """What a job asks its executor for; None is the executor's own default. `memory` in bytes."""

    cpus: int | None = key(Kind.COUNT, "Processors for the step.", example="8", default=None, minimum=1, maximum=65_536)
    memory: int | None = key(
        Kind.SIZE, "Memory for the step, on its node.", example='"16GiB"', default=None, minimum=1024 * 1024
    )
    constraint: str | None = key(
        Kind.TEXT, "What its node must have, in the words of the cluster.", example='"gcc13"', default=None
    )
    partition: str | None = key(Kind.NAME, "The partition that it waits in.", example='"build"', default=None)


ANY_RESOURCES = Resources()


@frozen(kw_only=True)
class JobRef:
    """A job that an executor carries out for an attempt: `name` is ours and known before it is submitted, `id` the
    engine's own once there is one. `outlives`: the job goes on when aegisd ends, and the next one takes it over."""

    executor: str
    name: str
    id: str | None = None
    outlives: bool = False
