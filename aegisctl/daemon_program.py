"""Verbs that need no daemon but its code: aegisctl becomes `python -m aegisd VERB`, so both use one loader."""

from __future__ import annotations

import os
import sys

import aegisd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from aegisctl.declare import Given
    from aegisctl.output import Output


def become_aegisd(
    verb: str, words: Sequence[str], *, given: Given, output: Output, flags: Sequence[str] = ()
) -> NoReturn:
    """Replace this process. `-P` and PYTHONPATH: an `aegisd` folder in the current directory must never be run."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(aegisd.__file__)))  # noqa: PTH100, PTH120
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    color = given.text("color") or ("always" if output.stdout.color else "never")
    shared = ["--color", color, *(["--json"] if output.is_json else [])]
    program = [sys.executable, "-P", "-m", "aegisd", verb, *shared, *flags, "--", *words]
    os.execve(sys.executable, program, {**os.environ, "PYTHONPATH": path})  # noqa: S606 - our own interpreter
