"""The sink `command`: a real program for each event, with the event on its standard input."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio

from aegisd.config.sink_kinds import SINK_KINDS, CommandKeys
from aegisd.config.subscription_keys import Subscription
from aegisd.executors.containment import Containment
from aegisd.executors.local import LocalExecutor
from aegisd.executors.opening import open_containment
from aegisd.sinks import SINKS
from aegisd.sinks.base import Sink, SinkError, Terms
from aegisd.sinks.command import open_command
from aegisd.sinks.surroundings import Surroundings
from aegisd.store.memory import MemoryStore
from tests.behaviour.host import processes_with
from tests.store.kit import make_event


def _open(
    containment: Containment, folder: Path, run: str | tuple[str, ...], *, grace: float = 0.2, **keys: Any
) -> tuple[Sink, Terms]:
    around = Surroundings(
        state_dir=folder,
        epoch="e",
        store=MemoryStore(),
        executor=LocalExecutor(containment=containment, grace=grace),
        environment={"PATH": os.environ["PATH"]},
    )
    return open_command(Subscription(name="s", type="command", spec=CommandKeys(run=run, **keys)), around)


@pytest.fixture
async def containment(tmp_path: Path) -> AsyncIterator[Containment]:
    """Where the programs are held."""
    async with open_containment("subreaper", state_dir=tmp_path) as held:
        yield held


def test_each_type_has_its_sink() -> None:
    """The types of the configuration and the sinks are the same."""
    assert SINKS.keys() == SINK_KINDS.keys()


async def test_the_event_is_on_its_input(containment: Containment, tmp_path: Path) -> None:
    """The program reads the event as one line of JSON, with its cursor, and has its place in the environment."""
    sink, _ = _open(
        containment,
        tmp_path,
        ("sh", "-c", f'cat > "{tmp_path}/in"; env > "{tmp_path}/env"'),
        env={"CHANNEL": "#builds"},
    )
    record = make_event(7, run=842, step="lint")
    await sink.deliver([record])
    assert json.loads((tmp_path / "in").read_text()) == {"cursor": "e.7", **json.loads(record.body)}
    env = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines())
    assert (env["CHANNEL"], env["AEGIS_SUBSCRIPTION"], env["AEGIS_EVENT_SEQ"]) == ("#builds", "s", "7")
    assert (env["AEGIS_EVENT_RUN"], env["AEGIS_EVENT_STEP"]) == ("842", "lint")
    assert env["AEGIS_EVENT_TYPE"] == record.event.type
    assert "AEGIS_RUN_ID" not in env
    assert env["PWD"] == str(tmp_path / "subscriptions" / "s")
    assert list((tmp_path / "subscriptions" / "s").iterdir()) == []


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("echo first; echo the server is down >&2; exit 3", "exit 3: the server is down"),
        ("exit 1", "exit 1"),
        ("kill -KILL $$", "ended by SIGKILL"),
        (("no-such-program",), "exit 127"),
    ],
)
async def test_failures(containment: Containment, run: str | tuple[str, ...], words: str, tmp_path: Path) -> None:
    """Anything but exit 0 is a failure, with the last line that the program wrote."""
    sink, _ = _open(containment, tmp_path, run)
    with pytest.raises(SinkError, match=words):
        await sink.deliver([make_event(1)])


async def test_hostile_words(containment: Containment, tmp_path: Path) -> None:
    """What an event says is never a part of a command line; odd bytes in the output are no error of their own."""
    sink, _ = _open(containment, tmp_path, ("sh", "-c", f'cat > "{tmp_path}/in"; printf "\\377\\000x"; exit 1'))
    record = make_event(1, run=1, step='"; touch /tmp/owned; $(id)')
    with pytest.raises(SinkError, match="exit 1"):
        await sink.deliver([record])
    assert json.loads((tmp_path / "in").read_text())["step"] == '"; touch /tmp/owned; $(id)'


async def test_a_directory_that_is_not_there(containment: Containment, tmp_path: Path) -> None:
    """The message names it."""
    sink, _ = _open(containment, tmp_path, "true", dir=str(tmp_path / "nowhere"))
    with pytest.raises(SinkError, match="nowhere is not there"):
        await sink.deliver([make_event(1)])


async def test_an_end_that_is_wanted_soon(containment: Containment, tmp_path: Path) -> None:
    """A program that does not go when it is asked to holds up a reload or a stop for a moment only."""
    sink, _ = _open(containment, tmp_path, "trap '' TERM; while :; do sleep 7475; done", grace=60.0)
    with trio.fail_after(20), trio.move_on_after(0.5):
        async with trio.open_nursery() as nursery:

            async def hasten() -> None:
                with trio.CancelScope(shield=True):
                    await trio.sleep(1.0)
                    sink.hasten()

            nursery.start_soon(hasten)
            await sink.deliver([make_event(1)])
    assert processes_with("sleep 7475") == []


async def test_what_hangs_is_ended(containment: Containment, tmp_path: Path) -> None:
    """S25: whatever ends a delivery ends all processes of its program, before the next attempt."""
    sink, _ = _open(containment, tmp_path, "sleep 7473 & sleep 7473")
    with trio.move_on_after(1.0) as scope:
        await sink.deliver([make_event(1)])
    assert scope.cancelled_caught
    assert processes_with("sleep 7473") == []
