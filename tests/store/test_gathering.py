"""Keeping what patterns name: caps, files that change, many files, a large one."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from aegisd.core.artifact import Artifact
from aegisd.store.artifacts import ArtifactStore
from aegisd.store.gathering import Gathering, Room

_AMPLE = Room(files=10**6, bytes=10**12)


@pytest.fixture
def content(tmp_path: Path) -> ArtifactStore:
    """Where the bytes go."""
    store = ArtifactStore(tmp_path / "artifacts", durable=False)
    store.prepare()
    return store


def _gather(
    content: ArtifactStore,
    folder: Path,
    *patterns: str,
    room: Room = _AMPLE,
    check: Callable[[], None] = lambda: None,
) -> tuple[list[Artifact], Gathering, int]:
    """All artifacts, the gathering with its refusals, and how many batches there were."""
    gathering = Gathering(store=content, folder=str(folder), patterns=patterns, follow=False, room=room, check=check)
    kept: list[Artifact] = []
    for number in range(1, 1000):
        haul = gathering.take_batch()
        kept += haul.artifacts
        content.release([artifact.sha256 for artifact in haul.artifacts])
        if haul.is_last:
            return kept, gathering, number
    raise AssertionError


def _reasons(gathering: Gathering) -> dict[str, str]:
    return {refusal.name: refusal.reason for refusal in gathering.refused}


def _drafts(tmp_path: Path) -> int:
    return len(list((tmp_path / "artifacts" / "incoming").iterdir()))


def test_what_was_kept(content: ArtifactStore, tmp_path: Path) -> None:
    """Key, size, digest and type of each file; its bytes are in the store."""
    (tmp_path / "run" / "dist").mkdir(parents=True)
    (tmp_path / "run" / "dist" / "a.json").write_text("{}")
    (tmp_path / "run" / "empty").touch()
    kept, gathering, _ = _gather(content, tmp_path / "run", "dist/*", "empty")
    assert [(a.key, a.size, a.type) for a in kept] == [
        ("dist/a.json", 2, "application/json"),
        ("empty", 0, "application/octet-stream"),
    ]
    assert gathering.refused == []
    with content.open(kept[0].sha256) as file:
        assert file.read() == b"{}"


def test_files_are_capped(content: ArtifactStore, tmp_path: Path) -> None:
    """Beyond the room of the run files are refused by name, those before are kept; smaller ones still fit."""
    run = tmp_path / "run"
    run.mkdir()
    for name, size in (("a", 60), ("b", 50), ("c", 40), ("d", 0)):
        (run / name).write_bytes(b"x" * size)
    kept, gathering, _ = _gather(content, run, "*", room=Room(files=10, bytes=100))
    assert [a.key for a in kept] == ["a", "c", "d"]
    assert "[artifacts] run_bytes" in _reasons(gathering)["b"]
    kept, gathering, _ = _gather(content, run, "*", room=Room(files=2, bytes=10**6))
    assert [a.key for a in kept] == ["a", "b"]
    assert set(_reasons(gathering)) == {"c", "d"}
    assert _drafts(tmp_path) == 0


def test_sparse_files_count_as_what_they_are_read_as(content: ArtifactStore, tmp_path: Path) -> None:
    """A file of a tebibyte that takes no room on the disk is refused before it is read."""
    run = tmp_path / "run"
    run.mkdir()
    with (run / "hole").open("wb") as file:
        file.truncate(2**40)
    kept, gathering, _ = _gather(content, run, "*", room=Room(files=10, bytes=2**30))
    assert (kept, list(_reasons(gathering))) == ([], ["hole"])


def test_a_file_that_changes(content: ArtifactStore, tmp_path: Path) -> None:
    """A file that is written to while it is copied is refused by name, the others are kept; one that stops in time is
    kept as it then is."""
    run = tmp_path / "run"
    run.mkdir()
    (run / "busy").write_bytes(b"x" * 3 * 2**20)
    (run / "calm").write_text("calm")
    for changes, expected in ((100, ["calm"]), (1, ["busy", "calm"])):
        left = [None] * changes

        def check(left: list[None] = left) -> None:
            if left:
                left.pop()
                with (run / "busy").open("r+b") as file:
                    file.write(os.urandom(8))
                times = (run / "busy").stat().st_mtime_ns + 1_000_000 * (len(left) + 1)
                os.utime(run / "busy", ns=(times, times))

        kept, gathering, _ = _gather(content, run, "*", check=check)
        assert [a.key for a in kept] == expected
        told = {} if "busy" in expected else {"busy": "it changed while it was copied"}
        assert _reasons(gathering) == told


@pytest.mark.parametrize("change", [lambda f: f.truncate(2**20), lambda f: (f.seek(0, 2), f.write(b"more"))])
def test_a_file_that_shrinks_or_grows(content: ArtifactStore, tmp_path: Path, change: Callable[..., object]) -> None:
    """So is one whose size is another at the end than at the start."""
    run = tmp_path / "run"
    run.mkdir()
    path = run / "log"
    path.write_bytes(b"x" * 2 * 2**20)
    sizes = iter(range(100))

    def check() -> None:
        with path.open("r+b") as file:
            change(file)
            file.truncate(path.stat().st_size - next(sizes) % 2)

    kept, gathering, _ = _gather(content, run, "*", check=check)
    assert (kept, list(_reasons(gathering))) == ([], ["log"])


def test_ten_thousand_files(content: ArtifactStore, tmp_path: Path) -> None:
    """Many files come in batches, all of them, and leave no draft; refusals beyond a hundred are counted."""
    run = tmp_path / "run"
    run.mkdir()
    for number in range(3000):
        (run / f"{number}").write_text(f"{number}")
    kept, gathering, batches = _gather(content, run, "*", room=Room(files=2600, bytes=10**9))
    assert len({a.key for a in kept}) == 2600
    assert (len(gathering.refused), gathering.more) == (100, 300)
    assert batches == 6
    assert _drafts(tmp_path) == 0


def test_64_mib(content: ArtifactStore, tmp_path: Path) -> None:
    """A large file is copied piece by piece: what is held of it at a time is a megabyte."""
    run = tmp_path / "run"
    run.mkdir()
    with (run / "big").open("wb") as file:
        file.truncate(64 * 2**20)
    asked = []
    (artifact,), _, _ = _gather(content, run, "big", check=lambda: asked.append(None))
    assert artifact.size == 64 * 2**20
    assert len(asked) >= 64


def test_it_can_be_ended(content: ArtifactStore, tmp_path: Path) -> None:
    """Ended in the middle of a batch, it leaves nothing behind that nobody refers to."""
    run = tmp_path / "run"
    run.mkdir()
    for name in "abc":
        (run / name).write_text(name)
    left = [None] * 4
    with pytest.raises(IndexError):
        _gather(content, run, "*", check=lambda: left.pop() or None)
    assert _drafts(tmp_path) == 0


def test_a_full_disk(content: ArtifactStore, tmp_path: Path) -> None:
    """Where drafts cannot be made every file is refused with the reason of the system, and nothing is raised."""
    run = tmp_path / "run"
    run.mkdir()
    (run / "a").write_text("a")
    (tmp_path / "artifacts" / "incoming").rmdir()
    kept, gathering, _ = _gather(content, run, "*")
    assert (kept, _reasons(gathering)) == ([], {"a": "No such file or directory"})


def test_a_disk_that_fails_at_the_end(content: ArtifactStore, tmp_path: Path) -> None:
    """Where copies cannot get their names, the files of the batch are refused."""
    run = tmp_path / "run"
    run.mkdir()
    (run / "a").write_text("a")
    (tmp_path / "artifacts" / "content").rmdir()
    (tmp_path / "artifacts" / "content").touch()
    kept, gathering, _ = _gather(content, run, "*")
    assert (kept, list(_reasons(gathering))) == ([], ["a"])
    assert _drafts(tmp_path) == 0
