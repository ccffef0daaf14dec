"""`aegisctl logs`: the output of steps, from the first line, also while they run."""

from __future__ import annotations

from binascii import a2b_base64
from functools import partial

from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional, Verb
from aegisctl.follow import show_notice
from aegisctl.interrupts import leave_on_signals
from aegisctl.log_failed import show_failed
from aegisctl.log_lines import LogLines
from aegisctl.log_stream import follow_logs
from aegisctl.pager import paged
from aegisctl.terminal import write_all
from aegisctl.text import escape
from aegisctl.values import count, find_run, pattern, when
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "logs",
    group="Runs",
    summary="the output of a run's steps, from the first line, also while they run",
    examples=(
        ("aegisctl logs 842 --failed", "why did it fail"),
        ("aegisctl logs 842 tests-3.13", "all output of one step"),
        ("aegisctl logs quality -f -t", "follow the latest run of quality, with times"),
        ("aegisctl logs 842 --grep 'warning|error' | sort | uniq -c", "in a pipe: step, tab, line"),
    ),
    positionals=(
        Positional("RUN", help="the run (see help selectors)"),
        Positional("STEP", count="?", help="only this step"),
    ),
    flags=(
        Flag("-f", "--follow", help="go on until the steps have ended"),
        Flag("-n", "--lines", metavar="N", parse=count, help="only the last N lines"),
        Flag("--failed", help="only the failed steps, the last 50 lines of each"),
        Flag("--all-lines", help="with --failed: all lines"),
        Flag("-t", "--timestamps", help="begin each line with the time it was seen"),
        Flag("-S", "--since", metavar="TIME", parse=when, help="only lines seen since (see help time)"),
        Flag("--grep", metavar="RE", parse=pattern, help="only lines that match the regular expression"),
        Flag("--attempt", metavar="N", parse=count, help="this attempt of each step (default: the last)"),
        Flag("--raw", help="the bytes as they were written: no prefix, nothing removed"),
    ),
    fields=("step", "attempt", "time", "text"),
    text="On a terminal only colours are let through from the output; --raw lets everything through.",
)


def run(*, given: Given, output: Output) -> int:
    """Bytes as they are where that is possible, else lines. A Ctrl-C while following is a good end."""
    leave_on_signals()
    client = open_client(given)
    number = find_run(client, given.text("RUN"))
    follow, step = given.switch("follow"), given.text("STEP")
    detail = client.call("GetRun", run=number)["detail"] if _needs_detail(given, output) else None
    pager = output.stdout.tty and not follow and not given.switch("no-pager") and not given.switch("raw")
    finished = detail is not None and detail["run"]["state"] == "finished"
    with paged(output, wanted=pager and finished) as shown:
        if given.switch("failed") and detail is not None:
            show_failed(client, detail, given=given, output=shown)
            return EXIT_OK
        filtered = given.text("grep") is not None
        parameters = {
            "run": number,
            "steps": [step] if step else None,
            "attempt": given.value("attempt"),
            "lines": None if filtered else given.value("lines"),
        }
        notice = partial(show_notice, stderr=output.stderr)
        chunks = (
            follow_logs(client, parameters, notice, utc=output.utc)
            if follow
            else client.stream("ReadLogs", **parameters)
        )
        several = step is None and (detail is None or len(detail["steps"]) > 1)
        try:
            written = _write(chunks, given=given, output=shown, several=several)
        except KeyboardInterrupt:
            if follow:
                return EXIT_OK
            raise
    if not written and not filtered:
        output.note(f"no output{f' of {escape(step)}' if step else ''} in run #{number}" + _so_far(detail))
    return EXIT_OK


def _needs_detail(given: Given, output: Output) -> bool:
    """Whether the run itself must be known: for the pager, for the failed steps, or for whether there are several."""
    return output.stdout.tty or given.switch("failed") or (given.text("STEP") is None and not given.switch("raw"))


def _write(chunks: Iterator[dict[str, Any]], *, given: Given, output: Output, several: bool) -> bool:
    """Whether there was any output. The short way for one step into a pipe is the one that 10 GiB take."""
    as_lines = given.switch("timestamps") or given.text("grep") is not None or given.text("since") is not None
    plain_pipe = not several and not output.stdout.tty and not as_lines
    if output.form == "none":
        return any(chunk.get("data") for chunk in chunks)
    if (given.switch("raw") or plain_pipe) and not output.is_json:
        return _write_bytes(chunks, output.stdout.fd)
    lines = LogLines(
        output,
        several=several,
        times=given.switch("timestamps"),
        grep=given.text("grep"),
        since=given.text("since"),
        last=given.value("lines") if given.text("grep") is not None and not given.switch("follow") else None,
    )
    try:
        for chunk in chunks:
            lines.feed(chunk)
    finally:
        lines.end()
    return lines.count > 0


def _write_bytes(chunks: Iterator[dict[str, Any]], descriptor: int) -> bool:
    written = False
    for chunk in chunks:
        data = chunk.get("data")
        if data:
            write_all(descriptor, a2b_base64(data))
            written = True
    return written


def _so_far(detail: Mapping[str, Any] | None) -> str:
    return " so far" if detail is not None and detail["run"]["state"] != "finished" else ""
