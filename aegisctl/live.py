"""A run on a terminal: what has ended stays as a line, what runs is repainted below it at most ten times a second."""

from __future__ import annotations

import time

from aegisctl.display import Display
from aegisctl.marks import kind_of, mark_of, mark_width
from aegisctl.region import Region, width_of
from aegisctl.report_words import describe_tests
from aegisctl.run_words import describe_exit, describe_warning
from aegisctl.text import cells, cut, escape, pad
from aegisctl.times import format_span
from aegisd.wire.units import format_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from aegisctl.output import Output
    from aegisctl.run_view import RunView

_FRAME_S = 0.1
_MOST_LINES = 8
_TOOK_CELLS = 8


class LiveDisplay(Display):
    """The display of `run` on a terminal. Seconds tick; there is no other animation."""

    def __init__(self, view: RunView, output: Output, *, hint: str) -> None:
        super().__init__(view, output)
        self._terminal = output.stderr
        self._region = Region(output.stderr)
        self._hint = hint
        self._above: list[str] = []
        self._painted_at = float("-inf")
        self._stale = True
        self._name_cells = max([16, *(cells(escape(name)) for name in view.step_names)])

    def show_event(self, event: Mapping[str, Any]) -> None:
        """What ends becomes a permanent line; the rest only changes the region."""
        data, step = event.get("data") or {}, escape(event.get("step") or "")
        self._stale = True
        match event["type"]:
            case "workflow.started":
                usual = "" if self.view.usual_s is None else f"  usually {format_span(self.view.usual_s)}"
                self._keep("executing", f"{self._terminal.paint(escape(self.view.title), 'bold')}{usual}")
            case "step.completed":
                allowed = "may fail" if data.get("allowed") and not data.get("success") else ""
                attempts = len(data.get("attempts") or ())
                tries = f"{attempts} attempts" if attempts > 1 else ""
                said = (describe_tests(data), describe_exit(data), describe_warning(data), tries, allowed)
                detail = "  ".join(filter(None, said))
                self._keep(kind_of(data), self._step_text(step, format_duration(data.get("duration_s") or 0), detail))
            case "step.skipped":
                reason = escape(data.get("reason") or "")
                self._keep("skip", f"{pad(step, self._name_width())} skipped" + (f": {reason}" if reason else ""))
            case "cancellation.requested":
                asked = ", ".join(escape(name) for name in self.view.running)
                stop = f": asked {asked} to stop" if asked else ""
                self._keep("cancellation", f"cancelling #{self.view.id}{stop}")

    def show_gap(self, gap: Mapping[str, Any], text: str) -> None:
        """A gap is a permanent line."""
        del gap
        self.show_notice(text)

    def show_notice(self, text: str) -> None:
        """A permanent line, now."""
        self._above += text.split("\n")
        self._paint()

    def show_output(self, step: str, lines: Sequence[str], *, note: str | None = None) -> None:
        """The lines hang under the step that has just ended, or carry its name while others run."""
        bar = self._terminal.paint("│", "red")
        room = self._terminal.size()[0] - 5
        start = "" if note is not None or not self.view.running else f"{escape(step)} "
        self._above += [f"  {bar} {cut(start + line, room)}" for line in lines]
        if note:
            self._above.append(f"  {bar} {self._terminal.paint(f'({note})', 'grey')}")
        self._stale = True

    def wait_s(self, now: float) -> float | None:
        """A tenth of a second after the last frame when something changed, else until the next second."""
        return max(0.0, self._painted_at + (_FRAME_S if self._stale or self._above else 1.0) - now)

    def tick(self, now: float, *, repaint: bool = False) -> None:
        """Paint when it is time."""
        if repaint:
            self._stale = True
        if self.wait_s(now) == 0.0 or repaint:
            self._paint(now)

    def forget(self) -> None:
        """After Ctrl-Z the screen is not ours any more."""
        self._region.forget()

    def close(self) -> None:
        """Keep what has ended, erase the rest."""
        self._region.clear(above=self._above)
        self._above = []

    def _paint(self, now: float | None = None) -> None:
        self._painted_at = time.monotonic() if now is None else now
        above, self._above, self._stale = self._above, [], False
        self._region.paint(self._lines(), above=above)

    def _lines(self) -> list[tuple[str, int]]:
        """The running steps, how many more there are, and the summary."""
        _, rows = self._terminal.size()
        wall = time.time()
        running = list(self.view.running.values())
        most = max(0, min(_MOST_LINES, rows - 5))
        shown = running if len(running) <= most else running[:most]
        lines = []
        for step in shown:
            detail = f"attempt {step.attempt}" if step.attempt > 1 else ""
            took = format_duration(max(0.0, wall - step.started))
            if step.question is not None:
                detail = f"{escape(step.question)} (aegisctl approve {self.view.id} {escape(step.name)})"
            elif step.wait is not None:
                detail = "  ".join(filter(None, [f"waits at {escape(step.wait)}", detail]))
            kind = "executing" if step.question is None and step.wait is None else "pending"
            lines.append(self._line(kind, self._step_text(escape(step.name), took, detail)))
        if len(running) > len(shown):
            lines.append(self._line(None, f"… and {len(running) - len(shown)} more running"))
        return [*lines, self._line(None if self.view.started else "pending", self._summary(wall))]

    def _summary(self, wall: float) -> str:
        if self.view.started is None:
            ahead = "" if not self.view.ahead else f", {self.view.ahead} ahead"
            return f"{escape(self.view.title)} queued{ahead} · {self._hint}"
        elapsed = wall - self.view.started
        parts = [f"{self.view.done}/{len(self.view.step_names)} steps", format_span(elapsed)]
        if self.view.cancelled_by is not None:
            parts.append("cancelling…")
        elif self.view.usual_s is not None:
            left = self.view.usual_s - elapsed
            over = f"{format_span(-left)} over the usual"
            parts.append(f"about {format_span(left)} left" if left > 0 else over)
        return " · ".join([*parts, self._hint])

    def _step_text(self, name: str, took: str, detail: str) -> str:
        width = self._name_width()
        return f"{pad(cut(name, width), width)} {took:>{_TOOK_CELLS}}  {detail}".rstrip()

    def _name_width(self) -> int:
        return min(self._name_cells, max(8, self._terminal.size()[0] - 26))

    def _line(self, kind: str | None, text: str) -> tuple[str, int]:
        """A line of the region with its width; cut so that it cannot wrap."""
        marked = mark_width(self._terminal)
        text = cut(text, self._terminal.size()[0] - marked - 2)
        mark = " " * marked if kind is None else mark_of(kind, self._terminal)
        return f"{mark} {text}", width_of(marked, text)

    def _keep(self, kind: str, text: str) -> None:
        """A permanent line. One with colours in it is short enough not to need cutting."""
        room = self._terminal.size()[0] - mark_width(self._terminal) - 2
        self._above.append(f"{mark_of(kind, self._terminal)} {text if chr(27) in text else cut(text, room)}")
