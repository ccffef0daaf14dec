"""What is copied to another host, and what is taken from there: whole, nothing else, and never out of its folder."""

import io
import os
import socket
import stat
import subprocess
import tarfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from aegisd.executors.packing import PackError, Tree, pack_trees
from aegisd.executors.unpacking import Target, Unpacker, UnpackError

MUCH = 10**9


def _pack(trees: Sequence[Tree], *, most: int = MUCH, check: Callable[[], None] = lambda: None) -> bytes:
    """What comes out of the pipe."""
    source, target = os.pipe()
    pieces: list[bytes] = []

    def read() -> None:
        with os.fdopen(source, "rb") as file:
            pieces.append(file.read())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        pack_trees(trees, target, most=most, check=check)
    finally:
        os.close(target)
        reader.join()
    return pieces[0]


def _names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_a_folder_goes_as_it_is(tmp_path: Path) -> None:
    """Files with their bits and times, empty folders, links as links, names of any bytes; sockets and FIFOs stay."""
    work, out = tmp_path / "work", tmp_path / "out"
    (work / "deep" / "empty").mkdir(parents=True)
    (work / "run.sh").write_text("#!/bin/sh\n")
    (work / "run.sh").chmod(0o755)
    os.utime(work / "run.sh", (1, 1_000_000_000))
    long = "n" * 200
    (work / "deep" / long).write_bytes(b"x" * 700_001)
    (work / os.fsdecode(b"\xff")).write_text("bytes")
    (work / "link").symlink_to("/etc/passwd")
    os.mkfifo(work / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(work / "sock"))
        data = _pack([Tree(path=str(work), name="work"), Tree(path=str(work / "run.sh"), name="reads/0")])
    out.mkdir()
    subprocess.run(["tar", "-x", "-o", "-f", "-", "-C", str(out)], input=data, check=True)
    assert _names(out / "work") == sorted(["deep", "link", "run.sh", os.fsdecode(b"\xff")])
    assert (out / "work" / "deep" / "empty").is_dir()
    assert (out / "work" / "deep" / long).read_bytes() == b"x" * 700_001
    assert (out / "work" / "link").readlink() == Path("/etc/passwd")
    known = (out / "work" / "run.sh").stat()
    assert (stat.S_IMODE(known.st_mode), known.st_mtime) == (0o755, 1_000_000_000)
    assert (out / "reads" / "0").read_text() == "#!/bin/sh\n"


def test_too_much_is_refused(tmp_path: Path) -> None:
    """The bound is on all of it, and empty files count too."""
    (tmp_path / "a").write_bytes(b"x" * 2048)
    with pytest.raises(PackError, match="there is more than 2 KiB to copy"):
        _pack([Tree(path=str(tmp_path), name="work")], most=2048)
    for number in range(50):
        (tmp_path / f"e{number}").touch()
    with pytest.raises(PackError, match="more than"):
        _pack([Tree(path=str(tmp_path), name="work")], most=20_000)


def test_it_can_be_ended(tmp_path: Path) -> None:
    """At each folder, whoever waits may end it; and it ends when nobody reads."""

    def check() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        _pack([Tree(path=str(tmp_path), name="work")], check=check)
    with pytest.raises(PackError, match="No such file"):
        _pack([Tree(path=str(tmp_path / "gone"), name="work")])
    (tmp_path / "large").write_bytes(bytes(2_000_000))
    source, target = os.pipe()
    os.close(source)
    with pytest.raises(BrokenPipeError):
        pack_trees([Tree(path=str(tmp_path), name="work")], target, most=MUCH, check=lambda: None)
    os.close(target)


def _tar(*members: tuple[str, bytes], kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.mode, info.mtime = kind, link, 0o4755, 1_000_000_000
            info.size = len(content) if kind == tarfile.REGTYPE else 0
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def _unpack(data: bytes, folder: Path, *names: str, most: int = MUCH, piece: int = 1 << 20) -> Unpacker:
    wanted = {f"work/{name}".encode(): Target(folder=str(folder), names=tuple(name.split("/"))) for name in names}
    unpacker = Unpacker(wanted, most=most)
    try:
        for start in range(0, len(data), piece):
            unpacker.feed(data[start : start + piece])
        unpacker.finish()
    finally:
        unpacker.close()
    return unpacker


@pytest.mark.parametrize("piece", [1, 511, 4096, 1 << 20])
def test_files_come_in_whatever_the_pieces(tmp_path: Path, piece: int) -> None:
    """Contents, long names, empty files; setuid bits do not, and a file is not older than what has written it."""
    long = "d" * 90 + "/" + "n" * 200
    data = _tar(("work/a", b"x" * 1500), (f"work/{long}", b"long"), ("work/empty", b""))
    (tmp_path / "a").write_text("before")
    unpacker = _unpack(data, tmp_path, "a", long, "empty", "gone", piece=piece)
    assert list(unpacker.wanted) == [b"work/gone"]
    assert (tmp_path / "a").read_bytes() == b"x" * 1500
    assert (tmp_path / long).read_text() == "long"
    assert (tmp_path / "empty").read_bytes() == b""
    known = (tmp_path / "a").stat()
    assert stat.S_IMODE(known.st_mode) & 0o7700 == 0o700
    assert known.st_mtime == 1_000_000_001
    assert _names(tmp_path) == ["a", "d" * 90, "empty"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (_tar(("work/other", b"x")), "not asked for"),
        (_tar(("work/../../evil", b"x")), "not asked for"),
        (_tar(("/etc/passwd", b"x")), "not asked for"),
        (_tar(("work/a", b"x"), ("work/a", b"y")), "not asked for"),
        (_tar(("work/a", b""), kind=tarfile.SYMTYPE, link="/etc/passwd"), "is no file"),
        (_tar(("work/a", b""), kind=tarfile.LNKTYPE, link="work/b"), "is no file"),
        (_tar(("work/a", b""), kind=tarfile.CHRTYPE), "is no file"),
        (_tar(("work/a", b""), kind=tarfile.FIFOTYPE), "is no file"),
        (_tar(("work/a", b""), kind=tarfile.DIRTYPE), "not asked for|is no file"),
        (_tar(("work/a", b"x" * 5000)), "more than 4096 bytes|more than 4 KiB"),
        (_tar(("work/a", b"x" * 3000))[:1024], "too early"),
        (b"x" * 1024, "damaged"),
        (b"", "too early"),
    ],
)
def test_nothing_else_comes_in(tmp_path: Path, data: bytes, words: str) -> None:
    """Names that were not asked for, links, devices, more than there may be, half an archive: it ends there, and leaves
    nothing that is not whole."""
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(UnpackError, match=words):
        _unpack(data, work, "a", most=4096)
    assert _names(tmp_path) == ["work"]
    assert set(_names(work)) <= {"a"}


@pytest.mark.parametrize("at", [124, 125, 148])
def test_headers_with_signs_and_words(tmp_path: Path, at: int) -> None:
    """A number of a header is octal digits, and nothing that Python would take for a number."""
    data = bytearray(_tar(("work/a", b"x")))
    data[at : at + 1] = b"-"
    with pytest.raises(UnpackError, match="damaged"):
        _unpack(bytes(data), tmp_path, "a")


def test_no_link_leads_out(tmp_path: Path) -> None:
    """A folder on the way that is a link is refused, and a file that is one is replaced."""
    work, other = tmp_path / "work", tmp_path / "other"
    work.mkdir()
    other.mkdir()
    (work / "d").symlink_to(other)
    with pytest.raises(UnpackError, match="d/a"):
        _unpack(_tar(("work/d/a", b"x")), work, "d/a")
    assert _names(other) == []
    (other / "f").write_text("mine")
    (work / "a").symlink_to(other / "f")
    _unpack(_tar(("work/a", b"x")), work, "a")
    assert ((other / "f").read_text(), (work / "a").is_symlink()) == ("mine", False)
