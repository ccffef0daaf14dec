"""Backup and restore with the real aegisd: what comes back, and what must not."""

import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.behaviour.host import Host, RefusedError, program
from tests.source import ROOT

CONFIG = """
[workflows.quick]
[[workflows.quick.steps]]
name = "say"
run = "echo said"

[workflows.long]
[[workflows.long.steps]]
name = "wait"
run = "echo waiting; sleep 300"
"""
MakeHost = Callable[..., Host]


def _aegisd(*words: str, check: int = 0) -> str:
    done = subprocess.run(
        [*program("aegisd"), *words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == check, (done.stdout, done.stderr)
    return done.stdout + done.stderr


def test_backup_and_restore(make_host: MakeHost) -> None:
    """A backup of a working aegisd, unpacked with tar: history and output are there, the run that was executing is
    ended and not executed again, cursors of before are refused, new runs have new numbers, the store is sound."""
    host = make_host(CONFIG)
    done = host.run("quick")
    host.finish(done)
    cut = host.run("long")
    host.wait_until(lambda: host.output(cut, "wait"))
    cursor = host.call("GetStatus")["cursor"]
    archive = host.folder / "backup.tar.gz"
    told = json.loads(host.ctl("backup", str(archive), "--json").stdout)
    assert (told["last_run"], told["bytes"]) == (cut, archive.stat().st_size)
    assert archive.stat().st_mode & 0o777 == 0o600
    assert not list(host.state_dir.glob(".backup-*"))
    with tarfile.open(archive) as tar:
        names = tar.getnames()
    assert (names[:2], [name for name in names if "workspace" in name or name == "lock"]) == (
        ["aegis-backup.json", "store.sqlite"],
        [],
    )
    host.kill()
    shutil.rmtree(host.state_dir)
    host.state_dir.mkdir(mode=0o700)
    subprocess.run(["tar", "-x", "-f", str(archive), "-C", str(host.state_dir)], check=True)
    host.start()
    assert host.output(done, "say") == b"said\n"
    ended = host.finish(cut)
    assert (ended["result"], "restored from a backup" in ended["reason"]) == ("error", True)
    assert host.output(cut, "wait") == b"waiting\n"
    with pytest.raises(RefusedError, match="BadCursor"):
        list(host.stream("TailEvents", after=cursor))
    assert host.run("quick") == cut + 1
    assert json.loads(host.ctl("verify", "--json").stdout)["faults"] == []
    host.stop()
    host.start()
    assert "restored from" not in str(host.events(types=["daemon.started"])[-1])


def test_a_backup_overwrites_nothing(make_host: MakeHost) -> None:
    """A file that is there stays, a link is not followed, a place that cannot be written leaves nothing behind; to
    standard output goes the archive and nothing else."""
    host = make_host(CONFIG)
    target = host.folder / "mine.tar"
    target.write_text("mine")
    assert "is there already" in host.ctl("backup", str(target), check=2).stderr
    assert target.read_text() == "mine"
    link = host.folder / "link.tar"
    link.symlink_to(host.folder / "elsewhere")
    host.ctl("backup", str(link), check=2)
    assert "No such file" in host.ctl("backup", "/nowhere/x.tar", check=5).stderr
    host.stop()
    (host.state_dir / "runs").mkdir(exist_ok=True)
    (host.state_dir / "runs" / "link").symlink_to("/etc/passwd")
    os.mkfifo(host.state_dir / "runs" / "pipe")
    with (host.folder / "out.tar").open("wb") as out:
        words = [*program("aegisctl"), "backup", "-", "--state-dir", str(host.state_dir)]
        subprocess.run(words, cwd=ROOT, stdout=out, timeout=60, check=True)
    with tarfile.open(host.folder / "out.tar") as tar:
        assert {member.name for member in tar} >= {"store.sqlite", "runs"}
        assert not {"runs/link", "runs/pipe"} & set(tar.getnames())
    assert sorted(path.name for path in host.folder.glob("*.part")) == []


def test_verify_and_repair(make_host: MakeHost) -> None:
    """A row that somebody has changed is found (exit 1); it is not repaired under a running aegisd, and is without."""
    import apsw

    host = make_host(CONFIG)
    host.finish(host.run("quick"))
    assert "sound" in host.ctl("verify").stdout
    connection = apsw.Connection(str(host.state_dir / "store.sqlite"))
    connection.execute("UPDATE run SET result = 'failure' WHERE id = 1")
    connection.close()
    assert "run 1: its row is not what its events say" in host.ctl("verify", check=1).stdout
    assert "in use by another aegisd" in host.ctl("verify", "--repair", check=5).stderr
    host.stop()
    words = ("verify", "--repair", "--state-dir", str(host.state_dir))
    assert "1 rows made again" in host.ctl(*words).stdout
    assert host.ctl("verify", "--state-dir", str(host.folder), "--json", check=66).stderr.startswith('{"error"')


def test_check_before_a_start(make_host: MakeHost, tmp_path: Path) -> None:
    """`aegisd --check` says whether a start would come about, beside a running aegisd: configuration, and a store that
    this version can open. A downgrade is refused with words."""
    import apsw

    host = make_host(CONFIG)
    assert "store.sqlite, schema 1" in _aegisd("--config", str(host.config_path), "--check")
    host.stop()
    connection = apsw.Connection(str(host.state_dir / "store.sqlite"))
    connection.pragma("user_version", 99)
    connection.close()
    told = _aegisd("--config", str(host.config_path), "--check", check=78)
    assert "written by a later aegis (schema 99, this one knows 1); upgrade aegis" in told
    host.config_path.write_text("[daemon]\nrnus = 1\n")
    assert "did you mean `runs`" in _aegisd("--config", str(host.config_path), "--check", check=78)
    assert not (tmp_path / "state").exists()
