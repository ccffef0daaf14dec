"""`aegisctl tail-events`: events as they happen, resumable by cursor."""

from __future__ import annotations

import os

from aegisctl.client import open_client
from aegisctl.declare import Flag, Verb
from aegisctl.event_lines import format_event
from aegisctl.failure import Failure
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

# flag -> its metavar, its parameter of TailEvents, its help
_FILTERS = {
    "type": ("TYPE", "types", "only this type of event, or all of a kind (step.*); may be repeated"),
    "workflow": ("NAME", "workflows", "only this workflow; may be repeated"),
    "step": ("STEP", "steps", "only steps of this name; may be repeated"),
    "phase": ("PHASE", "phases", "only this phase; may be repeated"),
    "result": ("RESULT", "results", "only events with this result; may be repeated"),
    "task": ("TASK", "tasks", "only events of agents about this task; may be repeated"),
    "role": ("ROLE", "roles", "only events of agents in this role; may be repeated"),
}

VERB = Verb(
    "tail-events",
    group="Events",
    summary="events as they happen",
    examples=(
        ("aegisctl tail-events", "the last ten, then what comes"),
        ("aegisctl tail-events --type workflow.completed --result failure", "only failed runs"),
        ("aegisctl tail-events --json --cursor-file ~/.cache/aegis-cursor", "a script that never misses one"),
        ("aegisctl tail-events --count -S 24h --type 'step.*'", "how many events of steps the last day had"),
    ),
    flags=(
        Flag("-n", "--lines", metavar="N", parse=count, help="begin with the last N events (default 10)"),
        Flag("-S", "--since", metavar="TIME", parse=when, help="begin with the events since (see help time)"),
        Flag("-U", "--until", metavar="TIME", parse=when, help="end there"),
        Flag("--after", metavar="CURSOR", help="begin after this event"),
        Flag("--cursor-file", metavar="FILE", help="begin after the cursor in FILE and keep it up to date"),
        *(Flag(f"--{name}", metavar=metavar, repeat=True, help=text) for name, (metavar, _, text) in _FILTERS.items()),
        Flag("--run", metavar="RUN", help="only this run; ends with it"),
        Flag("--count", help="only how many there are"),
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
        *("missed", "from", "to", "count"),
    ),
    text=(
        "Flags of one name are alternatives, different names narrow each other. Each JSON line carries its cursor; "
        'a gap is {"type":"aegis.gap","missed":37,"from":1,"to":37}. The cursor file is replaced after its line was '
        "written, so a script sees each event at least once; events that the filter holds back move it too."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """Follow until the end or a Ctrl-C; both are a good end."""
    leave_on_signals()
    client = open_client(given)
    if given.switch("count"):
        return _count(given, client, output)
    follower = Follower(client, _parameters(given, client), reconnect=not given.switch("no-reconnect"), utc=output.utc)
    cursor_file = given.text("cursor-file")
    try:
        for item in follower.items():
            _show(item, output)
            if cursor_file and item.data.get("cursor"):
                _write_cursor(cursor_file, item.data["cursor"])
    except KeyboardInterrupt:
        return EXIT_OK
    return EXIT_OK


def _count(given: Given, client: Client, output: Output) -> int:
    """How many events pass; where to begin and to end is for those who read them."""
    for name in ("lines", "after", "cursor-file"):
        if given.value(name) is not None:
            message = f"tail-events: --{name} is not for --count"
            raise Failure("usage", message, hint="aegisctl tail-events --count -S TIME -U TIME --type TYPE")
    count = client.call("CountEvents", **_filters(given, client))["count"]
    output.document({"count": count})
    output.say(str(count))
    return EXIT_OK


def _filters(given: Given, client: Client) -> dict[str, Any]:
    run = given.text("run")
    return {
        "since": given.text("since"),
        "until": given.text("until"),
        "run": None if run is None else find_run(client, run),
        **{parameter: given.texts(name) or None for name, (_, parameter, _) in _FILTERS.items()},
    }


def _parameters(given: Given, client: Client) -> dict[str, Any]:
    after = given.text("after") or _read_cursor(given.text("cursor-file"))
    last = given.value("lines")
    begins = after or given.text("since") or given.text("run")
    return {
        **_filters(given, client),
        "after": after,
        "last": _DEFAULT_LAST if last is None and not begins else last,
        "marks": True if given.text("cursor-file") else None,
        "follow": not given.switch("no-follow") and given.text("until") is None,
    }


def _show(item: Item, output: Output) -> None:
    if item.kind == "event":
        output.line(item.data)
        output.say(format_event(item.data, terminal=output.stdout, utc=output.utc))
    elif item.kind == "gap":
        output.line(gap_line(item.data))
        output.say(item.text)
    elif item.kind != "mark":
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
