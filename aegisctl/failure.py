"""What ends aegisctl early: a `Failure` that is told to the user, or a signal that makes it `Leave` without a word."""

from __future__ import annotations

from aegisd.wire.errors import (
    EXIT_CLIENT_TIMEOUT,
    EXIT_ERROR,
    EXIT_FAILURE,
    EXIT_NO_INPUT,
    EXIT_NO_PERMISSION,
    EXIT_UNAVAILABLE,
    EXIT_USAGE,
)

EXIT_SIGHUP = 129

# kind of failure -> (code for `explain`, exit status); the codes of refused calls are in aegisd/wire/errors.py
KINDS = {
    "usage": ("AEG130", EXIT_USAGE),
    "not-running": ("AEG131", EXIT_UNAVAILABLE),
    "no-permission": ("AEG132", EXIT_NO_PERMISSION),
    "wrong-socket": ("AEG133", EXIT_UNAVAILABLE),
    "no-answer": ("AEG134", EXIT_UNAVAILABLE),
    "broken-stream": ("AEG135", EXIT_UNAVAILABLE),
    "client-timeout": ("AEG136", EXIT_CLIENT_TIMEOUT),
    "no-such-topic": ("AEG137", EXIT_NO_INPUT),
    "cannot-write": ("AEG138", EXIT_UNAVAILABLE),
    "no-such-file": ("AEG300", EXIT_NO_INPUT),
    "bad-bundle": ("AEG301", EXIT_FAILURE),
    "exists": ("AEG350", EXIT_USAGE),
    "no-store": ("AEG351", EXIT_NO_INPUT),  # this and the next are told by aegisd/keeper.py, as which aegisctl ends
    "cannot-keep": ("AEG352", EXIT_ERROR),
    "no-page": ("AEG395", EXIT_UNAVAILABLE),
}


class Failure(Exception):  # noqa: N818 - an error of the user or the host, not of this program
    """Told as `aegisctl: message` with the hint's lines below it. `kind` is a key of KINDS."""

    def __init__(self, kind: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code, self.exit_status = KINDS[kind]


class Leave(BaseException):
    """A signal, or the end of the user's patience: leave with `exit_status`, after `note` on stderr if there is one."""

    def __init__(self, exit_status: int, note: str | None = None) -> None:
        super().__init__(exit_status)
        self.exit_status = exit_status
        self.note = note
