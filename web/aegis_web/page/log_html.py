"""Lines of a log as HTML: the one place beside the templates where markup is made, since ten thousand lines through
a template take too long. Every text goes through `escape`; classes and numbers are ours.

Lines stand in blocks of BLOCK, which a browser lays out when they come into view. What the lines look like goes on
within a block and begins anew with the next, so that a block looks the same whatever was read before it.
"""

import time
from collections.abc import Sequence
from functools import lru_cache

from attrs import frozen
from markupsafe import Markup, escape

from aegis_web.page.log_text import Meaning, read_meaning
from aegis_web.page.terminal import Span, Terminal
from aegisd.log_desk import LogLine
from aegisd.wire.units import format_size

BLOCK = 500


@frozen(kw_only=True)
class Drawing:
    """How lines are drawn: `begun` is the Unix time that theirs are counted from, `text` what is searched for, `hits`
    the numbers of lines that are known to match; lines before `first` are drawn, but not given."""

    begun: float
    text: str = ""
    hits: frozenset[int] = frozenset()
    first: int = 1


def block_of(number: int) -> int:
    """The block of a line, from 0 on."""
    return (number - 1) // BLOCK


def draw_blocks(lines: Sequence[LogLine], drawing: Drawing) -> Markup:
    """Blocks with the lines; lines without a number are one block."""
    parts: list[str] = []
    terminal, block = Terminal(), None
    for line in lines:
        if block_of(line.number) != block and line.number:
            block, terminal = block_of(line.number), Terminal()
        row = _draw_line(line, terminal, drawing)
        if line.number and line.number < drawing.first:
            continue
        if not parts or (block is not None and (line.number - 1) % BLOCK == 0):
            parts.append("</pre>" if parts else "")
            parts.append('<pre class="block">' if block is None else f'<pre class="block" id="b{block}">')
        parts.append(row)
    return Markup("".join([*parts, "</pre>" if parts else ""]))  # noqa: S704 - see the module


def _draw_line(line: LogLine, terminal: Terminal, drawing: Drawing) -> str:
    spans = terminal.draw(line.data)
    text = "".join(span.text for span in spans)
    meaning = read_meaning(text)
    ranges = _find(text, drawing.text) if drawing.text else []
    classes = " ".join(
        filter(
            None,
            (
                "ln",
                f"is-{meaning.kind}" if meaning.kind else "",
                "hit" if ranges or line.number in drawing.hits else "",
            ),
        )
    )
    body = _draw_meaning(meaning) if meaning.kind else _draw_spans(spans, ranges)
    if line.cut:
        body += f'<i class="cut"> … {format_size(line.cut)} of this line are in the raw text only</i>'
    since = _show_since(int((line.time - drawing.begun) * 10))
    times = f' data-s="{since}" data-c="{_show_clock(int(line.time))}"'
    if not line.number:
        return f'<span class="{classes}"{times}><span class="t">{body}\n</span></span>'
    name = f"L{line.number}"
    number = f'<a class="n" href="#{name}" tabindex="-1">{line.number}</a>'
    return f'<span class="{classes}" id="{name}"{times}>{number}<span class="t">{body}\n</span></span>'


def _draw_meaning(meaning: Meaning) -> str:
    if meaning.note is not None:
        note = meaning.note
        title = ": ".join(filter(None, (note.title, note.text)))
        place = f"<code>{escape(note.place)}</code> " if note.place else ""
        return f'<b class="level">{note.level}</b> {place}{escape(title)}'
    if meaning.kind == "end":
        return ""
    fold = '<button type="button" class="fold" aria-expanded="true"><span class="sr">Fold</span></button>'
    return f"{fold}<b>{escape(meaning.title)}</b>"


def _draw_spans(spans: Sequence[Span], ranges: Sequence[tuple[int, int]]) -> str:
    if not ranges:
        return "".join(_draw_span(span, str(escape(span.text))) for span in spans)
    parts, place = [], 0
    for span in spans:
        parts.append(_draw_span(span, _mark(span.text, place, ranges)))
        place += len(span.text)
    return "".join(parts)


def _draw_span(span: Span, inner: str) -> str:
    classes = span.style.classes
    if span.style.link is not None:
        link = f'<a href="{escape(span.style.link)}" rel="noopener noreferrer nofollow">{inner}</a>'
        return f'<span class="{classes}">{link}</span>' if classes else link
    return f'<span class="{classes}">{inner}</span>' if classes else inner


def _mark(text: str, place: int, ranges: Sequence[tuple[int, int]]) -> str:
    """`text`, which begins at `place` of its line, with what lies in `ranges` marked."""
    parts, done = [], 0
    for begin, end in ranges:
        begin, end = max(0, begin - place), min(len(text), end - place)  # noqa: PLW2901 - the same in this text
        if begin < end:
            parts.append(f"{escape(text[done:begin])}<mark>{escape(text[begin:end])}</mark>")
            done = end
    return "".join(parts) + str(escape(text[done:]))


def _find(text: str, wanted: str) -> list[tuple[int, int]]:
    """Where `wanted` is; without capital letters in it, capital letters are the same, as the search has it."""
    if wanted.encode() == wanted.encode().lower():
        text = "".join(letter.lower() if letter.isascii() else letter for letter in text)
    found, place = [], 0
    while (place := text.find(wanted, place)) >= 0:
        found.append((place, place + len(wanted)))
        place += len(wanted)
    return found


@lru_cache(maxsize=4096)
def _show_clock(second: int) -> str:
    return time.strftime("%H:%M:%S", time.gmtime(second))


def _show_since(tenths: int) -> str:
    """`1:02:03.4` after so many tenths of a second; nothing is before the beginning."""
    seconds, tenth = divmod(max(0, tenths), 10)
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}.{tenth}" if hours else f"{minutes}:{seconds % 60:02}.{tenth}"
