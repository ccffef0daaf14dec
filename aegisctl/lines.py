"""A run as lines, for pipes, CI jobs and screen readers: one line a change, one a minute while nothing changes."""

from __future__ import annotations

import time

from aegisctl.display import Display
from aegisctl.event_text import describe_event
from aegisctl.marks import kind_of, word_of
from aegisctl.report_words import describe_tests
from aegisctl.run_words import describe_exit
from aegisctl.text import escape
from aegisctl.times import format_utc, parse_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from aegisctl.output import Output
    from aegisctl.run_view import RunView

_ALIVE_S = 60.0  # CI systems end jobs that say nothing


_DESCRIBED = {
    "approval.requested": "asks",
    "approval.granted": "approved",
    "approval.rejected": "rejected",
    "approval.expired": "expired",
    "step.adopted": "adopted",
    "step.waiting": "waiting",
    "step.placed": "running",
}


class LinesDisplay(Display):
    """Lines on stderr, each written at once: `2026-11-21T08:00:35Z passed    fast-hooks 4.2s`."""

    def __init__(self, view: RunView, output: Output) -> None:
        super().__init__(view, output)
        self._due: float | None = None
        self._ahead = view.ahead
        self._waits: dict[str, str] = {}

    def show_event(self, event: Mapping[str, Any]) -> None:
        """One line for what a reader wants to know; the run's own end is the verdict's to say."""
        data, step = event.get("data") or {}, escape(event.get("step") or "")
        if event["type"] in _DESCRIBED:
            self._describe(event, f"{step}: {describe_event(event)[1]}")
            return
        match event["type"]:
            case "workflow.started":
                usual = "" if self.view.usual_s is None else f" usually {self.view.usual_s:.0f}s"
                self._line(event, "started", f"{self._title()}{usual}")
            case "workflow.resumed":
                self._line(event, "resumed", self._title())
            case "step.interrupted":
                self._line(event, "retrying", f"{step} was cut short by the end of aegisd, again")
            case "workflow.queued":
                self._line(event, "queued", f"{self._title()}{self._place()}")
            case "cancellation.requested":
                reason = f': "{escape(data["reason"])}"' if data.get("reason") else ""
                self._line(event, "cancel", f"{self._title()} asked for by {escape(data.get('by') or '?')}{reason}")
            case "step.retrying":
                failed = describe_exit(data.get("failed") or {}).replace("exit ", "exit=")
                self._line(event, "retrying", f"{step} {failed}, again in {data.get('delay_s', 0):.1f}s")
            case "step.completed":
                allowed = " (may fail)" if data.get("allowed") and not data.get("success") else ""
                ended = describe_exit(data).replace("exit ", "exit=")
                ended = "  ".join(filter(None, [describe_tests(data), ended]))
                text = f"{step} {data.get('duration_s', 0):.1f}s {ended}".rstrip() + allowed
                self._line(event, word_of(kind_of(data)), text)
            case "step.skipped":
                self._line(event, "skipped", f"{step}: {escape(data.get('reason') or 'not needed')}")

    def _describe(self, event: Mapping[str, Any], text: str) -> None:
        """`text` as a line. What a step waits for in the queue of its executor is said once for each reason, and that
        it runs if it had to wait."""
        step = event.get("step") or ""
        if event["type"] == "step.placed" and self._waits.pop(step, None) is None:
            return
        if event["type"] == "step.waiting":
            if self._waits.get(step) == text:
                return
            self._waits[step] = text
        self._line(event, _DESCRIBED[event["type"]], text)

    def show_gap(self, gap: Mapping[str, Any], text: str) -> None:
        """A gap is a line of its own."""
        del gap
        self.output.stderr.write(f"{text}\n")

    def show_output(self, step: str, lines: Sequence[str], *, note: str | None = None) -> None:
        """Each line with its step."""
        text = "".join(f"{escape(step)}| {line}\n" for line in lines)
        self.output.stderr.write(text + (f"{escape(step)}| ({note})\n" if note else ""))

    def wait_s(self, now: float) -> float | None:
        """Until the next sign of life."""
        if self._due is None:
            self._due = now + _ALIVE_S
        return max(0.0, self._due - now)

    def tick(self, now: float, *, repaint: bool = False) -> None:
        """Say that it still runs, or where it waits."""
        del repaint
        moved = self.view.kind == "pending" and self.view.ahead != self._ahead and self.view.ahead is not None
        if not moved and (self._due is None or now < self._due):
            return
        self._due = now + _ALIVE_S
        stamp = format_utc(time.time())
        if self.view.kind == "pending":
            self._write(stamp, "queued", f"{self._title()}{self._place()}")
        for step in self.view.running.values():
            word, wait = ("running", "") if step.wait is None else ("waiting", f" at {escape(step.wait)}")
            self._write(stamp, word, f"{escape(step.name)} {time.time() - step.started:.0f}s{wait}")

    def _title(self) -> str:
        return escape(self.view.title)

    def _place(self) -> str:
        self._ahead = self.view.ahead
        return f" {self.view.ahead} ahead" if self.view.ahead else ""

    def _line(self, event: Mapping[str, Any], word: str, text: str) -> None:
        self._due = None
        self._write(format_utc(parse_time(event["time"])), word, text)

    def _write(self, stamp: str, word: str, text: str) -> None:
        self.output.stderr.write(f"{stamp} {word:<9} {text}\n")
