"""Empty folders that are passed on, and never with anything of somebody else in them."""

import os
from pathlib import Path

import pytest

from aegisd.store.folder_pool import FolderPool


@pytest.fixture
def pool(tmp_path: Path) -> FolderPool:
    """A pool with a place for what is spare."""
    return FolderPool(tmp_path / ".spare", mode=0o700)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_passed_on(pool: FolderPool, tmp_path: Path) -> None:
    """An empty folder goes at once, and is the next one, wherever that is: nothing is made or removed for it."""
    first, second = tmp_path / "7/workspace", tmp_path / "8/deep/workspace"
    pool.make(str(first))
    number = first.stat().st_ino
    assert pool.take_back(str(first))
    assert not first.exists()
    pool.make(str(second))
    assert second.stat().st_ino == number
    assert _names(tmp_path / ".spare") == []


def test_without_a_place(tmp_path: Path) -> None:
    """Where nothing can wait, an empty folder is removed."""
    pool, path = FolderPool(), tmp_path / "7/workspace"
    pool.make(str(path))
    assert pool.take_back(str(path))
    assert _names(tmp_path / "7") == []


def test_not_empty(pool: FolderPool, tmp_path: Path) -> None:
    """What is in a folder stays, and the next one is another."""
    first, second = tmp_path / "first", tmp_path / "second"
    pool.make(str(first))
    (first / "report.xml").write_text("kept")
    assert not pool.take_back(str(first))
    pool.make(str(second))
    assert _names(first) == ["report.xml"]
    assert _names(second) == []


def test_something_in_the_way(pool: FolderPool, tmp_path: Path) -> None:
    """Neither a folder with something in it, nor a file, nor a link is replaced, with a spare folder or without."""
    full, file, link, spare = (tmp_path / name for name in ("full", "file", "link", "spare"))
    full.mkdir()
    (full / "mine").write_text("mine")
    file.write_text("mine")
    link.symlink_to(full)
    for _ in range(2):
        for path in (full, file, link):
            with pytest.raises(FileExistsError):
                pool.make(str(path))
        pool.make(str(spare))
        assert pool.take_back(str(spare))
    assert _names(full) == ["mine"]
    assert link.is_symlink()


def test_changed_by_a_program(pool: FolderPool, tmp_path: Path) -> None:
    """One that was opened for others is not passed on; one that was replaced by a link is not followed."""
    first, second, elsewhere = tmp_path / "first", tmp_path / "second", tmp_path / "elsewhere"
    for path in (first, second, elsewhere):
        pool.make(str(path))
    first.chmod(0o777)
    second.rmdir()
    second.symlink_to(elsewhere)
    assert not pool.take_back(str(first))
    assert not pool.take_back(str(second))
    assert elsewhere.is_dir()


def test_what_came_later(pool: FolderPool, tmp_path: Path) -> None:
    """Something that came into a folder while it was spare is not in the next one."""
    first, second = tmp_path / "first", tmp_path / "second"
    pool.make(str(first))
    assert pool.take_back(str(first))
    (tmp_path / ".spare" / os.listdir(tmp_path / ".spare")[0] / "late").write_text("of another")  # noqa: PTH208
    pool.make(str(second))
    assert _names(second) == []


def test_the_place_is_gone(pool: FolderPool, tmp_path: Path) -> None:
    """Who removes the spare folders does no harm."""
    first, second = tmp_path / "first", tmp_path / "second"
    pool.make(str(first))
    assert pool.take_back(str(first))
    for path in (tmp_path / ".spare").iterdir():
        path.rmdir()
    (tmp_path / ".spare").rmdir()
    pool.make(str(second))
    assert _names(second) == []
    assert pool.take_back(str(second))


def test_not_too_many(pool: FolderPool, tmp_path: Path) -> None:
    """A hundred wait at most."""
    paths = [tmp_path / str(number) for number in range(120)]
    for path in paths:
        pool.make(str(path))
    taken = [pool.take_back(str(path)) for path in paths]
    assert all(taken)
    assert len(_names(tmp_path / ".spare")) == 100
