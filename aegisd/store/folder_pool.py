"""Empty folders that are passed on: one that was left empty becomes the next one by its new name.

Most workspaces and most folders for artifacts are never written to, and file systems are slow at making and removing
folders: ext4 looks at every inode that was freed lately before it takes one, 0.3 ms after some hundred. Renaming costs
a tenth of that and frees nothing.
"""

import os
from pathlib import Path

_MOST = 100


class FolderPool:
    """Folders with that mode (as umask(2) leaves it). What is empty waits in the folder `place`, which is on the same
    file system and nobody else's, or is removed when there is no such place."""

    def __init__(self, place: Path | None = None, *, mode: int = 0o777) -> None:
        self._place = place
        self._mode = mode
        self._made_as: int | None = None
        self._spare: list[str] = []
        self._count = 0

    def make(self, path: str) -> None:
        """An empty folder, with those that it is in. Raises FileExistsError when something lies there, and OSError."""
        if self._spare and self._pass_on(self._spare[-1], path):
            self._spare.pop()
            return
        try:
            os.mkdir(path, self._mode)  # noqa: PTH102 - half the time of pathlib, on the way to each step
        except FileNotFoundError:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            os.mkdir(path, self._mode)  # noqa: PTH102 - as above
        if self._made_as is None:
            self._made_as = os.lstat(path).st_mode

    def take_back(self, path: str) -> bool:
        """Whether the folder was empty and is there no longer. Not one whose mode or owner somebody has changed."""
        if not self._is_as_made(path):
            return False
        try:
            if self._place is None or len(self._spare) >= _MOST:
                os.rmdir(path)  # noqa: PTH106 - as above
            else:
                self._put_away(path)
        except OSError:
            return False
        return True

    def _put_away(self, path: str) -> None:
        self._count += 1
        spare = f"{self._place}/{self._mode:o}-{self._count}"
        try:
            os.rename(path, spare)  # noqa: PTH104 - as above
        except FileNotFoundError:
            Path(spare).parent.mkdir(parents=True, exist_ok=True)
            os.rename(path, spare)  # noqa: PTH104 - as above
        self._spare.append(spare)

    def _pass_on(self, spare: str, path: str) -> bool:
        if not self._is_as_made(spare):
            self._spare.remove(spare)
            return False
        for _ in range(2):
            try:
                os.rename(spare, path)  # noqa: PTH104 - as above
            except FileNotFoundError:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            except OSError:
                return False
            else:
                return True
        return False

    def _is_as_made(self, path: str) -> bool:
        """Whether it is empty, and nobody has changed who may use it."""
        try:
            found = os.lstat(path)
            return found.st_mode == self._made_as and found.st_uid == os.geteuid() and not os.listdir(path)  # noqa: PTH208
        except OSError:
            return False
