"""Files with secrets: they are there, and nobody but their owner reads them."""

import stat
from collections.abc import Iterator
from pathlib import Path

from aegisd.config.secret_files import list_secret_files
from aegisd.diagnosis.finding import Finding, fail, well
from aegisd.diagnosis.patient import Patient


def check_secret_files(patient: Patient) -> Iterator[Finding]:
    """Each file that the configuration names as one with a secret."""
    paths = list_secret_files(patient.config) if patient.config else ()
    found = [finding for path in paths for finding in _check(Path(path))]
    yield from found
    if paths and not found:
        yield well(f"{len(paths)} secret {'file is' if len(paths) == 1 else 'files are'} open to the owner only")


def _check(path: Path) -> Iterator[Finding]:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        yield fail(f"the secret file {path} cannot be read: {error.strerror}", "make it, or correct its path")
        return
    if not stat.S_ISREG(mode):
        yield fail(f"the secret file {path} is not a file", "correct its path")
    elif mode & (stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH):
        yield fail(f"others than its owner may use the secret file {path}", f"chmod 600 {path}")
