"""`docs/reference/event-names.md`: the event names of three older systems and what aegis calls the same thing.

A test holds that every name on the right is an event of aegis, and that none on the left is missing.
"""

from collections.abc import Mapping

QA: Mapping[str, tuple[str, str]] = {
    "workflow.started": ("workflow.started", "`workflow.queued` is before it"),
    "step.completed": ("step.completed", "a step that was not started has `step.skipped` instead"),
    "workflow.completed": ("workflow.completed", "every run that was accepted has one"),
    "failure.detected": ("failure.detected", "the first failure of a run"),
}

QUALITY: Mapping[str, tuple[str, str]] = {
    "workflow.started": ("workflow.started", ""),
    "workflow.session.initializing": ("workflow.queued", "the run is accepted"),
    "workflow.session.ready": ("workflow.started", "the run has left the queue"),
    "workflow.config.started": ("config.reloaded", "a reload is told once it is over, with what changed"),
    "workflow.config.completed": ("config.reloaded", "or `config.refused`"),
    "workflow.completed": ("workflow.completed", "`result` is `success`"),
    "workflow.failed": ("workflow.completed", "`result` is `failure`, `error` or `timeout`; `reason` says why"),
    "workflow.interrupted": ("workflow.completed", "`result` is `cancellation`; `step.interrupted` for a restart"),
    "workflow.quality.started": ("phase.transition", "`next` is the phase of the quality steps"),
    "workflow.quality.completed": ("phase.transition", "`previous` is that phase, with its success and duration"),
    "workflow.publish.started": ("step.started", "publishing is a step"),
    "workflow.publish.completed": ("step.completed", ""),
    "workflow.commit.started": ("step.started", "committing is a step"),
    "workflow.commit.completed": ("step.completed", ""),
    "hooks.strategy.started": ("phase.transition", "a strategy (fast, comprehensive) is a phase"),
    "hooks.strategy.completed": ("phase.transition", "`previous_success`, `previous_duration_s`"),
    "hooks.strategy.failed": ("phase.transition", "`previous_success` is false; `failure.detected` says which step"),
    "hooks.execution.started": ("step.started", "a hook is a step"),
    "hooks.execution.completed": ("step.completed", ""),
    "hooks.execution.failed": ("step.completed", "`result` is `failure`, with its error and attempts"),
}

AGENTS: Mapping[str, tuple[str, str]] = {
    "phase_transition": ("phase.transition", "told by aegis, for the phases of the steps of a run"),
    "session_started": ("session.started", "of the run itself: `workflow.started`"),
    "session_completed": ("session.completed", "of the run itself: `workflow.completed`"),
    "session_failed": ("session.failed", "of the run itself: `workflow.completed` with `failure`, `error`, `timeout`"),
    "session_aborted": ("session.aborted", "of the run itself: `cancellation.requested`, `workflow.completed`"),
    "task_scheduled": ("task.scheduled", "steps are known with the run: `workflow.queued`"),
    "task_started": ("task.started", "of a step: `step.started`"),
    "task_completed": ("task.completed", "of a step: `step.completed`"),
    "task_failed": ("task.failed", "of a step: `step.completed`, `failure.detected`"),
    "task_retrying": ("task.retrying", "of a step: `step.retrying`"),
    "task_skipped": ("task.skipped", "of a step: `step.skipped`"),
    "agent_invoked": ("agent.invoked", ""),
    "agent_response": ("agent.responded", ""),
    "llm_request_sent": ("llm.requested", ""),
    "llm_response_received": ("llm.responded", "what `aegisctl usage` adds up"),
    "model_routed": ("model.routed", ""),
    "gate_evaluated": ("gate.evaluated", ""),
    "gate_blocked": ("gate.blocked", ""),
    "gate_warned": ("gate.warned", ""),
    "diff_applied": ("diff.applied", ""),
    "diff_failed": ("diff.failed", ""),
    "command_executed": ("command.executed", "the command of a step: `step.started`, `step.completed`"),
    "verification_started": ("verification.started", ""),
    "verification_passed": ("verification.passed", ""),
    "verification_failed": ("verification.failed", ""),
    "artifact_created": ("artifact.created", ""),
    "artifact_updated": ("artifact.updated", ""),
    "clarification_requested": ("clarification.requested", ""),
    "clarification_answered": ("clarification.answered", ""),
    "info": ("note.info", ""),
    "warning": ("note.warning", ""),
    "error": ("note.error", ""),
}

FIELDS: Mapping[str, str] = {
    "event_type": "`type`",
    "timestamp": "`time`",
    "session_id": "`run`",
    "message": "`data.message`",
    "phase": "`phase`, that of the step",
    "task_id": "`step`; a task within a step: `data.task`",
    "agent_role": "`data.role`",
    "model": "`data.model`",
    "metadata": "`data.metadata`, and the fields of each type",
}

_HEAD = """\
# Event names of other systems

<!-- made by `make docs` from docs/generate/names.py -->

For those who come from aegis_qa, crackerjack or vibeforge: what their events are called here. What each event holds is
in [events](events.md).
"""
_AGENTS = """
Steps tell what agents do. What aegis does itself it tells with events of its own: a step that ran has `step.completed`
and no `task.completed` beside it. Where there are both, the note says which is which.

Its nine fields:

| theirs | here |
|---|---|
"""


def render_page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for title, names in (("aegis_qa", QA), ("crackerjack", QUALITY), ("vibeforge", AGENTS)):
        parts.append(f"\n## {title}\n")
        if names is AGENTS:
            parts += [_AGENTS, *(f"| `{theirs}` | {here} |\n" for theirs, here in FIELDS.items())]
        parts.append("\n| theirs | here | |\n|---|---|---|\n")
        parts += [f"| `{theirs}` | `{here}` | {note} |\n" for theirs, (here, note) in names.items()]
    return "".join(parts)
