"""One example of each event, made up of what the fields usually hold. A field without a sample keeps its default."""

from typing import Any

import attrs

from aegisd.core.artifact import Artifact, Refusal
from aegisd.core.confinement import Receipt, Usage
from aegisd.core.events import EMITTABLE, EVENT_TYPES, Event
from aegisd.core.model import Attempt, Result, Trigger

_FAILED = Attempt(
    attempt=1,
    result=Result.FAILURE,
    duration_s=11.5,
    exit_code=1,
    error="exit status 1",
    receipt=Receipt(strategy="cgroup", killed=2, took_s=0.003),
    usage=Usage(
        user_s=8.25,
        system_s=0.75,
        memory_bytes=188743680,
        read_bytes=0,
        written_bytes=1048576,
        yielded=210,
        preempted=96,
        stalled_s={"cpu": 0.5, "memory": 0.0, "io": 0.125},
    ),
)

_FIELDS: dict[str, Any] = {
    "after_s": 93.5,
    "allowed": False,
    "artifacts": (Artifact(key="dist/app.whl", size=81920, sha256="ab" * 32, type="application/zip"),),
    "answer": "yes",
    "attempts": (_FAILED,),
    "by": "dev1",
    "changes": ("workflows: 1 added, 1 changed",),
    "boot_id": "8b1d1a4e-6f2b-4c0e-9b2e-0d4b1f5e0d4b",
    "boottime_s": 86412.125,
    "command": "pytest -q",
    "cut": Attempt(attempt=1, result=Result.ERROR, duration_s=7.2, error="interrupted"),
    "definition": "5e0d4b1f",
    "delay_s": 1.0,
    "duration_s": 11.5,
    "ended": False,
    "epoch": "1a1fd20d7cc",
    "error": "exit status 1",
    "files": ("src/app.py",),
    "gate": "coverage",
    "key": "report.json",
    "message": "the parser takes empty lines now",
    "model": "qwen2.5-coder:7b",
    "question": "Shall old clients go on working?",
    "role": "coder",
    "task": "parser",
    "errors": ("aegis.toml:14:1: unknown key `timout`",),
    "executor": "farm",
    "exit_code": 1,
    "failed": _FAILED,
    "failed_steps": ("tests",),
    "grace_s": 10.0,
    "job": "ae.1a1fd20d7cc.farm.842.0.1",
    "job_id": "4711",
    "latency_s": 0.012,
    "left_s": 1782.3,
    "next": "verify",
    "nodes": "n7",
    "output_bytes": 8421,
    "pid": 812,
    "previous": "fast-hooks",
    "previous_duration_s": 4.2,
    "previous_s": 86400.0,
    "previous_success": True,
    "queued_s": 0.187,
    "reason": "wrong branch",
    "refused": (Refusal(name="dist/latest.whl", reason="it is a symbolic link"),),
    "result": Result.FAILURE,
    "retries_left": 1,
    "service": "qaagent",
    "name": "ci",
    "scopes": ("run",),
    "step_count": 4,
    "step_type": "command",
    "steps": {"success": 2, "failure": 1, "skip": 1},
    "success": False,
    "timeout_s": 30.0,
    "trigger": Trigger(by="dev1"),
    "waiting": 2,
    "webhook": "ci",
    "url": "http://127.0.0.1:8001",
    "version": "0.1.0",
    "waited_s": 421.5,
}
_OWN: dict[tuple[str, str], Any] = {
    ("trigger.missed", "due"): "2026-11-21T02:00:00.000Z",
    ("trigger.missed", "kind"): "timer",
    ("trigger.missed", "name"): "nightly",
    ("trigger.missed", "reason"): "the queue is full (10000 runs)",
    ("artifact.saved", "by"): None,
    ("command.executed", "exit_code"): 0,
    ("webhook.disabled", "by"): None,
    ("webhook.disabled", "reason"): "the receiver says that it is gone (410)",
    ("webhook.dropped", "count"): 137,
    ("webhook.dropped", "reason"): "it waited for more than 4 days",
    ("webhook.exhausted", "attempts"): 10,
    ("webhook.exhausted", "delivery"): 2291,
    ("webhook.exhausted", "event_seq"): 4690,
    ("webhook.exhausted", "event_type"): "workflow.completed",
    ("webhook.exhausted", "reason"): "given up after 10 attempts: 502",
    ("webhook.failing", "error"): "timeout: no answer within 10 s",
    ("webhook.recovered", "failing_s"): 1805.25,
    ("webhook.replayed", "count"): 3,
    ("approval.granted", "reason"): "the numbers are fine",
    ("approval.rejected", "reason"): "not on a Friday",
    ("approval.requested", "timeout_s"): 86400.0,
    ("service.down", "kind"): "refused",
    ("service.down", "error"): "qaagent: the connection was refused",
    ("service.down", "previous"): "up",
    ("service.up", "previous"): "down",
    **{(kind, "service"): None for kind in ("step.started", "step.completed", "failure.detected")},
    ("daemon.stopping", "reason"): "SIGTERM",
    ("llm.responded", "completion_tokens"): 612,
    ("llm.responded", "cost_usd"): 0.0041,
    ("llm.responded", "prompt_tokens"): 3120,
    ("llm.responded", "total_tokens"): 3732,
    ("workflow.resumed", "interrupted"): ("tests",),
    ("step.waiting", "reason"): "Resources",
    ("step.submitted", "outlives"): True,
    ("step.skipped", "because"): ("tests",),
    ("step.skipped", "reason"): "tests failed",
    ("workflow.completed", "duration_s"): 18.321,
    ("workflow.completed", "reason"): "tests failed",
    ("subscription.failing", "error"): "exit 1: the chat server does not answer",
    ("subscription.failing", "first_seq"): 4702,
    ("subscription.failing", "last_seq"): 4702,
    ("subscription.failing", "name"): "notify",
    ("subscription.recovered", "failures"): 3,
    ("subscription.recovered", "lost"): 0,
    ("subscription.recovered", "name"): "notify",
    ("workflow.queued", "reason"): None,
}
_OF_STEPS = {"step", "failure", "artifact", "approval", *(name.partition(".")[0] for name in EMITTABLE)}
_OF_DAEMON = {"daemon", "config", "token", "subscription", "webhook", "service"}


def sample_event(name: str) -> Event:
    """An example of the event type `name`, which need not be known here."""
    kind = EVENT_TYPES[name]
    samples = {
        field.name: _OWN.get((name, field.name), _FIELDS.get(field.name))
        for field in attrs.fields(kind)
        if (name, field.name) in _OWN or field.name in _FIELDS
    }
    family = name.partition(".")[0]
    place: dict[str, Any] = {} if family in _OF_DAEMON else {"workflow": "quality", "run": 842}
    if family == "trigger":
        del place["run"]
    if family in _OF_STEPS:
        place |= {"step": "tests", "index": 2, "phase": "verify"}
    event_id = "01a1fd20-d7cc-7b51-9c5e-0d4b1f5e0d4b"
    return Event(seq=4711, id=event_id, type=name, time="2026-11-21T08:00:49.650Z", data=kind(**samples), **place)
