"""An event as a line: aligned and marked on a terminal, tab-separated in a pipe."""

from __future__ import annotations

from aegisctl.event_text import describe_event
from aegisctl.marks import mark_of, mark_width
from aegisctl.table import format_tsv
from aegisctl.text import cells, cut, escape, pad
from aegisctl.times import format_clock, parse_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from aegisctl.terminal import Terminal

_SUBJECT_CELLS, _TYPE_CELLS, _NARROW = 16, 19, 60


def format_event(event: Mapping[str, Any], *, terminal: Terminal, utc: bool) -> str:
    """`08:00:35  quality #842      ✓ step.completed      fast-hooks 4.2s`, or the same with tabs."""
    kind, words = describe_event(event)
    if not terminal.tty:
        subject = (event.get("workflow"), event.get("run"), event.get("step"))
        return format_tsv((event["time"], event["type"], *subject, words))
    columns, clock = terminal.size()[0], format_clock(parse_time(event["time"]), utc=utc)
    kind_text, said = escape(event["type"]), " ".join(filter(None, [escape(event.get("step") or ""), words]))
    if columns < _NARROW:
        start, rest = f"{clock} ", f"{kind_text} {said}"
    else:
        name = escape(event.get("workflow") or "")
        subject_text = f"{name} #{event['run']}" if event.get("run") is not None else name
        start, rest = f"{clock}  {pad(subject_text, _SUBJECT_CELLS)}  ", f"{pad(kind_text, _TYPE_CELLS)} {said}"
    room = columns - cells(start) - mark_width(terminal) - 1
    return f"{start}{mark_of(kind, terminal)} {cut(rest.rstrip(), max(10, room))}"
