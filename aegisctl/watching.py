"""What `run`, `retry` and `watch` share: their flags, the display, the verdict and the exit status."""

from __future__ import annotations

import os

from aegisctl.declare import Flag
from aegisctl.display import open_display
from aegisctl.marks import FAILED, mark_of, word_of
from aegisctl.run_output import FailedOutput, LiveOutput
from aegisctl.run_view import RunView
from aegisctl.run_words import describe_end
from aegisctl.session import Session
from aegisctl.text import escape
from aegisctl.times import format_utc
from aegisctl.values import duration
from aegisd.wire.errors import EXIT_BY_RESULT, EXIT_ERROR, EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.client import Client
    from aegisctl.declare import Given
    from aegisctl.output import Output

DISPLAY_FLAGS = (
    Flag("--timeout", metavar="DUR", parse=duration, help="wait at most so long, then exit 124; the run goes on"),
    Flag("--logs", choices=("none", "failed", "all"), help="output of steps to show (default failed)"),
    Flag("--progress", choices=("auto", "live", "lines", "none"), help="how to show what happens (default auto)"),
    Flag("--exit-zero", help="exit 0 however the run ends"),
)
START_FLAGS = (
    Flag("--reason", metavar="TEXT", help="why, for the history"),
    Flag("-d", "--detach", help="do not wait: print the run's number and leave"),
    Flag("--print-id", help="print the run's number on stdout, and no other answer"),
    Flag(
        "--on-interrupt", choices=("ask", "detach", "cancel"), help="what Ctrl-C does (default: ask; in a pipe cancel)"
    ),
)
EVENT_FIELDS = (
    *("cursor", "seq", "id", "type", "time", "workflow", "run", "step", "index", "attempt", "phase", "cause", "data"),
    *("missed", "from", "to"),
)


def follow_started(client: Client, run: int, *, given: Given, output: Output) -> int:
    """After `run` and `retry`: leave (`--detach`) or watch to the end."""
    if given.switch("print-id") or given.switch("detach"):
        output.say(str(run))
    if given.switch("detach"):
        output.document({"id": run})
        if not given.switch("print-id"):
            output.note(f"Run #{run} is accepted.")
            output.hint([f"watch it:  aegisctl watch {run}", f"end it:    aegisctl cancel {run}"])
        return EXIT_OK
    on_terminal = output.stderr.tty and os.isatty(0)
    mode = given.text("on-interrupt") or ("ask" if on_terminal else "cancel")
    if mode == "ask" and not on_terminal:
        mode = "cancel"
    return watch_run(client, run, given=given, output=output, mode=mode)


def watch_run(client: Client, run: int, *, given: Given, output: Output, mode: str) -> int:
    """Show a run from its first event to its end, say how it ended, and answer with the exit status."""
    view = RunView(client.call("GetRun", run=run)["detail"])
    hint = "Ctrl-C leaves" if mode == "leave" else "Ctrl-C for options"
    display = open_display(given.text("progress") or "auto", view, output, hint=hint)
    logs = given.text("logs") or "failed"
    silent = output.is_json or given.text("progress") == "none" or output.quiet
    color = output.stderr.color
    Session(
        client=client,
        view=view,
        display=display,
        mode=mode,
        wait_limit_s=given.value("timeout"),
        failed_output=FailedOutput(client, run, color=color) if logs == "failed" and not silent else None,
        live_output=LiveOutput(client, run, color=color) if logs == "all" and not silent else None,
    ).run()
    if not given.switch("print-id"):
        say_verdict(view, output)
    if view.result in FAILED:
        output.hint([f"why:    aegisctl logs {run} --failed", f"again:  aegisctl retry {run} --failed"])
    return EXIT_OK if given.switch("exit-zero") else EXIT_BY_RESULT.get(str(view.result), EXIT_ERROR)


def say_verdict(view: RunView, output: Output) -> None:
    """The answer: `✗ quality #842 failed in 0:19 — tests-3.13`, or a line with the time in a pipe."""
    end, title = view.end or {}, escape(view.title)
    if output.stdout.tty:
        words = describe_end(end, by=view.cancelled_by)
        output.say(f"{mark_of(view.kind, output.stdout)} {title} {words}")
        return
    reason = f" {escape(end['reason'])}" if end.get("reason") else ""
    took = f" {end['duration_s']:.1f}s" if end.get("duration_s") is not None else ""
    output.say(f"{format_utc(view.ended_at)} {word_of(view.kind):<9} {title}{took}{reason}")
