"""What was acknowledged is there after a loss of power (`synchronous = "full"`), whenever it comes.

The real aegisd runs with a preloaded library that keeps a journal of all it does to its state directory. The power is
then cut at chance moments of that journal: the disk has what was synced until then, and any part of the rest. Twenty
losses by default, as many as $AEGIS_LOSSES says else.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from attrs import field, frozen

from aegisd.core.record import EventFilter
from aegisd.store.artifact_check import check_artifacts
from aegisd.store.artifacts import ArtifactStore
from aegisd.store.sqlite import open_store
from aegisd.store.verification import verify_store
from tests.behaviour.host import Host
from tests.power.disk import Disk, read_journal

_LOSSES = int(os.environ.get("AEGIS_LOSSES", "20"))
_RUNS = 60
_CONFIG = """
[workflows.w]
max_concurrent = 4
[[workflows.w.steps]]
name = "one"
type = "wait"
seconds = 0
[[workflows.w.steps]]
name = "two"
run = "echo hello"
"""


@frozen
class _Promise:
    """Something that aegisd said, when the journal had `position` bytes: whatever it needed stands before that."""

    position: int
    seq: int = 0
    run: int = 0
    sha256: str = ""


@frozen
class _Life:
    """What a life of aegisd left: its journal, its promises and where its state was."""

    host: Host
    journal: Path
    promises: list[_Promise] = field(factory=list)

    def promise(self, **kept: Any) -> None:
        """Note what was just said."""
        self.promises.append(_Promise(self.journal.stat().st_size, **kept))


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that keeps the journal."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("LOSS OF POWER IS NOT TESTED HERE: no C compiler (apt-get install gcc libc6-dev)")
    library, source = tmp_path_factory.mktemp("shim") / "shim.so", Path(__file__).with_name("shim.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
    return library


@pytest.fixture(scope="module")
def life(shim: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Life]:
    """Two lives of an aegisd under load, the second one killed: an end in order writes the log back into the store."""
    folder = tmp_path_factory.mktemp("power")
    host = Host(folder, _CONFIG, daemon='synchronous = "full"\nruns = 4')
    journal = folder / "journal"
    watched = {"LD_PRELOAD": str(shim), "POWER_ROOT": str(host.state_dir), "POWER_JOURNAL": str(journal)}
    host.spawning = {"env": {**os.environ, **watched}}
    found = _Life(host, journal)
    for end in (host.stop, host.kill):
        host.start()
        try:
            _work(found)
        finally:
            end()
    yield found
    if host.process is not None and host.process.poll() is None:
        host.kill()


def _work(life: _Life) -> None:
    """Start runs, put artifacts and emit events, while somebody reads along; notes each answer."""
    cursor = life.host.call("GetStatus")["cursor"]
    reader = threading.Thread(target=_read_along, args=(life, cursor))
    reader.start()
    for number in range(_RUNS):
        run = life.host.run("w")
        life.promise(run=run)
        if number % 5 == 0:
            data = f"result of {run}\n".encode() * (number + 1) * 100
            life.host.call("PutArtifact", run=run, key="note", data=base64.b64encode(data).decode(), last=True)
            life.promise(sha256=hashlib.sha256(data).hexdigest())
        if number % 7 == 0:
            life.promise(seq=life.host.call("EmitEvent", type="custom.beat", data={"n": number})["seq"])
    reader.join()


def _read_along(life: _Life, cursor: str) -> None:
    """All that is announced until all runs have ended."""
    ended = 0
    for answer in life.host.stream("TailEvents", after=cursor, follow=True):
        if event := answer.get("event"):
            life.promise(seq=event["seq"])
            ended += event["type"] == "workflow.completed"
        if ended == _RUNS:
            return


async def test_nothing_acknowledged_is_lost(life: _Life, tmp_path: Path) -> None:
    """W4.7: runs, events and artifacts that somebody was told of are there; the store is sound and its numbers have no
    hole, whenever the power is cut."""
    chance = Random(20)
    disk, operations = Disk(str(life.host.state_dir)), list(read_journal(life.journal))
    assert life.promises
    first = next(place for place, each in enumerate(operations) if each.end >= life.promises[0].position)
    moments = sorted(chance.randrange(first, len(operations)) for _ in range(_LOSSES))
    done = 0
    for number, moment in enumerate(moments):
        for operation in operations[done : moment + 1]:
            disk.do(operation)
        done = max(done, moment + 1)
        found = tmp_path / str(number)
        disk.lose_power(found, chance)
        kept = [each for each in life.promises if each.position <= operations[moment].end]
        assert kept
        await _check(found, kept)
        shutil.rmtree(found)


async def _check(state_dir: Path, kept: list[_Promise]) -> None:
    path = state_dir / "store.sqlite"
    async with open_store(path, synchronous="full", epoch="another") as store:
        assert store.bounds.last_seq >= max(each.seq for each in kept)
        events = await store.read_events(0, limit=1_000_000, wanted=EventFilter())
        assert [seq for seq, _ in events] == list(range(1, store.bounds.last_seq + 1))
        lost = [each.run for each in kept if each.run and await store.get_run(each.run) is None]
        assert lost == []
    assert [fault.text for fault in verify_store(path).faults] == []
    assert list(check_artifacts(path, state_dir / "artifacts")) == []
    files = ArtifactStore(state_dir / "artifacts", durable=False)
    for each in kept:
        if each.sha256:
            with files.open(each.sha256) as file:
                assert hashlib.sha256(file.read()).hexdigest() == each.sha256


def test_aegisd_starts_after_a_loss(life: _Life, tmp_path: Path, make_host: Callable[..., Host]) -> None:
    """It takes up what the loss has cut short, and gives no number twice."""
    disk, operations = Disk(str(life.host.state_dir)), list(read_journal(life.journal))
    for operation in operations:
        disk.do(operation)
    host = make_host(_CONFIG, start=False)
    disk.lose_power(host.state_dir, Random(7))
    host.start()
    run = host.run("w")
    assert run > max(each.run for each in life.promises)
    assert host.finish(run)["result"] == "success"
    active = ["pending", "executing", "finalizing"]
    host.wait_until(lambda: not host.call("ListRuns", states=active)["runs"], 60)
