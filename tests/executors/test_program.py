"""What can be executed, asked beforehand: the same answers as the kernel gives."""

import errno
import subprocess
from pathlib import Path

import pytest

from aegisd.executors.program import find_program

ELF = Path("/bin/true").resolve()


def _make(path: Path, text: str, *, mode: int = 0o755) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def _refusal(name: str, folder: Path, **env: str) -> int:
    """The error number of the check, 0 if it passes; it must be what the kernel says."""
    try:
        subprocess.run([name], cwd=folder, env=env, check=False, capture_output=True)
        kernel = 0
    except OSError as error:
        kernel = error.errno or 0
    try:
        find_program(name, env=env, dir=str(folder))
        found = 0
    except OSError as error:
        found = error.errno or 0
    assert found == kernel
    return found


def test_what_can_be_executed(tmp_path: Path) -> None:
    """Programs and scripts, by path and by PATH, also without read permission."""
    _make(tmp_path / "script", "#!/bin/sh\n")
    (tmp_path / "linked").symlink_to(ELF)
    assert _refusal("./script", tmp_path) == 0
    assert _refusal(str(tmp_path / "linked"), tmp_path) == 0
    assert _refusal("script", tmp_path, PATH=f"/nonexistent:{tmp_path}") == 0
    assert _refusal("true", tmp_path) == 0


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("missing", errno.ENOENT),
        ("./missing", errno.ENOENT),
        ("./plain", errno.EACCES),
        ("./folder", errno.EACCES),
        ("./foreign", errno.ENOEXEC),
        ("./empty", errno.ENOEXEC),
        ("./orphan", errno.ENOENT),
        ("./plain/below", errno.ENOTDIR),
    ],
)
def test_what_cannot(name: str, number: int, tmp_path: Path) -> None:
    """Each refusal has the kernel's number."""
    _make(tmp_path / "plain", "#!/bin/sh\n", mode=0o644)
    (tmp_path / "folder").mkdir()
    _make(tmp_path / "foreign", "neither\n")
    _make(tmp_path / "empty", "")
    _make(tmp_path / "orphan", "#!/no/such/interpreter\n")
    assert _refusal(name, tmp_path) == number


def test_a_refused_file_before_a_missing_one(tmp_path: Path) -> None:
    """In PATH a file without the execute bit is the reason, unless a later folder has a better one."""
    _make(tmp_path / "tool", "#!/bin/sh\n", mode=0o644)
    assert _refusal("tool", tmp_path, PATH=f"{tmp_path}:/nonexistent") == errno.EACCES
