"""Which lines of a log a view shows, and where its links lead: a window of blocks around a line, or the end."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

import trio
from attrs import frozen
from markupsafe import Markup

from aegis_web.page.log_html import BLOCK, Drawing, block_of, draw_blocks
from aegis_web.page.log_text import Annotation, read_annotation
from aegis_web.page.terminal import Terminal
from aegis_web.page.view import Asked
from aegis_web.page.words import parse_time
from aegisd.log_desk import Found, Log, LogLine

MOST_LINES = 2000
_KEPT = ("attempt", "q", "re", "times", "line")
_TIMES = ("since", "clock")
_LARGEST = 10**9


@frozen(kw_only=True)
class Window:
    """The lines that are shown: `first` to `last`, as HTML. `next` is the first line that is not complete or not there
    yet; first is 0 where numbers are not known."""

    html: Markup
    first: int = 0
    last: int = 0
    next: int = 1


@frozen(kw_only=True)
class Hit:
    """A line that matches a search."""

    number: int
    text: str
    link: str
    is_current: bool


@frozen(kw_only=True)
class Hits:
    """What a search shows. `place` is which of the matching lines is the current one, 0 for none of them."""

    found: Found
    current: int
    place: int
    lines: tuple[Hit, ...]
    previous: str | None
    next: str | None


def make_link(asked: Asked, *, anchor: int | None = None, **changes: Any) -> str:
    """A link to the same view with other parameters; None takes one away. With `anchor`, to that line."""
    values = {name: asked.args.get(name) for name in _KEPT if asked.args.get(name)}
    values.update({name: None if value is None else str(value) for name, value in changes.items()})
    if anchor is not None:
        values["line"] = str(anchor)
    query = urlencode({name: value for name, value in values.items() if value})
    return f"?{query}" + (f"#L{anchor}" if anchor is not None else "")


def read_times(asked: Asked) -> str:
    """Which times are shown beside lines: `since` the start of the step, `clock`, or none (empty)."""
    given = asked.args.get("times", "")
    return given if given in _TIMES else ""


async def make_window(asked: Asked, log: Log, *, line: int, drawing: Drawing) -> Window:
    """The block of `line` with the nearer one beside it; with line 0 the last lines, 500 at least."""
    if not log.is_counted and (not line or line > log.lines):
        rows = await asked.daemon.desks.logs.read_tail(log, count=BLOCK)
        return Window(html=await _draw(rows, drawing))
    last_block = block_of(max(1, log.lines))
    block = min(block_of(line), last_block) if line else last_block
    beside = -1 if not line or (line - 1) % BLOCK < BLOCK // 2 else 1
    first, last = sorted((block, min(max(0, block + beside), last_block)))
    return await read_window(asked, log, first=first * BLOCK + 1, count=(last - first + 1) * BLOCK, drawing=drawing)


async def read_window(asked: Asked, log: Log, *, first: int, count: int, drawing: Drawing) -> Window:
    """Lines from number `first` on. They are drawn from the beginning of their block, so that colours go on."""
    if first > log.lines:
        return Window(html=Markup(), first=first, last=first - 1, next=first)
    begin = block_of(first) * BLOCK + 1
    rows = await asked.daemon.desks.logs.read(log, first=begin, count=first - begin + min(count, MOST_LINES))
    rows = [row for row in rows if row.number <= log.lines]
    given = [row for row in rows if row.number >= first]
    html = await _draw(rows, Drawing(begun=drawing.begun, text=drawing.text, hits=drawing.hits, first=first))
    if not given:
        return Window(html=html, first=first, last=first - 1, next=first)
    last = given[-1]
    return Window(html=html, first=first, last=last.number, next=last.number + last.ended)


def make_drawing(asked: Asked, step: Mapping[str, Any], found: Found | None) -> Drawing:
    """How the lines of `step` are drawn for who asks."""
    begun = parse_time(step["started_at"]) if step["started_at"] else asked.now
    hits = frozenset(number for number, _ in found.lines) if found is not None else frozenset[int]()
    return Drawing(begun=begun, text="" if asked.text("re") else asked.text("q") or "", hits=hits)


async def search_log(asked: Asked, log: Log) -> Hits | None:
    """What is searched for in the query, around its line; None when nothing is."""
    text = asked.text("q")
    if text is None:
        return None
    line = asked.number("line", otherwise=0, most=_LARGEST)
    found = await asked.daemon.desks.logs.search(log, text, at=line, is_expression=asked.text("re") is not None)
    numbers = [number for number, _ in found.lines]
    current = line or (numbers[0] if numbers else 0)
    before = [number for number in numbers if number < current]
    after = [number for number in numbers if number > current]
    hits = tuple(
        Hit(number=number, text=clean(text), link=make_link(asked, anchor=number), is_current=number == current)
        for number, text in found.lines
    )
    return Hits(
        found=found,
        current=current,
        place=found.earlier + 1 if current in numbers else 0,
        lines=hits,
        previous=make_link(asked, anchor=before[-1]) if before else None,
        next=make_link(asked, anchor=after[0]) if after else None,
    )


def list_notes(asked: Asked, log: Log) -> list[tuple[Annotation, int, str]]:
    """The annotations of the log, each with its line and a link to it."""
    found = [(note.number, read_annotation(clean(note.data.decode("utf-8", "replace")))) for note in log.notes]
    return [(note, line, make_link(asked, anchor=line, q=None)) for line, note in found if note is not None]


def clean(text: str) -> str:
    """A line as a terminal shows it, without its colours."""
    return "".join(span.text for span in Terminal().draw(text.encode("utf-8", "replace")))


async def _draw(rows: list[LogLine], drawing: Drawing) -> Markup:
    return await trio.to_thread.run_sync(partial(draw_blocks, rows, drawing))
