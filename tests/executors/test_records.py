"""The records of kept attempts: what is swept away, and what somebody with the rights of aegisd may have put there."""

import json
import os
from pathlib import Path

import pytest
import trio

from aegisd.executors.records import FOLDER, Record, Records
from tests.executors.keeping import BOOT, Place


@pytest.mark.parametrize(
    "story", [b"", b"pid", b"pid 1\nended\n", b"ended x y\nempty 0\n", b"\xff\0\n", b"empty 1 2\n" * 20_000]
)
async def test_nonsense_on_disk(story: bytes, tmp_path: Path) -> None:
    """Whatever somebody with the rights of aegisd puts there, the start comes to its end, and takes nothing of it for
    an attempt."""
    folder = tmp_path / FOLDER
    folder.mkdir()
    known = {"boot_id": BOOT, "cgroup": None, "memo": ""}
    for name, record in {
        "a": known,
        "b": {**known, "cgroup": "/sys/fs/cgroup"},
        "c": [known],
        "d": {"memo": 1},
    }.items():
        (folder / f"{name}.json").write_text(json.dumps(record))
        (folder / f"{name}.end").write_bytes(story)
    os.mkfifo(folder / "e.json")
    os.mkfifo(folder / "f.end")
    (folder / "f.json").write_text(json.dumps(known))
    (folder / "g.json").symlink_to("/dev/zero")
    place = Place(tmp_path, "subreaper")
    with trio.fail_after(60):
        async with place.open(terms=None) as containment:
            assert containment.wards == {}
    assert place.left() == []


def test_records(tmp_path: Path) -> None:
    """A record that is torn, or files without one, are swept away; a folder with a long name takes sockets."""
    records = Records(tmp_path / ("x" * 100) / ("y" * 100), is_kept=lambda cgroup: cgroup == "/kept")
    records.folder.mkdir(parents=True)
    good = Record(name="run-1.step-0.attempt-1", boot_id=BOOT, cgroup="/kept", memo='{"a": "\u2028"}')
    with records.open(good):
        (records.folder / "run-2.step-0.attempt-1.json").write_text('{"boot')
        (records.folder / "run-3.step-0.attempt-1.end.new").touch()
        assert list(records.iterate()) == [good]
        records.connect(good.name).close()
    records.sweep()
    assert {path.name.partition(".")[0] for path in records.folder.iterdir()} == {"run-1"}
    with pytest.raises(ConnectionRefusedError):
        records.connect(good.name)
