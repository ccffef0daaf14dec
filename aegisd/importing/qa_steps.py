"""Workflows of aegis_qa and their steps.

Two things would mislead if they were copied: a step without a condition runs there whatever happened before, which is
`always` here; and there failing tests do not fail a step. That one is not carried over: it is the fault that people
leave for.
"""

from collections.abc import Mapping

from aegisd.importing.draft import Draft, WorkflowDraft, plain
from aegisd.importing.fields import Fields
from aegisd.importing.names import adopt_name

_CALLS = ("discover", "test", "submit_bugs", "verify")
_CONDITIONS = ("has_failures", "on_success", "on_failure", "always")
_TIMEOUT_S = 30.0
_MOST_RETRIES = 1000
_MOST_S = 7 * 86400
_RED = "failing tests now fail the step, and so the run; allow_failures = true has it as it was"
_REPORTED = "tests that failed; there a step that failed in any way counted, too"


def adopt_workflow(key: str, values: object, services: Mapping[str, str]) -> WorkflowDraft:
    """The workflow `key`; `services` are the names of the services here, by their keys there."""
    workflow = WorkflowDraft()
    fields = Fields(values, f"workflows.{plain(key)}", workflow.head)
    description = fields.text("name")
    if description:
        workflow.head.put("description", description.replace("${", "$${"))
    steps = fields.items("steps")
    fields.finish()
    for number, each in enumerate(steps, 1):
        step = _adopt_step(each, number, services, workflow)
        if step is not None:
            workflow.steps.append(step)
    if not workflow.steps:
        workflow.head.note("it had no steps that can be taken over; one that does nothing stands in for them")
        step = Draft()
        step.put("name", "nothing")
        step.put("run", "true")
        workflow.steps.append(step)
    return workflow


def _adopt_step(values: object, number: int, services: Mapping[str, str], workflow: WorkflowDraft) -> Draft | None:
    step, place = Draft(), f"step {number}"
    fields = Fields(values, place, step)
    kind, service = fields.text("type"), fields.text("service")
    reason = _find_obstacle(kind, service, services)
    if reason is not None:
        workflow.head.notes += step.notes
        workflow.head.note(f"{place} was left out: {reason}")
        return None
    step.put("name", adopt_name(kind, [other.values["name"] for other in workflow.steps], otherwise="step"))
    step.put("type", kind)
    if kind in _CALLS:
        step.put("service", services[service])
    elif service:
        step.note(f"a report calls no service; {plain(service)!r} was left out")
    _put_flow(step, fields, kind)
    fields.finish()
    return step


def _find_obstacle(kind: str, service: str, services: Mapping[str, str]) -> str | None:
    """Why a step cannot be taken over."""
    if kind not in (*_CALLS, "report"):
        return f"the type {plain(kind)!r} is not one of aegis (a plugin is installed and named in [daemon] plugins)"
    if kind in _CALLS and service not in services:
        return f"there is no service {plain(service)!r}"
    return None


def _put_flow(step: Draft, fields: Fields, kind: str) -> None:
    """When the step runs, how often, and for how long."""
    condition = fields.text("condition")
    if condition and condition not in _CONDITIONS:
        step.note(f"the condition {plain(condition)!r} is not known: there the step ran always")
    known = condition if condition in _CONDITIONS else "always"
    step.put("condition", known, _REPORTED if known == "has_failures" else "")
    if fields.flag("parallel"):
        step.put("parallel", value=True)
    retries = int(fields.number("retries", 0, least=0, most=_MOST_RETRIES))
    delay = fields.number("retry_delay", 1.0, least=0, most=_MOST_S)
    timeout = fields.number("timeout", _TIMEOUT_S, least=0.001, most=_MOST_S)
    if retries:
        step.put("retries", retries)
        step.put("retry_delay", delay, "doubles as there, up to max_retry_delay (60 s)")
    if kind in _CALLS:
        step.put("timeout", timeout)
    if kind in ("test", "verify"):
        step.note(_RED)
