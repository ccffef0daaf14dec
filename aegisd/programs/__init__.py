"""Processes of their own beside aegisd, and what they are made of: the standard library and nothing of the other rooms.

They start in 10 ms, stay small, and go on when aegisd breaks down. aegisd uses their parts where it does the same
thing.
"""

import sys
from pathlib import Path

_ROOT = str(Path(__file__).parents[2])


def list_arguments(name: str, *arguments: str) -> list[str]:
    """What starts `main` of the module `name` in this room: an interpreter that looks at no environment and no
    site-packages."""
    start = f"import sys; sys.path.insert(0, {_ROOT!r}); from aegisd.programs import {name}; {name}.main(*sys.argv[1:])"
    return [sys.executable, "-I", "-S", "-c", start, *arguments]
