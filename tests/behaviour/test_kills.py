"""kill -9 of aegisd at random moments under load: nothing acknowledged is lost, nothing finished is executed again, and
nothing of the steps is left over.

Steps leave their trace before they do anything else: what was killed with aegisd has one, and another one at its next
attempt. `AEGIS_KILLS` is the number of kills, 200 for the whole.
"""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import apsw
import pytest

from tests.behaviour.host import Host, RefusedError

MakeHost = Callable[..., Host]

KILLS = int(os.environ.get("AEGIS_KILLS", "16"))
_RUNNING = 8
_PATIENCE_S = 600
_TRACE = "echo x >>$TRACES/$AEGIS_RUN_ID.$AEGIS_STEP; sleep"
_UNFINISHED = ("pending", "executing", "finalizing")


def _workflow(name: str, *steps: tuple[str, str]) -> str:
    """Text of a workflow whose steps leave a trace and then sleep for some seconds."""
    head = f'[workflows.{name}]\nmax_concurrent = 4\nenv = {{ TRACES = "${{TRACES}}" }}\n'
    return head + "".join(
        f'[[workflows.{name}.steps]]\nname = "{step}"\nrun = "{_TRACE} {seconds}"\n{more}\n'
        for number, (step, more) in enumerate(steps)
        for seconds in (0.02 + 0.05 * (number % 3),)
    )


def _config(traces: Path) -> str:
    """Three workflows: a chain, a batch, and one with a step in aegisd and one that fails in each attempt."""
    chain = _workflow("quick", *((f"s{number}", "") for number in range(6)))
    batch = _workflow("wide", ("a", "parallel = true"), ("b", "parallel = true"), ("c", "parallel = true"), ("d", ""))
    mixed = _workflow("mixed", ("m", "")) + (
        '[[workflows.mixed.steps]]\nname = "wait"\ntype = "wait"\nseconds = 0.05\n'
        '[[workflows.mixed.steps]]\nname = "fails"\nrun = "false"\nretries = 2\nretry_delay = 0.01\n'
        "allow_failure = true\n"
    )
    return (chain + batch + mixed).replace("${TRACES}", str(traces))


class Clients:
    """Threads that start runs as long as not many more than `_RUNNING` are unfinished; `acknowledged` are the numbers
    that they got."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._over = threading.Event()
        self.acknowledged: set[int] = set()
        self._threads = [threading.Thread(target=self._work, args=(name,)) for name in ("quick", "wide", "mixed")]
        for thread in self._threads:
            thread.start()

    def _work(self, workflow: str) -> None:
        while not self._over.wait(0.02):
            with suppress(OSError, StopIteration, RefusedError):
                if len(_list_unfinished(self._host)) < _RUNNING + 4:
                    self.acknowledged.add(self._host.run(workflow))

    def stop(self) -> None:
        """End the threads."""
        self._over.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.parametrize(("on_stop", "kills"), [("drain", KILLS), ("adopt", max(4, KILLS // 4))])
def test_kills_under_load(on_stop: str, kills: int, make_host: MakeHost, tmp_path: Path) -> None:
    """With eight runs executing and clients that submit, kill -9 at random moments. Acknowledged runs all exist
    and all pass, steps that had finished were executed exactly once, no process of an earlier aegisd is there when the
    next one answers, nothing says "executing" that is not, and `seq` has no hole. With adoption no step at all is
    executed twice."""
    traces = tmp_path / "traces"
    traces.mkdir()
    options = f'on_stop = "{on_stop}"\nruns = {_RUNNING}\nkeep = {{ runs = 100000 }}\nsynchronous = "normal"'
    host = make_host(_config(traces), daemon=options)
    chance, clients, snapshots = random.Random(11), Clients(host), []
    try:
        for _ in range(kills):
            time.sleep(chance.uniform(0, 0.4))
            host.kill()
            left = _find_processes(host)
            snapshots.append(_count_traces(traces))
            host.start()
            if on_stop == "drain":
                assert [one for one in left if _is_alive(*one)] == []
            _check_taken_up(host)
    finally:
        clients.stop()
    host.wait_until(lambda: not _list_unfinished(host), _PATIENCE_S)
    events = host.events(last=10_000_000)
    assert _find_processes(host) == []
    assert host.stop() == 0
    check_store(host.state_dir / "store.sqlite", clients.acknowledged)
    assert len(clients.acknowledged) > kills
    ends = [event["data"] for event in events if event["type"] == "workflow.completed"]
    assert {end["result"] for end in ends} == {"success"}, [end for end in ends if not end["success"]][:3]
    if on_stop == "drain":
        assert sum(event["type"] == "workflow.resumed" for event in events) > kills / 2
        assert _check_traces(events, traces, snapshots) > kills / 2
    else:
        assert any(event["type"] == "step.adopted" for event in events)
        assert set(_count_traces(traces).values()) == {1}
        assert list((host.state_dir / "adopt").iterdir()) == []


def check_store(path: Path, acknowledged: set[int]) -> None:
    """A healthy file, `seq` without a hole, every acknowledged run with one beginning and one end, every step too."""
    store = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    assert store.pragma("integrity_check") == "ok"
    count, first, last = store.execute("SELECT count(*), min(seq), max(seq) FROM event").fetchone() or (0, 0, 0)
    assert (first, last) == (1, count)
    assert store.execute("SELECT count(DISTINCT body ->> 'id') FROM event").fetchone() == (count,)
    runs = dict(store.execute("SELECT id, state FROM run"))
    assert acknowledged <= runs.keys()
    assert set(runs.values()) == {"finished"}
    ends = dict(store.execute("SELECT run, count(*) FROM event WHERE type = 'workflow.completed' GROUP BY run"))
    assert ends == dict.fromkeys(runs, 1)
    started = dict(store.execute("SELECT run, count(*) FROM event WHERE type = 'step.started' GROUP BY run"))
    ended = dict(store.execute("SELECT run, count(*) FROM event WHERE type = 'step.completed' GROUP BY run"))
    assert started == ended
    store.close()


def _list_unfinished(host: Host) -> list[dict[str, Any]]:
    return list(host.call("ListRuns", states=list(_UNFINISHED), limit=1000)["runs"])


def _check_taken_up(host: Host) -> None:
    """Each run that executes right after the start was begun or taken up by this aegisd; its events say so."""
    executing = {run["id"] for run in host.call("ListRuns", states=["executing"], limit=1000)["runs"]}

    def is_told() -> bool:
        told = host.events(types=["daemon.started", "workflow.started", "workflow.resumed"], last=5000)
        start = max(index for index, event in enumerate(told) if event["type"] == "daemon.started")
        return executing <= {event["run"] for event in told[start + 1 :]}

    host.wait_until(is_told, _PATIENCE_S)


def _find_processes(host: Host) -> list[tuple[int, str]]:
    """The processes of steps of this host, with the time of their start: a pid may be used again."""
    found = []
    mark = b"AEGIS_SOCKET=" + os.fsencode(host.socket)
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark in path.read_bytes().split(b"\0"):
                pid = int(path.parent.name)
                found.append((pid, _read_stat(pid)[19]))
    return found


def _is_alive(pid: int, started: str) -> bool:
    try:
        fields = _read_stat(pid)
    except OSError:
        return False
    return fields[0] not in "ZX" and fields[19] == started


def _read_stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()


def _count_traces(traces: Path) -> Counter[str]:
    return Counter({path.name: len(path.read_text().splitlines()) for path in traces.iterdir()})


def _check_traces(events: list[dict[str, Any]], traces: Path, snapshots: list[Counter[str]]) -> int:
    """What had finished before a kill was executed once, and not again after it; returns how many such steps a later
    kill has tried."""
    starts = [event["seq"] for event in events if event["type"] == "daemon.started"][1:]
    queued = {event["run"]: event["seq"] for event in events if event["type"] == "workflow.queued"}
    last = {event["run"]: event["seq"] for event in events if event["type"] == "workflow.completed"}
    final, tried = _count_traces(traces), 0
    for event in events:
        name, seq, run = f"{event.get('run')}.{event.get('step')}", event["seq"], event.get("run")
        if event["type"] != "step.completed" or name not in final:
            continue
        if not any(queued[run] < start < seq for start in starts):
            assert (final[name], len(event["data"]["attempts"])) == (1, 1)
            tried += any(seq < start < last[run] for start in starts)
        for start, snapshot in zip(starts, snapshots, strict=True):
            assert seq > start or final[name] == snapshot[name]
    return tried
