"""Subscriptions of the real aegisd: nothing is lost over kill -9, and no sink is felt by a run."""

import json
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import apsw

from tests.behaviour.host import Host, RefusedError, processes_with

MakeHost = Callable[..., Host]

WORKFLOW = """
[workflows.w]
max_concurrent = 4
[[workflows.w.steps]]
name = "one"
type = "wait"
seconds = 0
[[workflows.w.steps]]
name = "two"
run = "true"
"""


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _stored(host: Host) -> list[dict[str, Any]]:
    store = apsw.Connection(str(host.state_dir / "store.sqlite"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return [json.loads(body) for (body,) in store.execute("SELECT body FROM event ORDER BY seq")]
    finally:
        store.close()


def _subscription(host: Host, name: str) -> dict[str, Any]:
    return dict(host.call("ListSubscriptions", name=name)["subscriptions"][0])


def test_nothing_is_lost_over_kills(make_host: MakeHost, tmp_path: Path) -> None:
    """S14, S97, W2.8: kill -9 of aegisd under load, again and again: the file for all events and the files of runs have
    every event once, and a program has had every event that it wants at least once."""
    config = f"""{WORKFLOW}
[[subscriptions]]
name = "all"
type = "jsonl"
path = "{tmp_path}/all.jsonl"
max_size = "20KiB"
keep = 1000
[[subscriptions]]
name = "runs"
type = "jsonl"
[[subscriptions]]
name = "ends"
type = "command"
events = ["workflow.completed"]
run = 'cat >> {tmp_path}/ends.jsonl'
"""
    host = make_host(config, daemon='synchronous = "normal"\nkeep = {{ runs = 100000 }}'.format())
    over, chance = threading.Event(), random.Random(3)

    def work() -> None:
        while not over.wait(0.03):
            with suppress(OSError, StopIteration, RefusedError):
                host.run("w")

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(5):
            time.sleep(chance.uniform(0.1, 0.7))
            host.kill()
            host.start()
    finally:
        over.set()
        thread.join()
    host.wait_until(lambda: not host.call("ListRuns", states=["pending", "executing", "finalizing"])["runs"])
    host.wait_until(lambda: _subscription(host, "ends")["behind"] == 0)
    assert host.stop() == 0
    stored = _stored(host)
    parts = sorted(tmp_path.glob("all.jsonl.*"), key=lambda path: -int(path.suffix[1:]))
    assert len(parts) > 1
    written = [line for path in (*parts, tmp_path / "all.jsonl") for line in _lines(path)]
    for line in written:
        line.pop("cursor")
    assert written == stored
    ends = [event["seq"] for event in stored if event["type"] == "workflow.completed"]
    taken = [event["seq"] for event in _lines(tmp_path / "ends.jsonl")]
    assert list(dict.fromkeys(taken)) == ends
    for run in {event["run"] for event in stored if event.get("run")}:
        lines = _lines(host.state_dir / "runs" / str(run) / "events.jsonl")
        assert [line["seq"] for line in lines] == [event["seq"] for event in stored if event.get("run") == run]


def test_a_sink_is_not_felt(make_host: MakeHost, tmp_path: Path) -> None:
    """S2, S78: sinks that fail, hang or cannot write are shown, and runs go on beside them; aegisd stops in time, and
    nothing of a program that hangs is left."""
    config = f"""{WORKFLOW}
[[subscriptions]]
name = "fails"
type = "command"
run = "echo the server is down; exit 3"
max_retries = 0
[[subscriptions]]
name = "hangs"
type = "command"
run = "sleep 7474"
[[subscriptions]]
name = "unwritable"
type = "jsonl"
path = "{tmp_path}/no/such/folder/x.jsonl"
"""
    host = make_host(config, daemon='grace = "1s"')
    for _ in range(3):
        assert host.finish(host.run("w"))["result"] == "success"
    host.wait_until(lambda: len(host.call("GetStatus")["subscriptions"]["failing"]) == 2)
    assert host.call("GetStatus")["subscriptions"]["failing"] == ["fails", "unwritable"]
    assert _subscription(host, "fails")["error"] == "exit 3: the server is down"
    assert "no/such/folder" in _subscription(host, "unwritable")["error"]
    assert _subscription(host, "hangs")["behind"] > 5
    assert processes_with("sleep 7474")
    assert "failing: fails, unwritable" in host.ctl("status").stdout
    shown = host.ctl("subscriptions").stdout.splitlines()
    assert [line.split("\t")[:3] for line in shown] == [
        ["fails", "command", "failing"],
        ["hangs", "command", "working"],
        ["unwritable", "jsonl", "failing"],
    ]
    assert "exit 3: the server is down" in host.ctl("subscriptions", "fails").stdout
    failing = host.events(types=["subscription.failing"])
    assert {event["data"]["name"] for event in failing} == {"fails", "unwritable"}
    begun = time.monotonic()
    assert host.stop() == 0
    assert time.monotonic() - begun < 25
    assert processes_with("sleep 7474") == []


def test_a_reload_changes_them(make_host: MakeHost, tmp_path: Path) -> None:
    """S76: a subscription that a reload brings gets what comes after it; one that it takes away gets nothing more."""
    one = f'[[subscriptions]]\nname = "one"\ntype = "jsonl"\npath = "{tmp_path}/one"\n'
    two = f'[[subscriptions]]\nname = "two"\ntype = "jsonl"\npath = "{tmp_path}/two"\n'
    host = make_host(WORKFLOW + one)
    host.finish(host.run("w"))
    host.wait_until(lambda: _subscription(host, "one")["behind"] == 0)
    host.write_config(WORKFLOW + two)
    assert "1 added (two), 1 removed (one)" in host.ctl("reload").stdout
    before = len(_lines(tmp_path / "one"))
    host.finish(host.run("w"))
    host.wait_until(lambda: _subscription(host, "two")["behind"] == 0)
    assert len(_lines(tmp_path / "one")) == before
    assert {line.get("run") for line in _lines(tmp_path / "two")} == {None, 2}
