"""Where an attempt is that an executor carries out: the fold of `step.submitted`, `step.waiting` and `step.placed`."""

from attrs import evolve, frozen

from aegisd.core.events.job import JobEvent, StepPlaced, StepSubmitted
from aegisd.core.model import Mark
from aegisd.core.placement import JobRef


@frozen(kw_only=True)
class JobState:
    """The job `ref`. `waits_for` says what it waits for, `nodes` and `placed` where and since when it runs."""

    ref: JobRef
    waits_for: str | None = None
    nodes: str | None = None
    placed: Mark | None = None


def apply_job(job: JobState | None, data: JobEvent, at: Mark) -> JobState:
    """`job` after an event of the moment `at`. One that waits before it is handed in has no name yet."""
    if isinstance(data, StepSubmitted):
        ref = JobRef(executor=data.executor, name=data.job, id=data.job_id, outlives=data.outlives)
        return JobState(ref=ref)
    known = job or JobState(ref=JobRef(executor=data.executor, name=""))
    if isinstance(data, StepPlaced):
        return evolve(known, waits_for=None, nodes=data.nodes, placed=at)
    return evolve(known, waits_for=data.reason)
