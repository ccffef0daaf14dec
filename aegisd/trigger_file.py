"""What the webhook said that started a run, as a JSON file beside the run: `$AEGIS_TRIGGER_FILE`, for its owner alone.

It is written before the run has a number, and takes its place between two instructions: so numbers are given in the
order in which runs are recorded, and a run that is on disk has its file.
"""

import os
import shutil
import tempfile
from pathlib import Path

import trio

_INCOMING = ".incoming"
_NAME = "trigger.json"


def trigger_file(runs_dir: Path, run: int) -> Path:
    """Where the file of `run` is."""
    return runs_dir / str(run) / _NAME


async def stage(runs_dir: Path, body: bytes) -> Path:
    """A file with `body`, on disk, for `adopt`."""
    return await trio.to_thread.run_sync(_write, runs_dir, body)


async def stage_copy(runs_dir: Path, run: int) -> Path | None:
    """A copy of the file of `run`; None when it has none any more."""
    try:
        body = await trio.Path(trigger_file(runs_dir, run)).read_bytes()
    except OSError:
        return None
    return await stage(runs_dir, body)


def adopt(staged: Path, runs_dir: Path, run: int) -> None:
    """Give a staged file to `run`."""
    target = trigger_file(runs_dir, run)
    target.parent.mkdir(parents=True, exist_ok=True)
    staged.replace(target)


def clear_staged(runs_dir: Path) -> None:
    """Remove what an earlier aegisd staged and gave to nobody."""
    shutil.rmtree(runs_dir / _INCOMING, ignore_errors=True)


def _write(runs_dir: Path, body: bytes) -> Path:
    folder = runs_dir / _INCOMING
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(descriptor)
    return Path(name)
