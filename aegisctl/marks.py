"""The words, marks and colours of states and results, the same on every screen."""

from __future__ import annotations

from aegisctl.text import pad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from aegisctl.terminal import Terminal

# state or result -> (word, mark, plain mark, style); a colour never stands alone
MARKS = {
    "pending": ("queued", "○", "..", "grey"),
    "executing": ("running", "●", ">>", "blue"),
    "finalizing": ("running", "●", ">>", "blue"),
    "success": ("passed", "✓", "ok", "green"),
    "failure": ("failed", "✗", "FAIL", "red"),
    "error": ("error", "!", "ERR", "alarm"),
    "timeout": ("timed out", "⧖", "TIME", "yellow"),
    "cancellation": ("cancelled", "⊘", "CANC", "grey"),
    "skip": ("skipped", "–", "skip", "grey"),
}
FAILED = frozenset({"failure", "error", "timeout"})
_UNKNOWN = ("unknown", "?", "?", "grey")


def kind_of(thing: Mapping[str, Any]) -> str:
    """The key in MARKS of a run or step: its result once it has one, else its state."""
    return str(thing.get("result") or thing.get("state") or "pending")


def word_of(kind: str) -> str:
    """`passed` for `success`, and so on."""
    return MARKS.get(kind, _UNKNOWN)[0]


def mark_of(kind: str, terminal: Terminal) -> str:
    """The mark in the terminal's characters and colours; plain marks are padded to one width."""
    _, mark, plain, style = MARKS.get(kind, _UNKNOWN)
    return terminal.paint(pad(plain, 4) if terminal.plain else mark, style)


def mark_width(terminal: Terminal) -> int:
    """The cells that `mark_of` takes."""
    return 4 if terminal.plain else 1
