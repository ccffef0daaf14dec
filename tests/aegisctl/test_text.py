"""Text that is safe on a terminal, its width, and tables that fit."""

import pytest

from aegisctl.text import cells, cut, escape, pad, plural


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("naïve ✓", "naïve ✓"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x9b2J\x7f", r"\x9b2J\x7f"),
        ("abc\u202edcba", r"abc\u202edcba"),
        ("\ud800", r"\ud800"),
    ],
)
def test_control_characters_are_made_visible(text: str, shown: str) -> None:
    """Nothing that could move the cursor or reorder a line is left."""
    assert escape(text) == shown


def test_widths_are_in_cells() -> None:
    """Wide characters take two cells, combining ones none."""
    assert cells("abc") == 3
    assert cells("日本") == 4
    assert cells("e\u0301") == 1
    assert pad("日", 4) == "日  "
    assert pad("7", 3, right=True) == "  7"


@pytest.mark.parametrize(
    ("text", "width", "shown"), [("abcdef", 6, "abcdef"), ("abcdef", 4, "abc…"), ("日本語", 4, "日…")]
)
def test_cutting_says_so(text: str, width: int, shown: str) -> None:
    """What does not fit ends with an ellipsis and is never wider than asked."""
    assert cut(text, width) == shown
    assert cells(cut(text, width)) <= width


def test_plurals() -> None:
    """One run, two runs."""
    assert [plural(1, "run"), plural(2, "run")] == ["1 run", "2 runs"]
