"""Lines of a log as HTML: nothing of them is markup, colours can be read, groups and annotations are known."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aegis_web.page
from aegis_web.page.log_html import BLOCK, Drawing, draw_blocks
from aegis_web.page.log_text import read_annotation, read_meaning
from aegisd.log_desk import LogLine

_CSS = Path(aegis_web.page.__file__).parent / "static" / "log.css"


class _Reader(HTMLParser):
    """What a browser makes of it: elements with their attributes, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Some text."""
        self.text += data


def draw(*texts: bytes, first: int = 1, **how: object) -> str:
    """The lines as HTML."""
    lines = [
        LogLine(number=number if first else 0, offset=0, time=1_800_000_000.0 + number, data=text)
        for number, text in enumerate(texts, first)
    ]
    return str(draw_blocks(lines, Drawing(begun=1_800_000_000.0, **how)))  # type: ignore[arg-type]


@given(st.lists(st.binary(max_size=80), max_size=5), st.text(max_size=5))
def test_no_line_makes_an_element(texts: list[bytes], wanted: str) -> None:
    """W1.25: whatever a step writes, and whatever is searched for: known elements with known attributes, links to http
    and lines only."""
    reader = _Reader()
    reader.feed(draw(*texts, text=wanted))
    for tag, attributes in reader.elements:
        assert tag in {"pre", "span", "a", "mark", "b", "i", "code", "button"}
        assert set(attributes) <= {
            "class",
            "id",
            "href",
            "rel",
            "tabindex",
            "type",
            "aria-expanded",
            "data-s",
            "data-c",
        }
        assert re.match(r"#L\d+$|https?://", attributes.get("href") or "#L1", re.IGNORECASE)


def test_a_line_has_its_number_and_times() -> None:
    """An anchor, the time since the start and the clock; lines without a number have no anchor."""
    html = draw(b"hello", first=12)
    assert '<span class="ln" id="L12" data-s="0:12.0"' in html
    assert '<a class="n" href="#L12" tabindex="-1">12</a>' in html
    assert "id=" not in draw(b"hello", first=0)


def test_blocks() -> None:
    """Five hundred lines each, wherever one begins to read; colours end with a block."""
    html = draw(*[b"\x1b[31mred"] * 3, *[b"plain"] * (BLOCK + 10), first=BLOCK - 1)
    assert re.findall(r'<pre class="block" id="(b\d)">', html) == ["b0", "b1", "b2"]
    assert 'class="f1">plain' in html
    assert draw(b"\x1b[31mred", b"x", first=1).count("f1") == 2
    assert draw(b"\x1b[31mred", b"x", first=BLOCK).count("f1") == 1


def test_what_comes_later_looks_the_same() -> None:
    """Lines that are added to a block are drawn as if all of it had been: the colour that was begun before goes on."""
    lines = [LogLine(number=1, offset=0, time=0.0, data=b"\x1b[31ma"), LogLine(number=2, offset=9, time=0.0, data=b"b")]
    later = str(draw_blocks(lines, Drawing(begun=0.0, first=2)))
    assert 'id="L1"' not in later
    assert '<pre class="block" id="b0">' in later
    assert '<span class="f1">b</span>' in later


def test_what_is_searched_for_is_marked() -> None:
    """Across colours, without regard to capital letters when it has none, and never inside markup."""
    assert draw(b"a \x1b[31mFai\x1b[0mled b", text="failed").count("<mark>") == 2
    assert "<mark>" not in draw(b"failed", text="FAILED")
    assert "<mark>&lt;b&gt;</mark>" in draw(b"<b>", text="<b>")
    assert 'class="ln hit"' in draw(b"x", hits=frozenset({1}))


def test_what_is_cut_is_said() -> None:
    """How much of a long line is missing."""
    line = LogLine(number=1, offset=0, time=0.0, data=b"x", cut=3 * 2**20)
    assert "3.0 MiB of this line" in str(draw_blocks([line], Drawing(begun=0.0)))


@pytest.mark.parametrize(
    ("text", "kind", "title"),
    [
        ("::group::Install it", "group", "Install it"),
        ("##[group]Install", "group", "Install"),
        ("::endgroup::", "end", ""),
        ("--- :hammer: Build", "section", ":hammer: Build"),
        ("+++ Tests", "section", "Tests"),
        ("--- a/file.py", "", ""),
        ("+++ b/file.py", "", ""),
        ("--- /dev/null", "", ""),
        ("--- FAIL: TestX (0.00s)", "", ""),
        ("--- old.c\t2026-11-21", "", ""),
        ("----------", "", ""),
        ("::debug::x", "", ""),
        ("text ::group::x", "", ""),
    ],
)
def test_groups(text: str, kind: str, title: str) -> None:
    """Groups of GitHub and Buildkite, but no diffs and no verdicts."""
    meaning = read_meaning(text)
    assert (meaning.kind, meaning.title) == (kind, title)


def test_annotations() -> None:
    """Level, place, title and text, unescaped; a message may hold colons."""
    note = read_annotation("::error file=src/a%2Cb.py,line=3,col=9,title=T%3A x::50%25 of%0Aa::b")
    assert note is not None
    assert (note.level, note.place, note.title, note.text) == ("error", "src/a,b.py:3", "T: x", "50% of a::b")
    bare = read_annotation("::warning::careful")
    assert bare is not None
    assert (bare.level, bare.place, bare.text) == ("warning", "", "careful")
    assert read_annotation("::errors::x") is None
    assert read_annotation("error::x") is None


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours (WCAG 2.2)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_colour_can_be_read_on_every_background(theme: int) -> None:
    """4.5:1 at least, in both themes, for all that a step can combine; inverse included."""
    found = re.findall(r"--(\w+): light-dark\((#\w{6}), (#\w{6})\)", _CSS.read_text())
    tokens = {name: (light, dark)[theme] for name, light, dark in found}
    fronts = {name: value for name, value in tokens.items() if re.fullmatch(r"f\d", name)}
    backs = {name: value for name, value in tokens.items() if re.fullmatch(r"b\d|log", name)}
    assert (len(fronts), len(backs)) == (8, 9)
    poor = {(f, b): contrast(x, y) for f, x in fronts.items() for b, y in backs.items() if contrast(x, y) < 4.5}
    assert poor == {}
