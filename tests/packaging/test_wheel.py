"""What pip installs, without the checkout: a wheel made from the source distribution has all that the programs read."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.source import ROOT

_BUILD = "from setuptools import build_meta as b; import sys; getattr(b, 'build_' + sys.argv[1])(sys.argv[2])"
_SOURCES = ("aegisctl", "aegisd", "web", "pyproject.toml", "README.md")


def _run(*words: str, cwd: Path, **env: str) -> str:
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=120, check=False, env=env or None)
    assert done.returncode == 0, (words, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def test_a_wheel_from_the_source_distribution(tmp_path: Path) -> None:
    """Built, unpacked, the sources deleted: both programs work, from templates of the page to the store's schema."""
    pytest.importorskip("setuptools")
    source, made, site = (tmp_path / name for name in ("source", "made", "site"))
    source.mkdir()
    for name in _SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    _run(sys.executable, "-c", _BUILD, "sdist", str(made), cwd=source)
    shutil.rmtree(source)
    (archive,) = made.glob("*.tar.gz")
    shutil.unpack_archive(archive, tmp_path, filter="data")
    (unpacked,) = tmp_path.glob("aegis_daemon-*")
    _run(sys.executable, "-c", _BUILD, "wheel", str(made), cwd=unpacked)
    shutil.rmtree(unpacked)
    (wheel,) = made.glob("*.whl")
    shutil.unpack_archive(wheel, site, format="zip")
    missing = [name for name in _data_files() if not (site / name).is_file()]
    assert missing == []
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{site}:{sysconfig.get_path('platlib')}", "HOME": str(tmp_path)}
    where = "import aegisd, aegisctl; print(aegisd.__file__)"
    assert str(site) in _run(sys.executable, "-P", "-S", "-c", where, cwd=tmp_path, **env)
    assert "AEG012" in _run(sys.executable, "-P", "-m", "aegisctl", "explain", "AEG012", cwd=tmp_path, **env)
    (tmp_path / "a.toml").write_text(f'[daemon]\nstate_dir = "{tmp_path}/state"\n')
    assert "will be made" in _run(
        sys.executable, "-P", "-m", "aegisd", "--config", "a.toml", "--check", cwd=tmp_path, **env
    )


def test_the_source_distribution_has_its_tests(tmp_path: Path) -> None:
    """W1.27: the tests in it are all there, with what they need, and run from it alone."""
    pytest.importorskip("setuptools")
    source, made = tmp_path / "source", tmp_path / "made"
    away = shutil.ignore_patterns(
        ".git", ".venv*", "dist", "build", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis"
    )
    shutil.copytree(ROOT, source, ignore=away)
    _run(sys.executable, "-c", _BUILD, "sdist", str(made), cwd=source)
    (archive,) = made.glob("*.tar.gz")
    shutil.unpack_archive(archive, tmp_path, filter="data")
    (unpacked,) = tmp_path.glob("aegis_daemon-*")
    for room in ("tests", "docs"):
        wanted = {path.relative_to(source) for path in (source / room).rglob("*") if path.is_file()}
        assert {path for path in wanted if not (unpacked / path).is_file()} == set()
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": f"{unpacked}:{unpacked / 'web'}"}
    said = _run(
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "tests/core/test_pointer.py",
        "tests/store/test_marks.py",
        cwd=unpacked,
        **env,
    )
    assert " passed" in said


def _data_files() -> list[str]:
    """What the packages hold beside Python."""
    found = [path.relative_to(ROOT) for room in ("aegisctl", "aegisd") for path in (ROOT / room).rglob("*")]
    found += [path.relative_to(ROOT / "web") for path in (ROOT / "web" / "aegis_web").rglob("*")]
    root = {True: ROOT / "web", False: ROOT}
    return [
        str(path)
        for path in found
        if (root[path.parts[0] == "aegis_web"] / path).is_file() and path.suffix not in {".py", ".pyc"}
    ]
