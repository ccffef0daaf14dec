"""Verbs that need no daemon but its code: aegisctl becomes `python -m aegisd VERB`, or asks it, so both use
one loader."""

from __future__ import annotations

import os
import sys

import aegisd
from aegisctl.failure import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn

    from aegisctl.declare import Given
    from aegisctl.output import Output


def become_aegisd(
    verb: str, words: Sequence[str], *, given: Given, output: Output, flags: Sequence[str] = ()
) -> NoReturn:
    """Replace this process."""
    color = given.text("color") or ("always" if output.stdout.color else "never")
    shared = ["--color", color, *(["--json"] if output.is_json else [])]
    program = [*_program(verb), *shared, *flags, *(["--", *words] if words else [])]
    os.execve(sys.executable, program, _environment())  # noqa: S606 - our own interpreter


def ask_aegisd(verb: str, flags: Sequence[str]) -> Any:
    """The JSON document that `aegisd VERB` prints. Raises Failure when it prints none."""
    import json  # noqa: PLC0415 - only for verbs that look at the host
    import subprocess  # noqa: PLC0415 - as above

    program = [*_program(verb), *flags]
    done = subprocess.run(program, env=_environment(), stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603 - our own interpreter
    try:
        return json.loads(done.stdout)
    except ValueError:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"exit {done.returncode}"]
        raise Failure("broken-stream", f"aegisd {verb} gave no answer: {words[-1]}") from None


def _program(verb: str) -> list[str]:
    """`-P` and PYTHONPATH: an `aegisd` folder in the current directory must never be run. Where both programs are one
    file, aegisd is beside it."""
    if getattr(sys, "frozen", False):
        return [os.path.join(os.path.dirname(sys.executable), "aegisd"), verb]  # noqa: PTH118, PTH120
    return [sys.executable, "-P", "-m", "aegisd", verb]


def _environment() -> dict[str, str]:
    root = os.path.dirname(os.path.dirname(os.path.abspath(aegisd.__file__)))  # noqa: PTH100, PTH120
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}
