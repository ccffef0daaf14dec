"""A pager between a long answer and a terminal: AEGIS_PAGER, PAGER, else `less -FRX`; none in a pipe."""

from __future__ import annotations

import os
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from subprocess import Popen

    from aegisctl.output import Output

_DEFAULT = "less -FRX"


@contextmanager
def paged(output: Output, *, wanted: bool = True) -> Iterator[Output]:
    """`output` with its stdout led through the pager, where there is a terminal and a pager."""
    pager = _open_pager(os.environ) if wanted and output.stdout.tty and output.form == "text" else None
    if pager is None or pager.stdin is None:
        yield output
        return
    screen, output.stdout.fd = output.stdout.fd, pager.stdin.fileno()
    try:
        yield output
    except (BrokenPipeError, KeyboardInterrupt):
        pass  # the reader has seen enough
    finally:
        output.stdout.fd = screen
        _close_pager(pager)


def _open_pager(environ: Mapping[str, str]) -> Popen[bytes] | None:
    import shlex  # noqa: PLC0415 - only where a person reads a long answer
    import subprocess  # noqa: PLC0415

    words = shlex.split(environ.get("AEGIS_PAGER", environ.get("PAGER", _DEFAULT)))
    if words in ([], ["cat"]):
        return None
    try:
        return subprocess.Popen(words, stdin=subprocess.PIPE)  # noqa: S603 - the user's own choice
    except OSError:
        return None


def _close_pager(pager: Popen[bytes]) -> None:
    """Wait for the reader. Ctrl-C is the pager's own to handle meanwhile."""
    import signal  # noqa: PLC0415

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        if pager.stdin is not None:
            pager.stdin.close()
        pager.wait()
    finally:
        signal.signal(signal.SIGINT, before)
