"""The file of a log that is made ahead, while there is time."""

import os
from pathlib import Path

import pytest
import trio

from aegisd.store.logs import LogStore


@pytest.fixture
def logs(tmp_path: Path) -> LogStore:
    """An empty log store."""
    return LogStore(tmp_path, wall=lambda: 1000.0)


def _count_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_made_ahead(logs: LogStore, tmp_path: Path) -> None:
    """A file that was made ahead becomes the next log, in a folder that is not there yet; one is enough."""
    for _ in range(2):
        logs.make_spare()
    number = (tmp_path / ".spare.log").stat().st_ino
    opened = [logs.open_log(logs.path(842, 3, "unit", attempt)) for attempt in (1, 2)]
    for log in opened:
        os.write(log.fd, log.path.encode())
        logs.close_log(log)
        assert Path(log.path).read_text() == log.path
    assert Path(opened[0].path).stat().st_ino == number
    assert not (tmp_path / ".spare.log").exists()


def test_something_in_the_way(logs: LogStore, tmp_path: Path) -> None:
    """It takes the place of nothing, and what lies in its own place is not written to."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    place = Path(logs.path(842, 3, "unit", 1))
    place.parent.mkdir(parents=True)
    (tmp_path / ".spare.log").hardlink_to(victim)
    place.symlink_to(victim)
    logs.make_spare()
    with pytest.raises(FileExistsError):
        logs.open_log(str(place))
    log = logs.open_log(logs.path(842, 3, "unit", 2))
    os.write(log.fd, b"mine")
    logs.close_log(log)
    assert victim.read_bytes() == b"precious"


def test_the_folder_is_gone(tmp_path: Path) -> None:
    """Nothing can be made ahead in a folder that is not there; the log makes it."""
    logs = LogStore(tmp_path / "runs", wall=lambda: 1000.0)
    logs.make_spare()
    log = logs.open_log(logs.path(1, 0, "unit", 1))
    logs.close_log(log)
    assert Path(log.path).exists()


async def test_the_end(logs: LogStore) -> None:
    """With the last look no descriptor is left open."""
    before = _count_descriptors()
    async with trio.open_nursery() as nursery:
        await nursery.start(logs.run)
        logs.make_spare()
        nursery.cancel_scope.cancel()
    assert _count_descriptors() == before
