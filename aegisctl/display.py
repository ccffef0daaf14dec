"""What shows a run while it goes. `Display` itself shows nothing (`--progress none`); the others are made from it."""

from __future__ import annotations

from aegisctl.follow import gap_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from aegisctl.output import Output
    from aegisctl.run_view import RunView


class Display:
    """Called with each event after the view has taken it. `show_*` never waits; `wait_s` says when `tick` is due."""

    def __init__(self, view: RunView, output: Output) -> None:
        self.view = view
        self.output = output

    def show_event(self, event: Mapping[str, Any]) -> None:
        """An event of the run."""

    def show_gap(self, gap: Mapping[str, Any], text: str) -> None:
        """Events were lost."""

    def show_notice(self, text: str) -> None:
        """A sentence for the person who watches."""
        self.output.note(text)

    def show_output(self, step: str, lines: Sequence[str], *, note: str | None = None) -> None:
        """Lines of a step's output, and a note below them."""

    def wait_s(self, now: float) -> float | None:
        """How long `tick` can wait, None for ever."""
        del now
        return None

    def tick(self, now: float, *, repaint: bool = False) -> None:
        """Time has passed, or (`repaint`) the screen is not what it was."""

    def forget(self) -> None:
        """The screen is not ours any more (after Ctrl-Z): do not erase what stands on it."""

    def close(self) -> None:
        """Leave the terminal as if nothing had been painted over. May be called twice."""


class JsonDisplay(Display):
    """Events as NDJSON on stdout."""

    def show_event(self, event: Mapping[str, Any]) -> None:
        """The event as it came."""
        self.output.line(event)

    def show_gap(self, gap: Mapping[str, Any], text: str) -> None:
        """A gap in its place."""
        del text
        self.output.line(gap_line(dict(gap)))


def open_display(progress: str, view: RunView, output: Output, *, hint: str) -> Display:
    """The display for `--progress`: "auto" is live on a terminal and lines elsewhere."""
    if output.is_json:
        return JsonDisplay(view, output)
    if progress == "none" or (output.quiet and progress == "auto"):
        return Display(view, output)
    if progress == "live" or (progress == "auto" and output.stderr.can_repaint):
        from aegisctl.live import LiveDisplay  # noqa: PLC0415 - one of the two is needed

        return LiveDisplay(view, output, hint=hint)
    from aegisctl.lines import LinesDisplay  # noqa: PLC0415

    return LinesDisplay(view, output)
