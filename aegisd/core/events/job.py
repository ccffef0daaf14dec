"""Events about an attempt that an executor other than this host carries out: handed in, waiting, running somewhere."""

from typing import ClassVar

from attrs import frozen


@frozen(kw_only=True)
class StepSubmitted:
    """An executor has taken an attempt, under the name `job` and, where it has given one by now, the number `job_id`.
    With `outlives` the job goes on when aegisd ends, and the next aegisd takes it over."""

    type: ClassVar[str] = "step.submitted"
    executor: str
    job: str
    job_id: str | None = None
    outlives: bool = False


@frozen(kw_only=True)
class StepWaiting:
    """An attempt waits in the queue of its executor, for `reason` in that one's words. Its timeout does not run."""

    type: ClassVar[str] = "step.waiting"
    executor: str
    reason: str


@frozen(kw_only=True)
class StepPlaced:
    """An attempt runs on `nodes` after `waited_s` seconds with its executor. From now on its timeout runs."""

    type: ClassVar[str] = "step.placed"
    executor: str
    nodes: str
    waited_s: float
    boottime_s: float | None = None


JobEvent = StepSubmitted | StepWaiting | StepPlaced
