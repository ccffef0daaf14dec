"""Lines for a terminal as texts with styles: what is known is honoured, everything else is left out."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aegis_web.page.terminal import PLAIN, Span, Terminal, name_colour, nearest


def text_of(line: bytes) -> str:
    """What can be read of a line."""
    return "".join(span.text for span in Terminal().draw(line))


def looks(line: bytes) -> list[tuple[str, str]]:
    """The texts of a line with their classes."""
    return [(span.text, span.style.classes) for span in Terminal().draw(line)]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        pytest.param(b"plain \tline", "plain \tline", id="plain"),
        pytest.param("gr\u00fc\u00df \U0001f680".encode(), "gr\u00fc\u00df \U0001f680", id="utf-8"),
        pytest.param(b"a\xffb", "a\ufffdb", id="not utf-8"),
        pytest.param(b"line\r", "line", id="crlf"),
        pytest.param(b"10%\r20%\r30%", "30%", id="progress"),
        pytest.param(b"longer text\rshort", "shortr text", id="drawn over in part"),
        pytest.param(b"downloading\r\x1b[Kdone", "done", id="K"),
        pytest.param(b"downloading\r\x1b[0Kdone", "done", id="0K"),
        pytest.param(b"abcdef\r\x1b[2Kx", "x", id="2K"),
        pytest.param(b"\x1b[2K\x1b[1Gyarn\x1b[2K\x1b[1Gdone", "done", id="yarn"),
        pytest.param(b"abcdef\b\b\b\x1b[1K", "    ef", id="1K"),
        pytest.param(b"abc\b\bX", "aXc", id="backspace"),
        pytest.param(b"\b\b\bX", "X", id="backspace at the beginning"),
        pytest.param(b"a\x1b[2Jb\x1b[10;20Hc\x1b[?25ld\x1b[6ne", "abcde", id="moves and questions"),
        pytest.param(b"a\x1b]0;title\x07b\x1b]52;c;ZXZpbA==\x07c", "abc", id="title and clipboard"),
        pytest.param(b"a\x1bPq#0;2\x1b\\b\x1b_x\x1b\\c", "abc", id="images and strings"),
        pytest.param(b"a\x1b(0b\x1bcd", "abd", id="character sets and reset"),
        pytest.param(b"a\x1b[8mhidden\x1b[0m", "ahidden", id="nothing is hidden"),
        pytest.param("a\u202ecod.exe\u2066b\u200f".encode(), "acod.exeb", id="direction of text"),
        pytest.param("a\x9b31mb\x9d0;t\x9cc".encode(), "abc", id="eight bits"),
        pytest.param(b"a\x00\x07\x0b\x7fb", "ab", id="controls"),
        pytest.param(b"end \x1b[", "end ", id="cut off"),
        pytest.param(b"<script>alert(1)</script>", "<script>alert(1)</script>", id="markup is text"),
    ],
)
def test_what_is_shown(line: bytes, shown: str) -> None:
    """The line as it looks in the end."""
    assert text_of(line) == shown


@pytest.mark.parametrize(
    ("line", "spans"),
    [
        pytest.param(b"a\x1b[31mb\x1b[0mc", [("a", ""), ("b", "f1"), ("c", "")], id="colour"),
        pytest.param(b"\x1b[1;4;92;41mx", [("x", "tb tu f2 b1")], id="several"),
        pytest.param(b"\x1b[mx", [("x", "")], id="empty is reset"),
        pytest.param(b"\x1b[1;2mx\x1b[22my", [("x", "tb td"), ("y", "")], id="22 ends bold and dim"),
        pytest.param(b"\x1b[31;44mx\x1b[39my\x1b[49mz", [("x", "f1 b4"), ("y", "b4"), ("z", "")], id="39 and 49"),
        pytest.param(b"\x1b[38;5;196mx", [("x", "f1")], id="256 colours"),
        pytest.param(b"\x1b[48;5;21mx", [("x", "b4")], id="256 backgrounds"),
        pytest.param(b"\x1b[38;2;250;200;10;1mx", [("x", "tb f3")], id="true colour, and what follows"),
        pytest.param(b"\x1b[38:5:196mx", [("x", "f1")], id="colons"),
        pytest.param(b"\x1b[38;5mx", [("x", "")], id="cut off"),
        pytest.param(b"\x1b[7;31mx", [("x", "tv f1")], id="inverse"),
        pytest.param(b"\x1b[5;6;8;10;73;999999mx", [("x", "")], id="not known"),
        pytest.param(b"\x1b[31mab\r\x1b[32mX", [("X", "f2"), ("b", "f1")], id="drawn over"),
    ],
)
def test_styles(line: bytes, spans: list[tuple[str, str]]) -> None:
    """Colours and styles become classes of the theme."""
    assert looks(line) == spans


@pytest.mark.parametrize(
    ("link", "is_kept"),
    [
        (b"https://example.org/a?b=c#d", True),
        (b"HTTP://example.org", True),
        (b"javascript:alert(1)", False),
        (b"JavaScript://example.org/%0aalert(1)", False),
        (b" https://example.org", False),
        (b"https://exa mple.org", False),
        (b"data:text/html,x", False),
        (b"file:///etc/passwd", False),
        (b"//example.org", False),
        (b"https://" + b"a" * 5000, False),
        ("https://exämple.org".encode(), False),
    ],
)
def test_links(link: bytes, *, is_kept: bool) -> None:
    """W1.25: a link of OSC 8 is one when it leads to http or https; its text is always there."""
    spans = Terminal().draw(b"see \x1b]8;id=1;" + link + b"\x1b\\here\x1b]8;;\x1b\\ now")
    assert "".join(span.text for span in spans) == "see here now"
    assert [span.style.link for span in spans if span.style.link] == ([link.decode()] if is_kept else [])


def test_styles_go_on_to_the_next_line() -> None:
    """What a line begins in red, the next one goes on in red, until it is reset; a link survives a reset of colours."""
    terminal = Terminal()
    terminal.draw(b"\x1b[31mred")
    assert terminal.draw(b"still") == [Span(text="still", style=terminal.draw(b"x")[0].style)]
    assert terminal.draw(b"\x1b[0mplain")[0].style == PLAIN
    (linked,) = terminal.draw(b"\x1b]8;;http://a.example\x07\x1b[31m\x1b[0mx")
    assert linked.style.link == "http://a.example"


def test_colours_by_hue() -> None:
    """Colours that the theme does not have become the nearest one that it has; greys are dark or light."""
    assert [name_colour(number) for number in (1, 9, 16, 231, 232, 255, 256, -1)] == [1, 1, 0, 7, 0, 7, None, None]
    assert [nearest(255, 0, 0), nearest(255, 255, 0), nearest(0, 255, 255), nearest(20, 20, 20)] == [1, 3, 6, 0]


@given(st.binary(max_size=300))
@example(b"\x1b]8;;http://a\x1b\\" * 9)
def test_nothing_but_text_comes_out(line: bytes) -> None:
    """Whatever the bytes: no control is left, links are of http, classes are known, and nothing is raised."""
    for span in Terminal().draw(line):
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e]", span.text)
        assert span.style.link is None or re.match("https?://", span.style.link, re.IGNORECASE)
        assert re.fullmatch(r"(t[bdiuvs]|f[0-7]|b[0-7]| )*", span.style.classes)


@given(st.lists(st.sampled_from([b"\r", b"\b", b"\x1b[K", b"\x1b[1K", b"\x1b[2K", b"abc", b"\x1b[31m"]), max_size=40))
def test_drawing_over_is_bounded(parts: list[bytes]) -> None:
    """A line is never longer than what was written, however it is drawn over."""
    assert len(text_of(b"".join(parts))) <= 3 * parts.count(b"abc") + 1
