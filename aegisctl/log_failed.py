"""`logs --failed`: for each failed step a header and its last lines; a failed run is never answered with nothing."""

from __future__ import annotations

from aegisctl.log_lines import LogLines
from aegisctl.marks import FAILED
from aegisctl.run_words import describe_end, describe_exit
from aegisctl.text import cut, escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from aegisctl.client import Client
    from aegisctl.declare import Given
    from aegisctl.output import Output

_LAST_LINES = 50


def show_failed(client: Client, detail: Mapping[str, Any], *, given: Given, output: Output) -> None:
    """All failed steps of a run, or the one that was named."""
    wanted = given.text("STEP")
    failed = [step for step in detail["steps"] if step.get("result") in FAILED and wanted in {None, step["name"]}]
    for step in failed:
        _show_step(client, detail["run"]["id"], step, given=given, output=output)
    if not failed:
        run = detail["run"]
        words = describe_end(run) if run["state"] == "finished" else "has not ended"
        output.note(f"{escape(run['workflow'])} #{run['id']} has no failed step: {words}")
    elif output.stdout.tty:
        all_lines = f"aegisctl logs {detail['run']['id']} {escape(failed[0]['name'])}"
        output.hint([f"all: {all_lines}     follow: -f     times: -t"])


def _show_step(client: Client, run: int, step: Mapping[str, Any], *, given: Given, output: Output) -> None:
    ended = describe_exit(step) or str(step["result"])
    command = escape(" ".join(str(step.get("command") or "").split()))
    head = f"== {escape(step['name'])} · {ended}" + (f" · {command}" if command else "")
    width = output.stdout.size()[0] - 1 if output.stdout.tty else len(head)
    output.say(output.stdout.paint(cut(head, width), "bold"))
    last = given.value("lines")
    limit = None if given.switch("all-lines") else _LAST_LINES if last is None else last
    filtered = given.text("grep") is not None
    lines = LogLines(
        output,
        several=False,
        times=given.switch("timestamps"),
        grep=given.text("grep"),
        since=given.text("since"),
        last=limit if filtered else None,
    )
    steps, attempt = [step["name"]], given.value("attempt")
    if output.form != "none":
        for chunk in client.stream(
            "ReadLogs", run=run, steps=steps, attempt=attempt, lines=None if filtered else limit
        ):
            lines.feed(chunk)
        lines.end()
    if lines.count == 0:
        output.say(f"(no {'matching ' if filtered else ''}output; it ended with {ended})")
        if output.is_json:
            output.line({"step": step["name"], "attempt": step["attempt"], "time": None, "text": None})
