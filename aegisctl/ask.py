"""The question before something that cannot be taken back. Where nobody can be asked, that is a usage error."""

from __future__ import annotations

import os
import sys

from aegisctl.failure import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output


def ask(question: str, given: Given, output: Output, *, verb: str) -> bool:
    """Whether the answer was yes."""
    if given.switch("no-input") or not output.stderr.tty or not os.isatty(0):
        raise Failure("usage", f"{verb} asks first, and there is nobody to ask", hint="add -y to mean it")
    output.stderr.write(f"{question} [y/N] ")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
