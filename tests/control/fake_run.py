"""A run as a fake daemon shows it."""

from typing import Any

NOW = "2026-11-21T08:00:31.204Z"


def show_run(run: int) -> dict[str, Any]:
    """A `Run` of the interface."""
    return {
        "id": run,
        "workflow": "quality",
        "state": "pending",
        "result": None,
        "reason": None,
        "trigger": {"kind": "manual", "name": None, "by": "dev1"},
        "params": {},
        "note": None,
        "retry_of": None,
        "priority": 0,
        "created_at": NOW,
        "started_at": None,
        "finished_at": None,
        "queued_s": 0,
        "duration_s": None,
        "usual_s": None,
        "ahead": 0,
        "steps": {},
        "failed_steps": [],
    }
