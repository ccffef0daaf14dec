"""Where the program of a step runs, in words. Pure; what comes in is escaped."""

from __future__ import annotations

from aegisctl.text import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def say_wait(step: Mapping[str, Any]) -> str:
    """What an executing step waits for in the queue of its executor, or where it runs."""
    job = step.get("job")
    if not job or step["state"] != "executing":
        return ""
    if job.get("nodes"):
        return f"on {escape(job['nodes'])}"
    return f"waits at {escape(job['executor'])}" + (f": {escape(job['waits_for'])}" if job.get("waits_for") else "")


def describe_job(job: Mapping[str, Any]) -> str:
    """`farm, job 4711 (ae.1a2b.farm.842.0.1), on n1`."""
    number = f", job {escape(job['id'])}" if job.get("id") else ""
    name = f" ({escape(job['name'])})" if job.get("name") else ""
    where = f", on {escape(job['nodes'])}" if job.get("nodes") else ""
    return f"{escape(job['executor'])}{number}{name}{where}"
