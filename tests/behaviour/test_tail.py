"""Following events with the real programs: nothing missing and nothing twice, whoever is killed, and nobody waits for
one who does not read."""

import itertools
import json
import os
import random
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw

from tests.behaviour.host import Host, RefusedError, _message, _replies, program
from tests.source import ROOT

MakeHost = Callable[..., Host]

ROUNDS = int(os.environ.get("TAIL_ROUNDS", "10"))
CONFIG = """
[workflows.w]
max_concurrent = 4
[[workflows.w.steps]]
name = "one"
type = "wait"
seconds = 0
parallel = true
[[workflows.w.steps]]
name = "two"
type = "wait"
seconds = 0
parallel = true
"""


@contextmanager
def _load(host: Host) -> Iterator[None]:
    """Runs that are started all the time."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.02):
            with suppress(OSError, StopIteration, RefusedError):
                host.run("w")

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class _Reader:
    """`tail-events --cursor-file` as a process that is killed and started again; each start has a file of its own."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._numbers = itertools.count()
        self.cursor = host.folder / "cursor"
        self.kills = 0
        self.files: list[Path] = []

    def start(self) -> None:
        self.files.append(self._host.folder / f"tail.{next(self._numbers)}")
        words = [*program("aegisctl"), "--socket", str(self._host.socket)]
        words += ["tail-events", "--json", "--cursor-file", str(self.cursor)]
        with self.files[-1].open("wb") as file:
            self.process = subprocess.Popen(words, cwd=ROOT, stdout=file, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.kills += 1

    def events(self) -> list[dict[str, Any]]:
        """What all of them have printed; a line that a kill cut short is not one."""
        return [
            json.loads(line)
            for file in self.files
            for line in file.read_text().splitlines(keepends=True)
            if "\n" in line
        ]


def _stored(host: Host) -> list[dict[str, Any]]:
    store = apsw.Connection(str(host.state_dir / "store.sqlite"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return [json.loads(body) for (body,) in store.execute("SELECT body FROM event ORDER BY seq")]
    finally:
        store.close()


def test_a_cursor_file_under_kills(make_host: MakeHost) -> None:
    """kill -9 of aegisd, of the reader, or of both, at random moments: what the readers printed, one after the other,
    is what the store has, without a hole; a kill of the reader repeats at most the one line that was on its way."""
    host = make_host(CONFIG, daemon='keep = { runs = 100000 }\nsynchronous = "normal"')
    chance = random.Random(11)
    reader = _Reader(host)
    reader.cursor.write_text(host.call("GetStatus")["cursor"].partition(".")[0] + ".0\n")
    reader.start()
    with _load(host):
        for _ in range(ROUNDS):
            time.sleep(chance.uniform(0.1, 0.6))
            victims = chance.choice(["daemon", "reader", "both"])
            if victims != "daemon":
                reader.kill()
            if victims != "reader":
                host.kill()
                host.start()
            if victims != "daemon":
                reader.start()
    host.wait_until(lambda: not host.call("ListRuns", states=["pending", "executing", "finalizing"])["runs"])
    host.wait_until(lambda: reader.cursor.read_text().strip() == host.call("GetStatus")["cursor"])
    reader.kill()
    assert host.stop() == 0
    printed, stored = reader.events(), _stored(host)
    seqs = [event["seq"] for event in printed]
    repeated = len(seqs) - len(set(seqs))
    assert repeated <= reader.kills
    assert seqs == sorted(seqs)
    unique = {event["seq"]: event for event in printed}
    assert len(unique) > 50
    for event in unique.values():
        event.pop("cursor")
    assert list(unique.values()) == [event for event in stored if event["seq"] <= max(unique)]


def _memory_kib(host: Host) -> int:
    assert host.process is not None
    lines = Path(f"/proc/{host.process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


def test_a_reader_that_never_reads(make_host: MakeHost) -> None:
    """S78: one who follows and does not read is waited for by nobody and costs no memory; once it reads, it gets
    every event from the store, in order, and then what comes."""
    steps = "".join(f"[[workflows.many.steps]]\nname = 's{n}'\ntype = 'wait'\nseconds = 0\n" for n in range(500))
    host = make_host(f"[workflows.many]\n{steps}", daemon='synchronous = "normal"\nevent_log_size = 100')
    cursor = host.call("GetStatus")["cursor"]
    host.finish(host.run("many"))
    with host.connect() as stuck:
        stuck.sendall(_message("TailEvents", {"after": cursor, "follow": True}, more=True))
        before = _memory_kib(host)
        for _ in range(8):
            host.finish(host.run("many"))
        assert _memory_kib(host) - before < 20 * 1024
        last = int(host.call("GetStatus")["cursor"].rpartition(".")[2])
        assert last > 9000
        seqs = [
            answer["event"]["seq"] for answer in itertools.islice(_replies(stuck), last - int(cursor.split(".")[1]))
        ]
    assert seqs == list(range(int(cursor.split(".")[1]) + 1, last + 1))


def test_a_gap_is_declared(make_host: MakeHost) -> None:
    """Who comes back after retention has let go of runs is told which events are gone, also with a filter."""
    host = make_host(CONFIG, daemon="keep = { runs = 1 }")
    cursor = host.call("GetStatus")["cursor"]
    runs = [host.run("w") for _ in range(3)]
    for run in runs:
        host.finish(run)
    gone = [event["seq"] for run in runs[:2] for event in host.events(run=run)]
    host.stop()
    host.start()
    host.wait_until(lambda: len(host.call("ListRuns")["runs"]) == 1)
    for wanted in ({}, {"types": ["step.*"]}):
        answers = list(host.stream("TailEvents", after=cursor, **wanted))
        gaps = [answer["gap"] for answer in answers if answer.get("gap")]
        missing = [seq for gap in gaps for seq in range(gap["from"], gap["to"] + 1)]
        assert missing == sorted(gone)
    shown = host.ctl("tail-events", "--no-follow", "--after", cursor, "--type", "step.*").stdout
    assert "events lost" in shown
