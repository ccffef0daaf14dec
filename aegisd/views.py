"""What the doors show of runs, steps and workflows: plain JSON values in the shape of the interface file's types."""

from collections.abc import Mapping
from typing import Any

from aegisd.core.codec import encode_value, to_plain
from aegisd.core.job_state import JobState
from aegisd.core.model import RunSummary, State, Step, Workflow
from aegisd.core.plan import plan_steps
from aegisd.core.state import RunState, StepState
from aegisd.core.variables import hide_variables
from aegisd.engine.narrator import service_of
from aegisd.steps.base import StepType

_MOST_DATA = 64 * 1024
_NOTHING: Mapping[str, str] = {}
_HIDDEN = ("definition", "step_count", "reused", "dir")


def show_run(run: RunSummary, *, usual_s: float | None = None, ahead: int | None = None) -> dict[str, Any]:
    """A `Run`. `usual_s` is that of its workflow, and told of runs of all of it only; `ahead` counts the runs before it
    in the queue."""
    view = {name: value for name, value in to_plain(run).items() if name not in _HIDDEN}
    return {**view, "usual_s": usual_s if run.is_whole else None, "ahead": ahead}


def show_steps(workflow: Workflow, state: RunState, describe: Mapping[str, StepType]) -> list[dict[str, Any]]:
    """The `Step`s of a run: those with events as they stand, the others as pending."""
    groups = plan_steps(workflow.steps).groups
    return [
        _show_step(step, state.steps.get(index), index=index, group=groups[index], kind=describe[step.type])
        for index, step in enumerate(hide_variables(workflow).steps)
    ]


def show_plan_steps(
    workflow: Workflow, step_types: Mapping[str, StepType], *, left_out: Mapping[str, str] = _NOTHING
) -> list[dict[str, Any]]:
    """The `PlanStep`s of a workflow; `left_out` has those that would not be carried out, each with why."""
    plan = plan_steps(workflow.steps)
    return [
        {
            "index": index,
            "name": step.name,
            "type": step.type,
            "group": plan.groups[index],
            "phase": step.phase,
            "command": step_types[step.type].describe(step.spec),
            "needs": list(step.needs or ()),
            "condition": step.condition.value,
            "retries": step.retries,
            "retry_delay_s": step.retry_delay,
            "timeout_s": step.timeout if step.timeout is not None else step_types[step.type].default_timeout,
            "allow_failure": step.allow_failure,
            "origin": str(step.origin) if step.origin else None,
            "left_out": left_out.get(step.name),
        }
        for index, step in enumerate(hide_variables(workflow).steps)
    ]


def show_workflow(
    workflow: Workflow,
    *,
    last: RunSummary | None,
    usual_s: float | None,
    active: tuple[int, int],
    ahead: int | None,
    triggers: list[str],
    next_at: str | None,
) -> dict[str, Any]:
    """A `Workflow`; `active` counts its executing and its waiting runs, `triggers` say what
    starts it, `next_at` when the clock does."""
    return {
        "name": workflow.name,
        "description": workflow.description,
        "origin": str(workflow.origin),
        "params": [{"name": p.name, "default": p.default, "description": p.description} for p in workflow.params],
        "steps": [step.name for step in workflow.steps],
        "last": show_run(last, usual_s=usual_s, ahead=ahead) if last else None,
        "usual_s": usual_s,
        "executing": active[0],
        "queued": active[1],
        "triggers": triggers,
        "next_at": next_at,
    }


def env_names(workflow: Workflow) -> list[str]:
    """The variables that a workflow and its steps set; their values may be secret."""
    names = dict.fromkeys(workflow.env)
    for step in workflow.steps:
        names.update(dict.fromkeys(getattr(step.spec, "env", ())))
    return list(names)


def _show_data(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a step left, unless it is large: a run with many steps is one answer, and GetResult gives the rest."""
    return dict(data) if not data or len(encode_value(data)) <= _MOST_DATA else {}


def _show_job(job: JobState | None) -> dict[str, Any] | None:
    """Where an executor has the last attempt of a step."""
    if job is None:
        return None
    return {
        "executor": job.ref.executor,
        "name": job.ref.name or None,
        "id": job.ref.id,
        "waits_for": job.waits_for,
        "nodes": job.nodes,
        "silent_s": None,
    }


def _show_step(step: Step, state: StepState | None, *, index: int, group: int, kind: StepType) -> dict[str, Any]:
    known = state or StepState(index=index, name=step.name, type=step.type, state=State.PENDING)
    return {
        "index": index,
        "name": step.name,
        "type": step.type,
        "phase": step.phase,
        "group": group,
        "state": known.state.value,
        "result": known.result.value if known.result else None,
        "reason": known.reason,
        "command": kind.describe(step.spec),
        "attempt": known.attempt,
        "attempts": to_plain(known.attempts),
        "started_at": known.started_at,
        "finished_at": known.finished_at,
        "duration_s": known.duration_s,
        "exit_code": known.exit_code,
        "signal": known.signal,
        "allowed": known.allowed,
        "service": service_of(step),
        "reported_failures": known.reported_failures,
        "approval": None
        if known.approval is None
        else {
            "message": known.approval.message,
            "asked_at": known.approval.asked.time,
            "timeout_s": known.approval.timeout_s,
        },
        "job": _show_job(known.job),
        "output_bytes": known.output_bytes,
        "data": _show_data(known.data),
        "origin": str(step.origin) if step.origin else None,
    }
