"""Where a run goes on that the end of aegisd cut short: made of the fold of its events, once, before it goes on.

Finished steps keep their outcomes, open ones begin another attempt, and times that began in an earlier aegisd are put
on the monotonic clock of this one. Whoever reads this has no need to know that there was an end: a runner takes the
schedule, the verdict and the phase from here instead of making new ones.
"""

from collections.abc import Mapping

from attrs import field, frozen

from aegisd.core import events
from aegisd.core.model import Attempt, Result, State, Workflow
from aegisd.core.plan import plan_steps
from aegisd.core.results import End
from aegisd.core.schedule import Schedule
from aegisd.core.state import RunState, StepState
from aegisd.engine.open_step import OpenStep
from aegisd.engine.phase import PhaseClock
from aegisd.engine.taking_over import Ward, ended_ago, find_ward, take_over
from aegisd.engine.verdict import FAILING, Verdict, explain_limit
from aegisd.timeline.identity import Clock

INTERRUPTED = "interrupted"
_NO_WARDS: Mapping[str, Ward] = {}


@frozen(kw_only=True)
class Resumption:
    """`begun` is when the run began (monotonic seconds of this aegisd, perhaps before its start), `started_seq` the
    event that says so; `ready` are the steps that wait for nothing more, `open` those that were executing; `cut`: its
    limit had ended steps; `ends` are the events that ended the finished ones, by index."""

    begun: float
    started_seq: int
    schedule: Schedule
    verdict: Verdict
    phases: PhaseClock
    ready: tuple[int, ...]
    open: tuple[OpenStep, ...]
    cut: bool
    ends: Mapping[int, End] = field(factory=dict, repr=False)


def plan_resumption(
    state: RunState, workflow: Workflow, clock: Clock, wards: Mapping[str, Ward] = _NO_WARDS
) -> Resumption:
    """How the run `state` of `workflow`, which was executing, goes on. Programs in `wards` went on meanwhile."""
    schedule, verdict = Schedule(plan_steps(workflow.steps)), Verdict()
    finished = finished_steps(state)
    ready = set(schedule.start())
    for step in finished:
        ready.update(_replay(step, schedule, verdict))
    limit = explain_limit(workflow.timeout)
    return Resumption(
        begun=clock.monotonic() - clock.since(state.began),
        started_seq=state.started_seq,
        schedule=schedule,
        verdict=verdict,
        phases=_restore_phase(state, clock),
        ready=tuple(sorted(ready - state.steps.keys())),
        open=tuple(
            _reopen(state.steps[index], clock, find_ward(state, state.steps[index], wards))
            for index in executing_steps(state)
        ),
        cut=workflow.timeout is not None and any((step.reason or "").startswith(limit) for step in finished),
        ends={step.index: step.end for step in finished if step.end is not None},
    )


def executing_steps(state: RunState) -> list[int]:
    """The steps that have started and not ended, in the order of the file."""
    return sorted(index for index, step in state.steps.items() if step.state is State.EXECUTING)


def cut_steps(state: RunState, wards: Mapping[str, Ward] = _NO_WARDS) -> list[StepState]:
    """The executing steps that the end of aegisd cut short. One that waits for a person was not: it waits on; nor was
    one whose program is in `wards`, or whose job goes on without aegisd."""
    steps = [state.steps[index] for index in executing_steps(state)]
    return [step for step in steps if not _goes_on(step, find_ward(state, step, wards))]


def finished_steps(state: RunState) -> list[StepState]:
    """The steps that have ended, in the order in which they did."""
    finished = [step for step in state.steps.values() if step.state is State.FINISHED]
    return sorted(finished, key=lambda step: step.ended_seq)


def _goes_on(step: StepState, ward: Ward | None) -> bool:
    return step.approval is not None or ward is not None or (step.job is not None and step.job.ref.outlives)


def has_failed(step: StepState) -> bool:
    """Whether a finished step failed in a way that counts; one that was cancelled did not fail."""
    return step.result in FAILING and not step.allowed


def describe_interruption(step: StepState, clock: Clock) -> Attempt:
    """The attempt that the end of aegisd cut short. It is told to have lasted until now: nobody saw its end."""
    duration = round(clock.since(step.attempt_began), 6)
    return Attempt(attempt=step.attempt, result=Result.ERROR, duration_s=duration, error=INTERRUPTED)


def _replay(step: StepState, schedule: Schedule, verdict: Verdict) -> list[int]:
    """Let a finished step count as it did; returns the steps that it made ready."""
    result = step.result or Result.ERROR
    verdict.add_result(result)
    if has_failed(step):
        verdict.add_failure(step.name, result)
    return schedule.finish(step.index, failed=has_failed(step), reported=step.reported_failures > 0)


def _reopen(step: StepState, clock: Clock, ward: Ward | None) -> OpenStep:
    was_cut = not _goes_on(step, ward)
    attempts = [*step.attempts, *([describe_interruption(step, clock)] if was_cut else [])]
    ago = 0.0 if ward is None else ended_ago(ward, clock)
    passed = max(clock.since(step.began) - ago, sum(attempt.duration_s for attempt in attempts))
    return OpenStep(
        index=step.index,
        started=step.started_seq,
        begun=clock.monotonic() - passed,
        attempts=attempts,
        free=step.interrupted + was_cut,
        was_cut=was_cut,
        taken=None if ward is None else take_over(step, ward, clock),
        approval=step.approval,
        job=None if was_cut else step.job,
        job_begun=clock.monotonic() - clock.since(step.attempt_began),
    )


def _restore_phase(state: RunState, clock: Clock) -> PhaseClock:
    begun = clock.monotonic() - clock.since(state.phase_began)
    return PhaseClock(clock, phase=state.phase, begun=begun, failed_before=state.phase_failed)


def tell_resumption(resumption: Resumption, workflow: Workflow, clock: Clock) -> events.WorkflowResumed:
    """The event that says that the run goes on."""
    left = None
    if workflow.timeout is not None:
        left = round(max(0.0, workflow.timeout - (clock.monotonic() - resumption.begun)), 6)
    return events.WorkflowResumed(
        interrupted=tuple(workflow.steps[step.index].name for step in resumption.open if step.was_cut),
        left_s=left,
        boot_id=clock.boot_id,
        boottime_s=clock.boottime(),
    )
