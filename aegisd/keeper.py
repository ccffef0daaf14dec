"""What keeps a store safe, without a daemon or beside one: `aegisd backup`, `aegisd verify`, and `aegisd --check`.

The state directory belongs to the user that steps run as, who could put links where files are expected. So root becomes
that user before anything in it is opened.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import apsw

from aegisd.backup import STORE, write_backup
from aegisd.core.errors import StartError
from aegisd.core.record import ForeignStoreError, StoreError
from aegisd.lock import hold_lock
from aegisd.store.artifact_check import check_artifacts
from aegisd.store.migrate import check_schema
from aegisd.store.sqlite import describe_error
from aegisd.store.verification import repair_store, verify_store
from aegisd.timeline.identity import format_time
from aegisd.wire.errors import (
    EXIT_CONFIG,
    EXIT_ERROR,
    EXIT_FAILURE,
    EXIT_NO_INPUT,
    EXIT_NO_PERMISSION,
    EXIT_OK,
    EXIT_USAGE,
)
from aegisd.wire.units import format_size

_SHOWN = 50
_EXISTS = "AEG350"
_NO_STORE = "AEG351"
_FAILED = "AEG352"


class _RefusedError(Exception):
    def __init__(self, code: str, status: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.status, self.hint = code, status, hint


def explain_start(error: StoreError) -> StartError:
    """That aegisd cannot start for `error`. With EXIT_CONFIG a service manager makes no other try, which would end as
    this one."""
    return StartError(str(error), status=EXIT_CONFIG if isinstance(error, ForeignStoreError) else EXIT_FAILURE)


def check_store(state_dir: Path) -> int:
    """Say whether this aegisd could open the store in `state_dir`; raises StartError when it could not. Nothing is
    changed."""
    path = state_dir / STORE
    if not path.exists():
        print(f"store: {path} will be made")
        return EXIT_OK
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            schema = check_schema(connection, path=path)
        finally:
            connection.close()
    except apsw.Error as error:
        raise StartError(describe_error(error, path)) from None
    except StoreError as error:
        raise explain_start(error) from None
    print(f"store: {path}, schema {schema}")
    return EXIT_OK


def guard(options: argparse.Namespace, work: Callable[[argparse.Namespace, Path], int]) -> int:
    """Run `work` and tell what went wrong in words, or as one JSON object."""
    signal.signal(signal.SIGTERM, _leave)
    state_dir = Path(options.state_dir).absolute()
    try:
        _check_there(state_dir)
        return work(options, state_dir)
    except _RefusedError as error:
        return _tell(options, error)
    except (StoreError, StartError) as error:
        return _tell(options, _RefusedError(_FAILED, EXIT_ERROR, str(error), getattr(error, "hint", None) or ""))
    except PermissionError as error:
        message = f"you may not use {error.filename}: {error.strerror}"
        return _tell(options, _RefusedError(_FAILED, EXIT_NO_PERMISSION, message, "as root, or as aegisd's user"))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _tell(options, _RefusedError(_FAILED, EXIT_ERROR, f"{where}{error.strerror or error}", ""))


def _check_there(state_dir: Path) -> None:
    try:
        (state_dir / STORE).stat()
    except (FileNotFoundError, NotADirectoryError):
        message = f"there is no store of aegis in {state_dir}"
        raise _RefusedError(_NO_STORE, EXIT_NO_INPUT, message, "--state-dir names another") from None


def _tell(options: argparse.Namespace, error: _RefusedError) -> int:
    if options.json:
        told = {"code": error.code, "exit": error.status, "message": str(error), "help": error.hint or None}
        print(json.dumps({"error": told}), file=sys.stderr)
    else:
        print(f"aegisctl: {error}" + (f"\n  {error.hint}" if error.hint else ""), file=sys.stderr)
    return error.status


def backup(options: argparse.Namespace, state_dir: Path) -> int:
    """A child that is the owner of the state directory writes; this process keeps the right to name the file."""
    if options.file == "-":
        return _as_owner(state_dir, lambda: _write(options, state_dir, sys.stdout.fileno(), sys.stderr))
    target = Path(options.file).absolute()
    if os.path.lexists(target):
        raise _RefusedError(_EXISTS, EXIT_USAGE, f"{target} is there already", "choose another name, or move it away")
    part = target.with_name(f"{target.name}.part")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        status = _as_owner(state_dir, lambda: _write(options, state_dir, fd, sys.stdout))
        if status == EXIT_OK:
            os.fsync(fd)
            os.link(part, target)  # in place of a rename, which would overwrite
        return status
    finally:
        os.close(fd)
        part.unlink()


def _write(options: argparse.Namespace, state_dir: Path, fd: int, say: Any) -> int:
    with open(fd, "wb", closefd=False) as out:
        facts = write_backup(state_dir, out, time=format_time(time.time()), compress=options.file.endswith(".gz"))
    size = os.fstat(fd).st_size
    if options.json:
        print(json.dumps({**facts, "path": options.file, "bytes": size}), file=say)
    elif options.file != "-":
        words = f"runs up to #{facts['last_run']}, {facts['files']} files, {format_size(size)}"
        print(f"backup of {state_dir} in {options.file}: {words}", file=say)
    return EXIT_OK


def verify(options: argparse.Namespace, state_dir: Path) -> int:
    """Look at the store with the rights of its owner, and say what is wrong."""
    return _as_owner(state_dir, lambda: _look(options, state_dir))


def _look(options: argparse.Namespace, state_dir: Path) -> int:
    path = state_dir / STORE
    repaired = 0
    if options.repair:
        with hold_lock(state_dir):
            repaired = repair_store(path)
    verdict = verify_store(path)
    faults = [fault.text for fault in verdict.faults]
    faults += check_artifacts(path, state_dir / "artifacts")
    if options.json:
        facts = {"path": str(path), "store_schema": verdict.schema, "events": verdict.events, "runs": verdict.runs}
        print(json.dumps({"schema": "aegis/v1", **facts, "repaired": repaired, "faults": faults}))
    else:
        _say_verdict(path, verdict.events, verdict.runs, repaired, faults)
        if any(fault.run is not None for fault in verdict.faults):
            print("  rows of runs can be made again:  systemctl stop aegisd, then aegisctl verify --repair")
    return EXIT_FAILURE if faults else EXIT_OK


def _say_verdict(path: Path, events: int, runs: int, repaired: int, faults: list[str]) -> None:
    print(f"{path}: {events} events, {runs} runs" + (f", {repaired} rows made again" if repaired else ""))
    for fault in faults[:_SHOWN]:
        print("".join(c if c.isprintable() else "?" for c in f"  {fault}"))
    if len(faults) > _SHOWN:
        print(f"  and {len(faults) - _SHOWN} more")
    print(
        f"{len(faults)} faults"
        if faults
        else "sound: the file, the numbers of events, each run against its events, and artifacts"
    )


def _as_owner(state_dir: Path, work: Callable[[], int]) -> int:
    """The exit status of `work`, done by a child that has the rights of the owner of `state_dir` and no others."""
    owner = state_dir.stat()
    child = os.fork()
    if child == 0:
        _become(owner.st_uid, owner.st_gid, work)
    try:
        _, status = os.waitpid(child, 0)
    except BaseException:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
        raise
    return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else EXIT_ERROR


def _become(uid: int, gid: int, work: Callable[[], int]) -> NoReturn:
    """Never comes back into the parent's code, whatever happens."""
    status = EXIT_ERROR
    try:
        if os.geteuid() == 0 and uid != 0:
            os.setgroups([])
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
        status = work()
        sys.stdout.flush()
    except (StoreError, StartError, OSError) as error:
        print(f"aegisctl: {error}", file=sys.stderr)
    finally:
        sys.stderr.flush()
        os._exit(status)


def _leave(number: int, _: object) -> NoReturn:
    raise SystemExit(128 + number)
