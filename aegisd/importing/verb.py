"""`aegisd import FILE`, which `aegisctl import` becomes: reads, writes the configuration, and checks what it wrote."""

import argparse
import errno
import json
import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

from aegisd.config.loader import check_files
from aegisd.config.problems import render
from aegisd.core.sentences import say_names
from aegisd.importing.aegis_qa import adopt_config
from aegisd.importing.draft import ConfigDraft
from aegisd.importing.overlay import lay_over, list_overlays, name_overlay
from aegisd.importing.unreadable import UnreadableError
from aegisd.importing.yaml_file import MOST_BYTES, read_yaml
from aegisd.steps import SPECS
from aegisd.wire.errors import EXIT_FAILURE, EXIT_NO_INPUT, EXIT_OK

_UNSET = "AEG008"


def import_file(options: argparse.Namespace) -> int:
    """Import `options.file`; 0 when the result validates but for variables that are not set here."""
    try:
        values, source = _read_all(options)
        draft = adopt_config(values, source=source)
    except _RefusedError as refusal:
        return _refuse(options, str(refusal), refusal.status)
    except UnreadableError as error:
        return _refuse(options, str(error), EXIT_FAILURE)
    if options.env is None and (known := list_overlays(options.file)):
        draft.head.note(f"Not in it: what is laid over it for {say_names(known)}; aegisctl import --env takes one in.")
    text = draft.render()
    _, problems, sources = check_files(["-"], step_types=SPECS, environment=os.environ, stdin_text=text.encode())
    open_ = [problem for problem in problems if problem.severity == "error" and problem.code != _UNSET]
    if options.to is not None:
        try:
            _write(options.to, text, force=options.force)
        except OSError as error:
            hint = " (-f replaces it)" if isinstance(error, FileExistsError) else ""
            return _refuse(options, f"{error.strerror}: {options.to}{hint}", EXIT_FAILURE)
    unset = sorted({problem.message for problem in problems if problem.code == _UNSET})
    _tell(options, text, draft, unset)
    if open_:
        print(render(open_, sources, format="full"), file=sys.stderr)
    return EXIT_FAILURE if open_ else EXIT_OK


def _tell(options: argparse.Namespace, text: str, draft: ConfigDraft, unset: Sequence[str]) -> None:
    changes = draft.list_changes()
    if options.json:
        told = [{"place": place, "change": change} for place, change in changes]
        print(json.dumps({"schema": "aegis/v1", "text": text, "changes": told, "unset": list(unset)}))
        return
    if options.to is None:
        print(text, end="")
    print(f"imported {draft.summary}; {len(changes)} remarks, each a comment", file=sys.stderr)
    for message in unset:
        print(f"before it can be used: {message}", file=sys.stderr)
    if options.to is not None:
        print(f"made {options.to}; next: aegisctl validate {options.to}", file=sys.stderr)


class _RefusedError(Exception):
    """A file cannot be imported; the message says why."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def _read_all(options: argparse.Namespace) -> tuple[object, str]:
    """What the file says, with what is laid over it, and what both are called. Raises _RefusedError and
    UnreadableError."""
    values, source = _read_values(options.file, ""), Path(options.file).name
    if options.env is None:
        return values, source
    overlay = name_overlay(options.file, options.env)
    try:
        values = lay_over(values, _read_values(str(overlay), f"{overlay.name}: "))
    except UnreadableError as error:
        message = f"{overlay.name}: {error}"
        raise UnreadableError(message) from None
    return values, f"{source} and {overlay.name}"


def _read_values(name: str, told: str) -> object:
    try:
        data = _read(name)
    except (OSError, UnreadableError) as error:
        message = f"{told}{getattr(error, 'strerror', None) or error}"
        raise _RefusedError(message, EXIT_NO_INPUT) from None
    try:
        return read_yaml(data)
    except UnreadableError as error:
        place = "" if error.line is None else f"line {error.line}: "
        message = f"{told}{place}{error}"
        raise _RefusedError(message, EXIT_FAILURE) from None


def _read(name: str) -> bytes:
    """Not more than can be imported. Raises OSError and UnreadableError."""
    if name == "-":
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    with os.fdopen(os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            message = "it is not a file"
            raise UnreadableError(message)
        return file.read(MOST_BYTES + 1)


def _write(name: str, text: str, *, force: bool) -> None:
    """Make a file that only its owner can read: there may be secrets in it."""
    if not force and os.path.lexists(name):
        raise FileExistsError(errno.EEXIST, "it is there already")
    partial = Path(f"{name}.{os.getpid()}.part")
    file = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(file, "w", encoding="utf-8") as writer:
            writer.write(text)
        partial.replace(name)
    except BaseException:
        partial.unlink()
        raise


def _refuse(options: argparse.Namespace, message: str, status: int) -> int:
    error = {"code": None, "exit": status, "message": f"{options.file}: {message}", "help": None}
    text = f"aegisctl: cannot import {options.file}: {message}"
    print(json.dumps({"error": error}) if options.json else text, file=sys.stderr)
    return status
