"""The head of the one file: it unpacks once, into a place that nobody else can write, and becomes what is inside."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.source import ROOT

_INSIDE = """
#include <stdio.h>
int main(int count, char **words) {
    (void)count;
    printf("VERSION %s %s\\n", words[0], words[1] ? words[1] : "");
    return 7;
}
"""

Make = Callable[[str], Path]


@pytest.fixture(scope="session")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The launcher with nothing behind it."""
    compiler, made = shutil.which("cc"), tmp_path_factory.mktemp("launcher") / "launcher"
    words = [str(compiler), "-O1", "-o", str(made), str(ROOT / ".ci" / "launcher.c"), "-lz"]
    if compiler is None or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("THE ONE FILE IS NOT TESTED HERE: no C compiler, or no zlib (apt-get install gcc zlib1g-dev)")
    return made


@pytest.fixture
def make(launcher: Path, tmp_path: Path) -> Make:
    """Packs a version of a program that says what it was called as, and with what."""

    def make(version: str) -> Path:
        folder, output = tmp_path / f"folder-{version}", tmp_path / f"aegis-{version}"
        (folder / "lib").mkdir(parents=True)
        (folder / "lib" / "data").write_bytes(version.encode() * 100_000)
        (folder / "aegisctl").symlink_to("aegis")
        source = tmp_path / f"{version}.c"
        source.write_text(_INSIDE.replace("VERSION", version))
        subprocess.run(["cc", "-o", str(folder / "aegis"), str(source)], check=True)
        pack = [sys.executable, str(ROOT / ".ci" / "pack.py"), str(launcher), str(folder), str(output)]
        subprocess.run(pack, check=True)
        return output

    return make


def _run(program: Path, *words: str, cache: Path | None, **env: str) -> "subprocess.CompletedProcess[str]":
    given = {} if cache is None else {"AEGIS_CACHE": str(cache)}
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False, env={**given, **env})
    assert "aegis" in done.stderr or done.returncode == 7, done
    return done


def test_unpacked_once(make: Make, tmp_path: Path) -> None:
    """The second start finds what the first has left; name, words and exit status pass through."""
    program, cache = make("one"), tmp_path / "a" / "cache"
    link = tmp_path / "aegisctl"
    link.symlink_to(program)
    assert _run(link, "status", cache=cache).stdout == f"one {link} status\n"
    (folder,) = cache.iterdir()
    assert oct(cache.stat().st_mode & 0o777) == "0o700"
    assert (folder / "lib" / "data").read_bytes() == b"one" * 100_000
    assert (folder / "aegisctl").readlink() == Path("aegis")
    before = (folder / "aegis").stat()
    assert _run(link, cache=cache).returncode == 7
    assert (folder / "aegis").stat() == before


def test_many_at_once(make: Make, tmp_path: Path) -> None:
    """Starts at the same moment leave one folder, and all of them work."""
    program, cache = make("one"), tmp_path / "cache"
    words = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": {"AEGIS_CACHE": str(cache)}}
    started = [subprocess.Popen([program], **words) for _ in range(8)]  # type: ignore[call-overload]
    said = [process.communicate() for process in started]
    assert [process.returncode for process in started] == [7] * 8, said
    assert len(list(cache.iterdir())) == 1


def test_other_versions_go(make: Make, tmp_path: Path) -> None:
    """A new version removes the old one, unless somebody runs it; what is not ours stays."""
    old, new, newest, cache = make("old"), make("new"), make("newest"), tmp_path / "cache"
    _run(old, cache=cache)
    (folder,) = cache.iterdir()
    (cache / "notes").mkdir()
    holding = os.open(folder, os.O_RDONLY)
    fcntl.flock(holding, fcntl.LOCK_SH)
    _run(new, cache=cache)
    assert folder.exists()
    os.close(holding)
    _run(newest, cache=cache)
    assert not folder.exists()
    assert sorted(len(path.name) for path in cache.iterdir()) == [5, 32]


def test_what_a_crash_left(make: Make, tmp_path: Path) -> None:
    """A folder that is half unpacked is never run; it is made again."""
    program, cache = make("one"), tmp_path / "cache"
    _run(program, cache=cache)
    (folder,) = cache.iterdir()
    (folder / "aegis").unlink()
    (cache / f"{folder.name}.new").mkdir()
    assert _run(program, cache=cache).returncode == 7
    assert list(cache.iterdir()) == [folder]


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770])
def test_a_place_that_others_can_write(make: Make, tmp_path: Path, mode: int) -> None:
    """Somebody else's program could lie there: it is refused, and says why."""
    cache = tmp_path / "cache"
    cache.mkdir()
    cache.chmod(mode)
    done = _run(make("one"), cache=cache)
    assert done.returncode == 69
    assert "can be written by others" in done.stderr
    assert list(cache.iterdir()) == []


def test_the_way_there_counts(make: Make, tmp_path: Path) -> None:
    """A folder below one that others can write could be exchanged for another."""
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    done = _run(make("one"), cache=open_to_all / "own")
    assert done.returncode == 69
    assert list(open_to_all.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="ONLY ROOT CAN GIVE FOLDERS AWAY, NOT TESTED HERE")
def test_root_and_the_home_of_a_user(make: Make, tmp_path: Path) -> None:
    """With sudo, HOME may be a user's: root neither runs what lies there, nor leaves anything there."""
    home, elsewhere = tmp_path / "home", tmp_path / "xdg"
    home.mkdir()
    os.chown(home, 12345, 12345)
    done = _run(make("one"), cache=home / ".cache")
    assert done.returncode == 69
    assert "belongs to another user (uid 12345)" in done.stderr
    assert list(home.iterdir()) == []
    assert _run(make("two"), cache=None, HOME=str(home), CACHE_DIRECTORY=str(elsewhere)).returncode == 7
    assert len(list(elsewhere.iterdir())) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="ONLY ROOT CAN MOUNT, NOEXEC IS NOT TESTED HERE")
def test_noexec(make: Make, tmp_path: Path) -> None:
    """Where programs cannot be run, it says so, and what to set."""
    cache = tmp_path / "cache"
    cache.mkdir()
    script = f"mount -t tmpfs -o noexec,mode=700 none {cache} && AEGIS_CACHE={cache} {make('one')}"
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=False)
    if done.returncode == 1:
        pytest.skip(f"NOEXEC IS NOT TESTED HERE: {done.stderr.strip()}")
    assert done.returncode == 69
    assert "mounted noexec" in done.stderr


@pytest.mark.parametrize("place", [-60, -2000])
def test_a_damaged_file(make: Make, tmp_path: Path, place: int) -> None:
    """A byte that was lost on the way is found before anything is unpacked for good."""
    program, cache = make("one"), tmp_path / "cache"
    data = bytearray(program.read_bytes())
    data[place] ^= 0xFF
    program.write_bytes(data)
    done = _run(program, cache=cache)
    assert done.returncode == 69
    assert "damaged" in done.stderr
    assert not cache.exists() or list(cache.iterdir()) == []


def test_a_launcher_alone(launcher: Path, tmp_path: Path) -> None:
    """With nothing behind it there is nothing to start."""
    assert "nothing is appended" in _run(launcher, cache=tmp_path / "cache").stderr
