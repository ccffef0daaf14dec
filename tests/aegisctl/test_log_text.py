"""Output of steps: split with bounded memory, harmless on a terminal."""

import pytest

from aegisctl.log_text import LONGEST_LINE, LineSplitter, harmless


def test_lines_keep_the_time_of_their_first_byte() -> None:
    """A line that comes in two chunks was seen when it began."""
    splitter = LineSplitter()
    lines = [*splitter.feed(b"one\ntw", "10:00"), *splitter.feed(b"o\nthree", "10:01"), *splitter.end()]
    assert lines == [("10:00", b"one"), ("10:00", b"two"), ("10:01", b"three")]


def test_endless_lines_come_in_pieces() -> None:
    """A line without an end is passed on in pieces of 64 KiB, not collected."""
    splitter = LineSplitter()
    pieces = [line for _ in range(10) for _, line in splitter.feed(bytes(50_000), None)]
    pieces += [line for _, line in splitter.end()]
    assert sum(map(len, pieces)) == 500_000
    assert max(map(len, pieces)) == LONGEST_LINE


def test_long_lines_that_end_come_in_pieces_too() -> None:
    """So does one that came whole in one chunk."""
    lines = list(LineSplitter().feed(b"x" * (LONGEST_LINE + 1) + b"\n", None))
    assert [len(line) for _, line in lines] == [LONGEST_LINE, 1]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b"plain \xc3\xa9", "plain é"),
        (b"\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m\x1b[0m"),
        (b"\x1b[2J\x1b[1;1Hhome", "home\x1b[0m"),
        (b"\x1b]0;title\x07text", "text"),
        (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        (b"\x1bPq#0\x1b\\sixel", "sixel"),
        (b"\x1b]52;c;aGk=", ""),
        (b"10%\r20%\r\n"[:-1], "10%\n20%"),
        (b"\x00\x08a\x07\x0e", "a"),
        (b"\x9b31mx", "\ufffd31mx"),
        ("\x9b2Jx".encode(), "x"),
        ("\u202eevil".encode(), "evil"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"tab\there", "tab\there"),
    ],
)
def test_only_colours_reach_the_terminal(line: bytes, shown: str) -> None:
    """Titles, clipboard, cursor movement, bidi controls and broken UTF-8 lose their power; text and colours stay."""
    assert harmless(line) == shown


def test_colours_go_where_none_are_wanted() -> None:
    """`NO_COLOR` holds for the colours of the output too."""
    assert harmless(b"\x1b[31mred\x1b[0m", color=False) == "red"
