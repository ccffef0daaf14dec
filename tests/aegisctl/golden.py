"""Golden screens: `check_golden` compares lines with a file, or writes it when AEGIS_WRITE_GOLDEN is set."""

import os
from collections.abc import Sequence
from pathlib import Path

_FOLDER = Path(__file__).parent / "golden"


def check_golden(name: str, lines: Sequence[str]) -> None:
    """`lines` are those of golden/`name`.txt."""
    path = _FOLDER / f"{name}.txt"
    text = "".join(f"{line.rstrip()}\n" for line in lines)
    if os.environ.get("AEGIS_WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
