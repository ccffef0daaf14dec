"""The folder for what an attempt leaves: empty at the beginning, gone at the end unless something is in it."""

from pathlib import Path

import pytest

from aegisd.engine.drop import MODE, drop_path, has_drop, make_drop, remove_drop
from aegisd.store.folder_pool import FolderPool


@pytest.fixture
def folders(tmp_path: Path) -> FolderPool:
    """What the folders are made by."""
    return FolderPool(tmp_path / ".spare", mode=MODE)


def test_something_left(folders: FolderPool, tmp_path: Path) -> None:
    """What an attempt has left is there until it is removed; only aegisd's user may see it."""
    path = drop_path(f"{tmp_path}/7/logs/0003-unit.2.log", index=3, attempt=2)
    make_drop(folders, path)
    assert Path(path).stat().st_mode & 0o777 == 0o700
    Path(path, "report.xml").write_text("kept")
    assert has_drop(folders, path)
    remove_drop(path)
    assert not Path(path).exists()


def test_nothing_left(folders: FolderPool, tmp_path: Path) -> None:
    """An empty folder goes; so does the word of one that the program has removed itself."""
    path = str(tmp_path / "left-0000.1")
    make_drop(folders, path)
    assert not has_drop(folders, path)
    assert not Path(path).exists()
    make_drop(folders, path)
    Path(path).rmdir()
    assert not has_drop(folders, path)


def test_after_a_crash(folders: FolderPool, tmp_path: Path) -> None:
    """What lies there of an attempt that was never recorded goes, with a spare folder or without."""
    for number in range(2):
        path = tmp_path / f"left-{number:04}.1"
        path.mkdir()
        (path / "old").write_text("of nobody")
        make_drop(folders, str(path))
        assert list(path.iterdir()) == []
        assert not has_drop(folders, str(path))
