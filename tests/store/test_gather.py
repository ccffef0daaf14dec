"""Finding files that a hostile step has named, linked, swapped and nested: nothing outside is read, the rest found."""

import os
import socket
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from aegisd.core.artifact import Refusal
from aegisd.store.gather import DEEPEST, RefusedError, find_files

SECRET = b"nobody outside of the run is to read this"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run's directory, with a secret beside it."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_bytes(SECRET)
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def _gather(folder: Path, *patterns: str, follow: bool = False) -> tuple[dict[str, bytes], dict[str, str]]:
    """The bytes of what was found by key, and the reasons of what was refused by name."""
    found: dict[str, bytes] = {}
    refused: dict[str, str] = {}
    for each in find_files(str(folder), patterns, follow=follow):
        if isinstance(each, Refusal):
            refused[each.name] = each.reason
            continue
        try:
            with each.open() as fd:
                found[each.key] = os.read(fd, 1000)
        except RefusedError as error:
            refused[each.key] = str(error)
    return found, refused


def _fill(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["a.txt"], ["a.txt"]),
        (["*.txt"], ["a.txt", "b.txt"]),
        (["dist"], ["dist/app.whl", "dist/deep/er/x.txt"]),
        (["dist/*"], ["dist/app.whl"]),
        (["**/*.txt"], ["a.txt", "b.txt", "dist/deep/er/x.txt"]),
        (["**/er/*"], ["dist/deep/er/x.txt"]),
        (["*/deep/**"], ["dist/deep/er/x.txt"]),
        (["**"], ["a.txt", "b.txt", "dist/app.whl", "dist/deep/er/x.txt"]),
        (["a.*", "?.txt", "./a.txt"], ["a.txt", "b.txt"]),
        ([".cache/*"], [".cache/hidden"]),
    ],
)
def test_patterns(folder: Path, patterns: Sequence[str], expected: list[str]) -> None:
    """Patterns find what the shell would, folders all that is in them, each file once; hidden ones only by name."""
    _fill(folder, "a.txt", "b.txt", "dist/app.whl", "dist/deep/er/x.txt", ".cache/hidden", "dist/.git/config")
    found, refused = _gather(folder, *patterns)
    assert (sorted(found), refused) == (expected, {})
    assert all(body == key.encode() for key, body in found.items())


def test_what_matches_nothing_is_told(folder: Path) -> None:
    """A pattern that finds nothing is named; one that does is not kept from it. So is a directory that is not there."""
    _fill(folder, "a")
    assert _gather(folder, "b/*", "a") == ({"a": b"a"}, {"b/*": "nothing matches"})
    assert _gather(folder / "gone", "a") == ({}, {"a": "nothing matches"})


def test_symbolic_links(folder: Path) -> None:
    """A link is refused by name, whether it leads out, in, or nowhere; files beside it are found."""
    _fill(folder, "dist/good")
    (folder / "dist/out").symlink_to(folder.parent / "outside" / "secret")
    (folder / "dist/in").symlink_to("good")
    (folder / "dist/nowhere").symlink_to("gone")
    found, refused = _gather(folder, "dist/*")
    assert found == {"dist/good": b"dist/good"}
    assert refused == dict.fromkeys(["dist/out", "dist/in", "dist/nowhere"], "it is a symbolic link")


def test_links_in_every_component(folder: Path) -> None:
    """A folder on the way that is a link is not gone through, be it spelled out, matched, or below `**`."""
    _fill(folder, "a/b/c/good")
    for place in ("a/x", "a/b/x", "a/b/c/x"):
        (folder / place).symlink_to(folder.parent / "outside")
    for pattern in ("a/x/secret", "a/b/x/secret", "a/b/c/x/secret"):
        found, refused = _gather(folder, pattern)
        assert found == {}
        assert list(refused.values()) == ["a folder on the way is a symbolic link"]
    found, refused = _gather(folder, "**/secret", "*/x/*", "**")
    assert found == {"a/b/c/good": b"a/b/c/good"}
    assert set(refused.values()) == {"it is a symbolic link", "nothing matches"}


def test_the_directory_itself(folder: Path) -> None:
    """A run's own directory that was replaced by a link is not entered; a configured one may be a link."""
    link = folder.parent / "link"
    link.symlink_to("outside")
    assert _gather(link, "secret") == ({}, {"secret": "nothing matches"})
    assert _gather(link, "secret", follow=True)[0] == {"secret": SECRET}


def test_what_is_no_file(folder: Path) -> None:
    """FIFOs, sockets and devices are refused by kind, and never opened: nothing hangs."""
    os.mkfifo(folder / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.open(folder, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{here}/sock")
        os.close(here)
    expected = {"fifo": "it is a FIFO", "sock": "it is a socket"}
    if os.geteuid() == 0:
        try:
            os.mknod(folder / "null", 0o20666, os.makedev(1, 3))
            expected["null"] = "it is a device"
        except PermissionError:
            pass
    _fill(folder, "good")
    assert _gather(folder, "*") == ({"good": b"good"}, expected)


def test_hostile_names(folder: Path) -> None:
    """Names with line ends, escapes, or that are no UTF-8 are refused, shown harmless; the rest is found."""
    for name in (b"line\nend", b"esc\x1b[2Jape", b"caf\xe9", b"rtl\xe2\x80\xaegnp"):
        (folder / os.fsdecode(name)).write_text("x")
    _fill(folder, "good", "späß")
    found, refused = _gather(folder, "*")
    assert sorted(found) == ["good", "späß"]
    assert refused == {
        "line\\x0aend": "the name has control characters",
        "esc\\x1b[2Jape": "the name has control characters",
        "caf\\xe9": "the name is not UTF-8",
        "rtl\\u202egnp": "the name has control characters",
    }


def test_a_path_of_5000_characters(folder: Path) -> None:
    """A path that is longer than any key may be is refused by its beginning, and what is too deep is not entered."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("x" * 200, dir_fd=here)
        there = os.open("x" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = there
    os.close(os.open("file", os.O_WRONLY | os.O_CREAT, dir_fd=here))
    os.close(here)
    _fill(folder, "good", "/".join("d" * (DEEPEST + 5)) + "/file")
    found, refused = _gather(folder, "**")
    assert sorted(found) == ["good"]
    assert sorted(refused.values()) == [f"it is more than {DEEPEST} folders deep", "the name is longer than 1024 bytes"]
    assert max(map(len, refused)) <= 201


def test_hard_links(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with two names is found when it is aegisd's or the directory's owner's, and refused of anybody else."""
    _fill(folder, "build/app")
    os.link(folder / "build/app", folder / "app")
    assert _gather(folder, "app")[0] == {"app": b"build/app"}
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)
    assert _gather(folder, "app")[0] == {"app": b"build/app"}
    if os.getuid() == 0:
        os.chown(folder / "app", 12345, 12345)
        assert _gather(folder, "app")[1] == {"app": "it has several names (hard links) and belongs to another user"}


def test_swaps_while_it_looks(folder: Path) -> None:
    """A step that swaps a folder and a file for links again and again never makes a byte from outside come in."""
    _fill(folder, "d/secret", "real/secret")
    stop = threading.Event()

    outside = folder.parent / "outside"
    (folder / "evil").symlink_to(outside)
    (folder / "evil_file").symlink_to(outside / "secret")

    def swap() -> None:
        while not stop.is_set():
            for good, evil in (("d", "evil"), ("real/secret", "evil_file")):
                for _ in range(2):
                    (folder / good).rename(folder / "aside")
                    (folder / evil).rename(folder / good)
                    (folder / "aside").rename(folder / evil)

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        for _ in range(2000):
            found, _ = _gather(folder, "d/secret", "real/secret", "**/secret")
            assert SECRET not in found.values()
    finally:
        stop.set()
        swapper.join()


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_no_descriptor_is_left(folder: Path) -> None:
    """All folders are closed, whether the search ended, was given up in the middle, or was ended by its check."""
    _fill(folder, "a/b/c/x", "a/b/c/y")
    before = _descriptors()
    _gather(folder, "**")
    search = find_files(str(folder), ["**"], follow=False)
    next(search)
    search.close()
    calls = iter([None, None])
    with pytest.raises(RuntimeError):
        list(find_files(str(folder), ["**"], follow=False, check=lambda: next(calls)))
    assert _descriptors() == before
