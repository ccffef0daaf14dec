"""A file of events: only added to, repaired after a crash, renamed when it is large, and never written twice."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aegisd.sinks.event_file import EventFile, Line
from tests.source import ROOT


def _lines(first: int, last: int, *, epoch: str = "e", fill: int = 0) -> list[Line]:
    return [
        (seq, f'{{"cursor":"{epoch}.{seq}","type":"of.a.later.version","fill":"{"x" * fill}"}}'.encode())
        for seq in range(first, last + 1)
    ]


def _seqs(path: Path) -> list[int]:
    return [int(json.loads(line)["cursor"].partition(".")[2]) for line in path.read_text().splitlines()]


def _open(path: Path, *, epoch: str = "e", max_size: int | None = None, keep: int = 0) -> EventFile:
    file = EventFile(path, epoch=epoch, max_size=max_size, keep=keep)
    file.open()
    return file


def _add(path: Path, lines: list[Line], **options: int) -> EventFile:
    """Open it, add `lines` and let go of it."""
    file = _open(path, **options)
    file.append(lines)
    file.close()
    return file


def test_lines_are_added_at_once(tmp_path: Path) -> None:
    """S96, S101: each event is a line of JSON in the file as soon as it was added; what is there is never changed."""
    path = tmp_path / "events.jsonl"
    file = _open(path)
    with path.open("rb") as reader:
        file.append(_lines(1, 2))
        assert reader.read().count(b"\n") == 2
        file.append(_lines(3, 3))
        assert json.loads(reader.read())["cursor"] == "e.3"
    file.close()


def test_nothing_is_written_twice(tmp_path: Path) -> None:
    """S97: a file that is opened again knows what it has: a delivery that is repeated adds only what is new."""
    path = tmp_path / "events.jsonl"
    _add(path, _lines(1, 5))
    _add(path, _lines(3, 7))
    assert _seqs(path) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("cut", [1, 5, 11, 20, 40])
def test_a_torn_line_is_taken_out(cut: int, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """W4.1: a last line that a crash cut short is reported and taken out, whatever is left of it, and its event is
    written again; nothing else is lost, and the next event does not stick to it."""
    path = tmp_path / "events.jsonl"
    whole = b"".join(data + b"\n" for _, data in _lines(1, 3))
    path.write_bytes(whole + _lines(4, 4)[0][1][:cut])
    file = _open(path)
    assert "the last line was cut short by a crash" in caplog.text
    file.append(_lines(4, 5))
    assert _seqs(path) == [1, 2, 3, 4, 5]


def test_the_words_of_others_are_left(tmp_path: Path) -> None:
    """A file that somebody else began, without a line break at its end, keeps what it has."""
    path = tmp_path / "events.jsonl"
    path.write_text("my notes, not finished")
    _add(path, _lines(1, 1))
    assert path.read_text().startswith('my notes, not finished\n{"cursor":"e.1"')


@pytest.mark.parametrize("last", ["{}", "[1]", "not JSON", '{"cursor":"e.x"}', '{"cursor":7}', '{"cursor":"other.99"}'])
def test_last_lines_that_tell_nothing(last: str, tmp_path: Path) -> None:
    """W4.2: a last line of another program, another version or another store does not keep events out."""
    path = tmp_path / "events.jsonl"
    path.write_text(f"{last}\n")
    _add(path, _lines(1, 2))
    assert len(path.read_text().splitlines()) == 3


def test_long_lines(tmp_path: Path) -> None:
    """The last line is found also when it is longer than what is read at once."""
    path = tmp_path / "events.jsonl"
    _add(path, _lines(1, 2, fill=200_000))
    assert _add(path, []).last_seq == 2


def test_large_files_are_renamed(tmp_path: Path) -> None:
    """No file grows beyond its size, no line is in two files or none, and the oldest files go."""
    path = tmp_path / "events.jsonl"
    file = _open(path, max_size=4096, keep=3)
    for first in range(1, 400, 7):
        file.append(_lines(first, first + 6, fill=50))
    names = sorted(each.name for each in tmp_path.iterdir())
    assert names == ["events.jsonl", "events.jsonl.1", "events.jsonl.2", "events.jsonl.3"]
    assert all(each.stat().st_size <= 4096 for each in tmp_path.iterdir())
    kept = [seq for name in reversed(names) for seq in _seqs(tmp_path / name)]
    assert kept == list(range(kept[0], 400))


def test_a_line_larger_than_the_file(tmp_path: Path) -> None:
    """One event that is larger than a file may be gets a file of its own."""
    path = tmp_path / "events.jsonl"
    file = _open(path, max_size=4096, keep=2)
    file.append([*_lines(1, 1), *_lines(2, 2, fill=9000), *_lines(3, 3)])
    assert [_seqs(tmp_path / name) for name in ("events.jsonl.2", "events.jsonl.1", "events.jsonl")] == [[1], [2], [3]]


def test_a_kill_between_renaming_and_writing(tmp_path: Path) -> None:
    """The file that was renamed last tells what there is when the new one is still empty."""
    path = tmp_path / "events.jsonl"
    _add(path, _lines(1, 4), max_size=4096, keep=2)
    path.rename(tmp_path / "events.jsonl.1")
    _add(path, _lines(3, 6), max_size=4096, keep=2)
    assert _seqs(path) == [5, 6]


def test_renamed_or_removed_by_others(tmp_path: Path) -> None:
    """After logrotate has renamed the file, or somebody removed it, lines go into a new one of that name."""
    path = tmp_path / "events.jsonl"
    file = _open(path)
    file.append(_lines(1, 2))
    path.rename(tmp_path / "old")
    file.append(_lines(3, 4))
    assert _seqs(tmp_path / "old") == [1, 2]
    assert _seqs(path) == [3, 4]
    path.unlink()
    file.append(_lines(5, 5))
    assert _seqs(path) == [5]


def test_one_writer(tmp_path: Path) -> None:
    """W4.16: two cannot write one file: the second is told so."""
    file = _open(tmp_path / "events.jsonl")
    with pytest.raises(BlockingIOError):
        _open(tmp_path / "events.jsonl")
    file.close()
    _open(tmp_path / "events.jsonl").close()


def test_what_is_there_is_not_read_again(tmp_path: Path) -> None:
    """W4.6: opening a large file and adding to it read as little of it as of a small one."""

    def read_bytes() -> int:
        counts = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
        return int(counts["rchar"])

    _add(tmp_path / "x", _lines(1, 2000, fill=5000))
    before = read_bytes()
    file = _open(tmp_path / "x")
    for seq in range(2001, 2051):
        file.append(_lines(seq, seq))
    file.close()
    assert read_bytes() - before < 1_000_000 < (tmp_path / "x").stat().st_size / 10
    assert _seqs(tmp_path / "x") == list(range(1, 2051))


def test_what_is_no_file(tmp_path: Path) -> None:
    """A pipe, a folder, a link or a device in place of the file is refused, and nothing waits for it."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("target")
    for name in ("pipe", "folder", "link"):
        with pytest.raises(OSError, match=r".+"):
            _open(tmp_path / name)
    with pytest.raises(OSError, match="not a plain file"):
        _open(Path("/dev/null"))
    assert not (tmp_path / "target").exists()


def test_a_full_disk_leaves_no_half_line(tmp_path: Path) -> None:
    """W4.8: where there is no room for a whole write, nothing of it stays, and the next one begins on a line of its
    own."""
    program = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from tests.sinks.test_event_file import _lines\n"
        "from aegisd.sinks.event_file import EventFile\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "file = EventFile(Path(sys.argv[1]), epoch='e')\n"
        "file.append(_lines(1, 5))\n"
        "try:\n"
        "    file.append(_lines(6, 90))\n"
        "except OSError as error:\n"
        "    print(error.strerror)\n"
        "file.append(_lines(6, 7))\n"
    )
    path = tmp_path / "events.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", program, path], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout == "File too large\n"
    assert _seqs(path) == [1, 2, 3, 4, 5, 6, 7]
