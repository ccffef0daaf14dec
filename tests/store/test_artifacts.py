"""The bytes of artifacts: equal ones once, whole or not there, and removed only when nothing refers to them."""

import hashlib
import os
import threading
from pathlib import Path

import pytest

from aegisd.store.artifacts import ArtifactStore, Draft


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def content(tmp_path: Path) -> ArtifactStore:
    """An empty store."""
    store = ArtifactStore(tmp_path, durable=True)
    store.prepare()
    return store


def _write(content: ArtifactStore, data: bytes) -> Draft:
    draft = content.begin()
    draft.write(data)
    return draft


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _read(content: ArtifactStore, data: bytes) -> bytes:
    with content.open(_digest(data)) as file:
        return file.read()


def test_kept_bytes_are_read_back(content: ArtifactStore) -> None:
    """What was written in pieces is found under the digest of the whole, the empty file too."""
    draft = content.begin()
    draft.write(b"hello ")
    draft.write(memoryview(b"world"))
    assert (draft.size, draft.sha256) == (11, _digest(b"hello world"))
    content.keep([draft, content.begin()])
    assert _read(content, b"hello world") == b"hello world"
    assert _read(content, b"") == b""


def test_equal_files_cost_once(content: ArtifactStore, tmp_path: Path) -> None:
    """Equal bytes are one file on the disk, whether they come together or one after the other."""
    content.keep([_write(content, b"same"), _write(content, b"same")])
    content.keep([_write(content, b"same")])
    digest = _digest(b"same")
    assert _files(tmp_path) == [f"content/{digest[:2]}/{digest[2:]}"]


@pytest.mark.parametrize("durable", [True, False])
def test_many_at_once(tmp_path: Path, *, durable: bool) -> None:
    """More files than are synced one by one are all there, durable or not."""
    store = ArtifactStore(tmp_path, durable=durable)
    store.prepare()
    bodies = [b"%d" % number for number in range(100)]
    store.keep([_write(store, body) for body in bodies])
    assert [_read(store, body) for body in bodies] == bodies
    assert not _files(tmp_path / "incoming")


def test_copies_are_bounded(content: ArtifactStore, tmp_path: Path) -> None:
    """A file is copied from its start, wherever its descriptor stands, up to the bytes that are asked for."""
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 20_000)
    with source.open("rb") as file:
        file.seek(100)
        whole = content.copy_in(file.fileno(), most=10**9, check=lambda: None)
        part = content.copy_in(file.fileno(), most=1000, check=lambda: None)
    assert (whole.size, whole.sha256) == (5_120_000, _digest(source.read_bytes()))
    assert (part.size, part.sha256) == (1000, _digest(source.read_bytes()[:1000]))


def test_a_copy_that_is_ended_leaves_nothing(content: ArtifactStore, tmp_path: Path) -> None:
    """A copy is asked before each MiB whether it goes on; one that was ended leaves no draft."""
    source = tmp_path / "source"
    source.write_bytes(b"x" * 5 * 2**20)
    left = [True, True]
    with source.open("rb") as file, pytest.raises(IndexError):
        content.copy_in(file.fileno(), most=10**9, check=left.pop)
    assert _files(tmp_path) == ["source"]


def test_a_crash_leaves_drafts_only(content: ArtifactStore, tmp_path: Path) -> None:
    """Drafts of an earlier aegisd are gone after the next start, what had its name is there."""
    content.keep([_write(content, b"kept")])
    _write(content, b"half")
    again = ArtifactStore(tmp_path, durable=True)
    again.prepare()
    assert _read(again, b"kept") == b"kept"
    assert _files(tmp_path / "incoming") == []


def test_a_file_of_another_size_is_replaced(content: ArtifactStore, tmp_path: Path) -> None:
    """A file that a broken disk has cut short is made whole by the next one that has its digest."""
    content.keep([_write(content, b"whole")])
    path = tmp_path / "content" / _digest(b"whole")[:2] / _digest(b"whole")[2:]
    path.chmod(0o600)
    path.write_bytes(b"who")
    content.keep([_write(content, b"whole")])
    assert _read(content, b"whole") == b"whole"


def test_a_disk_that_refuses(content: ArtifactStore, tmp_path: Path) -> None:
    """When names cannot be given, the error says so, and neither drafts nor pins are left."""
    (tmp_path / "content").rmdir()
    (tmp_path / "content").write_text("in the way")
    drafts = [_write(content, b"a"), _write(content, b"b")]
    with pytest.raises(OSError, match="content"):
        content.keep(drafts)
    assert _files(tmp_path) == ["content"]
    assert content._pins == {}


def test_garbage_is_what_nothing_refers_to(content: ArtifactStore, tmp_path: Path) -> None:
    """Files that the index does not name go, the others and their bytes stay."""
    for body in (b"in use", b"of nobody", b"of nobody either"):
        content.keep([_write(content, body)])
        content.release([_digest(body)])
    used = _digest(b"in use")
    assert content.collect_garbage(lambda start: [used] if used.startswith(start) else []) == (2, 6)
    assert _files(tmp_path) == [f"content/{used[:2]}/{used[2:]}"]


def test_garbage_spares_what_comes_in(content: ArtifactStore) -> None:
    """What is pinned stays, also when it comes in, is committed and released while the garbage is collected."""
    old, new = b"on its way", b"comes meanwhile"
    content.keep([_write(content, old)])
    content.keep([_write(content, new)])
    content.release([_digest(new)])
    begun, go_on = threading.Event(), threading.Event()

    def find_referenced(start: str) -> list[str]:
        begun.set()
        assert go_on.wait(10)
        return []

    collector = threading.Thread(target=content.collect_garbage, args=(find_referenced,))
    collector.start()
    assert begun.wait(10)
    content.keep([_write(content, new)])
    content.release([_digest(new)])
    go_on.set()
    collector.join()
    assert (_read(content, old), _read(content, new)) == (old, new)
    content.release([_digest(old)])
    assert content.collect_garbage(lambda start: []) == (2, 0)  # noqa: ARG005 - nothing is referred to


def test_nobody_else_reads_them(content: ArtifactStore, tmp_path: Path) -> None:
    """Folders and files are for aegisd's own user."""
    content.keep([_write(content, b"secret")])
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "content").rglob("*")} == {0}
    assert os.stat(tmp_path / "incoming").st_mode & 0o077 == 0  # noqa: PTH116 - one look
