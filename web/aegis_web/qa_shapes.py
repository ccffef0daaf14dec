"""What aegis has in the words of aegis_qa 0.2.0, whose SDK reads these shapes."""

from collections.abc import Mapping
from typing import Any

from aegisd.core.model import Step, Workflow

_HARMLESS = {"success", "skip"}


def show_workflow(workflow: Workflow) -> dict[str, Any]:
    """A workflow and its steps."""
    return {"key": workflow.name, "name": workflow.name, "steps": [_show_step(each) for each in workflow.steps]}


def _show_step(step: Step) -> dict[str, Any]:
    return {
        "type": step.type,
        "service": getattr(step.spec, "service", None) or "",
        "condition": step.condition.value,
        "parallel": step.parallel,
        "retries": step.retries,
        "retry_delay": step.retry_delay,
        "timeout": step.timeout,
    }


def show_outcome(run: Mapping[str, Any], steps: list[dict[str, Any]]) -> dict[str, Any]:
    """How a run went, with what its steps gave."""
    return {
        "workflow_name": run["workflow"],
        "success": run["result"] in _HARMLESS,
        "steps": [
            {
                **_show_result(step),
                "data": step.get("data") or {},
                "attempts": [
                    {
                        "attempt": each["attempt"],
                        "success": each["result"] == "success",
                        "duration_ms": _to_ms(each["duration_s"]),
                        "error": each.get("error"),
                    }
                    for each in step["attempts"]
                ],
            }
            for step in steps
        ],
    }


def show_entry(run: Mapping[str, Any], steps: list[dict[str, Any]]) -> dict[str, Any]:
    """A run of the history."""
    return {
        "workflow_name": run["workflow"],
        "started_at": run["started_at"] or run["created_at"],
        "completed_at": run["finished_at"],
        "success": run["result"] in _HARMLESS,
        "duration_ms": _to_ms(run["duration_s"]),
        "step_count": len(steps),
        "steps": [{**_show_result(step), "attempts": len(step["attempts"])} for step in steps],
    }


def show_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event; where it belongs is beside its data."""
    place = {name: event[name] for name in ("seq", "run", "step") if event.get(name) is not None}
    return {
        "event_type": event["type"],
        "timestamp": event["time"],
        "workflow_name": event.get("workflow") or "",
        "data": {**event["data"], **place},
    }


def show_service(service: Mapping[str, Any]) -> dict[str, Any]:
    """A service; `status` is one of the words of aegis_qa."""
    error = service["last_error"]
    is_gone = error is not None and error["kind"] in {"refused", "dns", "connection", "timeout"}
    words = {"up": "healthy", "down": "unreachable" if is_gone else "unhealthy"}
    return {
        "key": service["name"],
        "name": service["name"],
        "description": service["description"],
        "url": service["url"],
        "features": service["features"],
        "status": words.get(service["state"], "unknown"),
        "latency_ms": _to_ms(service["latency_s"]),
    }


def show_health(service: Mapping[str, Any]) -> dict[str, Any]:
    """How a service is; a status of HTTP is not kept."""
    error = service["last_error"]
    return {
        "service": service["name"],
        "healthy": service["state"] == "up",
        "status_code": 200 if service["state"] == "up" else None,
        "latency_ms": _to_ms(service["latency_s"]),
        "error": error["text"] if error is not None and service["state"] != "up" else None,
    }


def show_tool(service: Mapping[str, Any]) -> dict[str, Any]:
    """A service of the portfolio."""
    return {
        "key": service["name"],
        "name": service["name"],
        "description": service["description"],
        "features": service["features"],
        "repo_url": service["repo_url"] or "",
        "docs_url": service["docs_url"] or "",
    }


def _show_result(step: Mapping[str, Any]) -> dict[str, Any]:
    is_good = step["result"] in _HARMLESS
    last = step["attempts"][-1] if step["attempts"] else {}
    return {
        "step_type": step["type"],
        "service": step.get("service") or "",
        "success": is_good,
        "skipped": step["result"] == "skip",
        "error": None if is_good else last.get("error") or step["reason"] or step["result"],
        "duration_ms": _to_ms(step["duration_s"]),
    }


def _to_ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)
