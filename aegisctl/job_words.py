"""Where the program of a step runs, in words. Pure; what comes in is escaped."""

from __future__ import annotations

from aegisctl.text import escape
from aegisd.wire.units import format_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def say_wait(step: Mapping[str, Any]) -> str:
    """What an executing step waits for in the queue of its executor, or where it runs."""
    job = step.get("job")
    if not job or step["state"] != "executing":
        return ""
    where = f"on {escape(job['nodes'])}" if job.get("nodes") else f"waits at {escape(job['executor'])}"
    if job.get("waits_for") and not job.get("nodes"):
        where += f": {escape(job['waits_for'])}"
    if job.get("silent_s") is not None:
        where += f" ({escape(job['executor'])} has not answered for {format_duration(job['silent_s'])})"
    return where


def describe_job(job: Mapping[str, Any]) -> str:
    """`farm, job 4711 (ae.1a2b.farm.842.0.1), on n1`."""
    number = f", job {escape(job['id'])}" if job.get("id") else ""
    name = f" ({escape(job['name'])})" if job.get("name") else ""
    where = f", on {escape(job['nodes'])}" if job.get("nodes") else ""
    return f"{escape(job['executor'])}{number}{name}{where}"
