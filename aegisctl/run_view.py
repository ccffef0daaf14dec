"""A run as the displays see it: the fold of its events. Pure."""

from __future__ import annotations

from aegisctl.marks import FAILED, kind_of
from aegisctl.times import parse_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class StepView:
    """A step that was started; `question` is what it asks of a person just now, `wait` what it waits for in the queue
    of its executor."""

    def __init__(self, name: str, started: float) -> None:
        self.name = name
        self.started = started
        self.attempt = 1
        self.question: str | None = None
        self.wait: str | None = None

    def apply(self, event: Mapping[str, Any]) -> None:
        """Take one event of this step while it goes on."""
        data = event.get("data") or {}
        match event["type"]:
            case "step.retrying" | "step.interrupted":
                self.attempt, self.wait = (event.get("attempt") or 1) + 1, None
            case "step.waiting":
                self.wait = f"{data.get('executor') or '?'}: {data.get('reason') or '?'}"
            case "step.placed":
                self.wait = None
            case "approval.requested":
                self.question = str(data.get("message") or "")
            case "approval.granted" | "approval.rejected" | "approval.expired":
                self.question = None


class RunView:
    """Where a run is. `detail` is the answer of GetRun (before the first event); `apply` takes each event."""

    def __init__(self, detail: Mapping[str, Any]) -> None:
        run = detail["run"]
        self.id: int = run["id"]
        self.workflow: str = run["workflow"]
        self.usual_s: float | None = run.get("usual_s")
        self.note: str | None = run.get("note")
        self.ahead: int | None = run.get("ahead")
        self.step_names = [str(step["name"]) for step in detail["steps"]]
        self.kind = "pending"
        self.started: float | None = None
        self.running: dict[str, StepView] = {}
        self.done = 0
        self.cancelled_by: str | None = None
        self.end: dict[str, Any] | None = None
        self.ended_at = 0.0

    @property
    def title(self) -> str:
        """`quality #842`."""
        return f"{self.workflow} #{self.id}"

    @property
    def result(self) -> str | None:
        """How the run ended, None while it goes on."""
        return None if self.end is None else str(self.end.get("result"))

    def apply(self, event: Mapping[str, Any]) -> None:
        """Take one event of this run."""
        data, name = event.get("data") or {}, event.get("step") or ""
        match event["type"]:
            case "workflow.started":
                self.kind, self.started, self.ahead = "executing", parse_time(event["time"]), None
            case "workflow.completed":
                self.end, self.kind, self.ended_at = dict(data), kind_of(data), parse_time(event["time"])
                self.running.clear()
            case "cancellation.requested":
                self.cancelled_by = data.get("by")
            case "step.started":
                self.running[name] = StepView(name, parse_time(event["time"]))
            case "step.completed" | "step.skipped":
                self.running.pop(name, None)
                self.done += 1
            case _ if name in self.running:
                self.running[name].apply(event)

    def finish(self, run: Mapping[str, Any]) -> None:
        """Take the end from the books, where the event of it is no longer kept."""
        self.end, self.kind = dict(run), kind_of(run)
        self.ended_at = parse_time(run["finished_at"]) if run.get("finished_at") else 0.0
        self.running.clear()


def has_failed(event: Mapping[str, Any]) -> bool:
    """Whether an event says that a step failed, and was not allowed to."""
    data = event.get("data") or {}
    return event["type"] == "step.completed" and data.get("result") in FAILED and not data.get("allowed")
