"""`aegisctl tail-events`: events as they happen, resumable by cursor."""

from __future__ import annotations

import os

from aegisctl.client import open_client
from aegisctl.declare import Flag, Verb
from aegisctl.event_lines import format_event
from aegisctl.follow import Follower, gap_line, show_notice
from aegisctl.interrupts import leave_on_signals
from aegisctl.values import count, find_run, when
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aegisctl.client import Client
    from aegisctl.declare import Given
    from aegisctl.follow import Item
    from aegisctl.output import Output

_DEFAULT_LAST = 10

VERB = Verb(
    "tail-events",
    group="Events",
    summary="events as they happen",
    examples=(
        ("aegisctl tail-events", "the last ten, then what comes"),
        ("aegisctl tail-events --type workflow.completed --result failure", "only failed runs"),
        ("aegisctl tail-events --json --cursor-file ~/.cache/aegis-cursor", "a script that never misses one"),
        ("aegisctl tail-events --no-follow -S 1h", "what happened in the last hour"),
    ),
    flags=(
        Flag("-n", "--lines", metavar="N", parse=count, help="begin with the last N events (default 10)"),
        Flag("-S", "--since", metavar="TIME", parse=when, help="begin with the events since (see help time)"),
        Flag("-U", "--until", metavar="TIME", parse=when, help="end there"),
        Flag("--after", metavar="CURSOR", help="begin after this event"),
        Flag("--cursor-file", metavar="FILE", help="begin after the cursor in FILE and keep it up to date"),
        Flag("--type", metavar="TYPE", repeat=True, help="only this type of event; may be repeated"),
        Flag("--workflow", metavar="NAME", repeat=True, help="only this workflow; may be repeated"),
        Flag("--run", metavar="RUN", help="only this run; ends with it"),
        Flag("--result", metavar="RESULT", repeat=True, help="only events with this result; may be repeated"),
        Flag("--no-follow", help="only what there is"),
        Flag("--no-reconnect", help="end with 69 when the daemon goes away"),
    ),
    fields=(
        *(
            "cursor",
            "seq",
            "id",
            "type",
            "time",
            "workflow",
            "run",
            "step",
            "index",
            "attempt",
            "phase",
            "cause",
            "data",
        ),
        *("missed", "from", "to"),
    ),
    text=(
        "Flags of one name are alternatives, different names narrow each other. Each JSON line carries its cursor; "
        'a gap is {"type":"aegis.gap","missed":37,"from":1,"to":37}. The cursor file is replaced after its line was '
        "written, so a script sees each event at least once."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """Follow until the end or a Ctrl-C; both are a good end."""
    leave_on_signals()
    client = open_client(given)
    follower = Follower(client, _parameters(given, client), reconnect=not given.switch("no-reconnect"), utc=output.utc)
    cursor_file = given.text("cursor-file")
    try:
        for item in follower.items():
            _show(item, output)
            if cursor_file and item.kind == "event":
                _write_cursor(cursor_file, item.data["cursor"])
    except KeyboardInterrupt:
        return EXIT_OK
    return EXIT_OK


def _parameters(given: Given, client: Client) -> dict[str, Any]:
    after = given.text("after") or _read_cursor(given.text("cursor-file"))
    since = given.text("since")
    last = given.value("lines")
    begins = after or since or given.text("run")
    run = given.text("run")
    return {
        "after": after,
        "since": since,
        "last": _DEFAULT_LAST if last is None and not begins else last,
        "until": given.text("until"),
        "types": given.texts("type") or None,
        "workflows": given.texts("workflow") or None,
        "run": None if run is None else find_run(client, run),
        "results": given.texts("result") or None,
        "follow": not given.switch("no-follow") and given.text("until") is None,
    }


def _show(item: Item, output: Output) -> None:
    if item.kind == "event":
        output.line(item.data)
        output.say(format_event(item.data, terminal=output.stdout, utc=output.utc))
    elif item.kind == "gap":
        output.line(gap_line(item.data))
        output.say(item.text)
    else:
        show_notice(item, output.stderr)


def _read_cursor(path: str | None) -> str | None:
    if path is None:
        return None
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs 3 ms
            return file.read().strip() or None
    except FileNotFoundError:
        return None


def _write_cursor(path: str, cursor: str) -> None:
    """Replace the file: a reader finds the old cursor or the new one, never half of one."""
    temporary = f"{path}.{os.getpid()}.tmp"
    with open(temporary, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(f"{cursor}\n")
    os.replace(temporary, path)  # noqa: PTH105
