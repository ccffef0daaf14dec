"""TailEvents and ReadLogs: all of it, in order, from one reply to the last; and what happens when a side leaves."""

import base64
import functools
import os
from pathlib import Path
from typing import Any

import pytest
import trio

from aegisd.control.limits import Limits
from aegisd.control.service import INTERFACES
from aegisd.core.parameters import fits
from aegisd.core.record import EventFilter
from aegisd.streams import LogPiece
from aegisd.wire.errors import INTERFACE
from tests.control.client import Client, Served, make_call, open_client, open_server
from tests.control.fake_daemon import EPOCH, NOW
from tests.control.fake_logs import FakeLogs

CONTROL = INTERFACES[INTERFACE]


def check_replies(method: str, replies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All replies fit the interface, only the last one is empty and has no `continues`."""
    for reply in replies:
        assert fits(reply["parameters"], CONTROL.methods[method].reply, CONTROL.types)
    assert [reply.get("continues", False) for reply in replies] == [True] * (len(replies) - 1) + [False]
    assert replies[-1] == {"parameters": {}}
    return [reply["parameters"] for reply in replies[:-1]]


async def wait_until_idle(served: Served) -> None:
    """Until the server holds no stream any more: nobody waits for the ring to grow."""
    with trio.fail_after(20):
        while served.daemon.ring._grown.statistics().tasks_waiting:  # noqa: ASYNC110 - nobody announces it
            await trio.sleep(0.01)


async def wait_for_stream(served: Served) -> None:
    """Until somebody follows the ring."""
    with trio.fail_after(20):
        while not served.daemon.ring._grown.statistics().tasks_waiting:  # noqa: ASYNC110 - nobody announces it
            await trio.sleep(0.005)


async def test_the_last_events(tmp_path: Path) -> None:
    """Without `follow` the stream ends with what there is; each event carries its cursor."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        await served.daemon.emit(5)
        found = check_replies("TailEvents", await client.stream_replies("TailEvents", last=3))
        assert [item["event"]["seq"] for item in found] == [3, 4, 5]
        assert found[0]["event"]["cursor"] == f"{EPOCH}.3"
        assert found[0]["event"]["data"]["queued_s"] == 0.1
        assert check_replies("TailEvents", await client.stream_replies("TailEvents", last=0)) == []


async def test_following_goes_on_until_the_end(tmp_path: Path) -> None:
    """Every event comes once and in order, across pages, until there can be no more; then the next call is served."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        await served.daemon.emit(1000)

        async def produce() -> None:
            for _ in range(50):
                await served.daemon.emit(20)
                await trio.lowlevel.checkpoint()
            served.daemon.ring.close()

        served.nursery.start_soon(produce)
        replies = await client.stream_replies("TailEvents", after=f"{EPOCH}.0", follow=True)
        found = check_replies("TailEvents", replies)
        assert [item["event"]["seq"] for item in found] == list(range(1, 2001))
        assert "error" not in await client.call("GetStatus")


async def test_gaps_are_told(tmp_path: Path) -> None:
    """What retention has dropped comes as a gap."""
    async with open_server(tmp_path, ring_size=2) as served, await open_client(served.path) as client:
        await served.daemon.emit(10)
        del served.daemon.store.records[:4]
        found = check_replies("TailEvents", await client.stream_replies("TailEvents", after=f"{EPOCH}.0"))
        assert found[0] == {"gap": {"from": 1, "to": 4}, "cursor": f"{EPOCH}.4"}
        assert [item["event"]["seq"] for item in found[1:]] == [5, 6, 7, 8, 9, 10]


async def test_marks(tmp_path: Path) -> None:
    """Who asks for marks is told how far was looked, though nothing passed the filter: the cursor of a reader that
    waits for something rare does not stay behind."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        await served.daemon.emit(5, run=1)
        for wanted in ({"after": f"{EPOCH}.2"}, {"last": 10}):
            found = check_replies(
                "TailEvents", await client.stream_replies("TailEvents", types=["step.*"], marks=True, **wanted)
            )
            assert found == [{"cursor": f"{EPOCH}.5"}]
        found = check_replies("TailEvents", await client.stream_replies("TailEvents", after=f"{EPOCH}.4", marks=True))
        assert [item["event"]["seq"] for item in found] == [5]


async def test_a_bad_cursor_is_refused(tmp_path: Path) -> None:
    """The refusal is the only reply of the stream."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        replies = await client.stream_replies("TailEvents", after="other.1")
        assert [reply["error"] for reply in replies] == [f"{INTERFACE}.BadCursor"]


async def test_event_filters_are_translated(tmp_path: Path) -> None:
    """Lists become sets, times become UTC."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        await client.stream_replies(
            "TailEvents", types=["a"], workflows=["w"], run=1, results=["failure"], since="1m", until=NOW, last=1
        )
        wanted = EventFilter(
            types=frozenset({"a"}),
            workflows=frozenset({"w"}),
            run=1,
            results=frozenset({"failure"}),
            since="2026-11-21T07:59:31.204Z",
            until=NOW,
        )
        assert served.daemon.asked == [(wanted, None, 1)]


async def test_calls_behind_a_stream_wait_for_its_end(tmp_path: Path) -> None:
    """Bytes that come while a stream runs are kept, and answered after it."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        await client.send(make_call("TailEvents", more=True, follow=True), make_call("GetStatus"))
        await wait_for_stream(served)
        await client.send(make_call("FindRun"))
        await served.daemon.emit()
        first = await client.receive()
        assert first is not None
        assert first["parameters"]["event"]["seq"] == 1
        served.daemon.ring.close()
        assert await client.receive() == {"parameters": {}}
        replies = [await client.receive(), await client.receive()]
        assert [reply is not None and "error" in reply for reply in replies] == [False, True]


async def test_logs_are_whole(tmp_path: Path) -> None:
    """Every byte arrives, whatever it is, with step, offset and time."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        data = os.urandom(300_000)
        pieces = [
            LogPiece(step='te"st', attempt=1, offset=0, size=300_000, time=NOW, data=data[:200_000]),
            LogPiece(step='te"st', attempt=1, offset=200_000, size=300_000, time=NOW, data=data[200_000:]),
        ]
        served.daemon.logs[1] = FakeLogs(pieces=pieces)
        found = check_replies("ReadLogs", await client.stream_replies("ReadLogs", run=1, steps=['te"st'], lines=0))
        assert b"".join(base64.b64decode(item["data"]) for item in found) == data
        assert [(item["step"], item["attempt"], item["offset"], item["size"], item["time"]) for item in found] == [
            ('te"st', 1, 0, 300_000, NOW),
            ('te"st', 1, 200_000, 300_000, NOW),
        ]
        assert served.daemon.asked == [(1, ['te"st'], 0, False, 0)]


@pytest.mark.parametrize("pipelined", [0, 600_000], ids=["alone", "with calls behind it"])
async def test_a_client_that_leaves_ends_its_stream_at_once(tmp_path: Path, pipelined: int) -> None:
    """No event is needed to notice it, and unread calls do not hide it."""
    limits = Limits(message=100_000)
    async with open_server(tmp_path, limits=limits) as served:
        client = await open_client(served.path)
        await client.send(make_call("TailEvents", more=True, follow=True))
        await wait_for_stream(served)
        with trio.move_on_after(0.3):
            await client.stream.send_all(b"{}\0" * (pipelined // 3))
        await client.stream.aclose()
        with trio.fail_after(20):
            await wait_until_idle(served)


async def test_a_client_that_only_ends_its_calls_gets_its_answers(tmp_path: Path) -> None:
    """`printf ... | nc -NU` closes one direction: the stream goes on until its end."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        await client.send(make_call("TailEvents", more=True, follow=True))
        await client.stream.send_eof()
        await wait_for_stream(served)
        await trio.sleep(0.3)
        await served.daemon.emit()
        served.daemon.ring.close()
        replies = [await client.receive() for _ in range(3)]
        assert replies[0] is not None
        assert replies[1:] == [{"parameters": {}}, None]


async def test_a_client_that_leaves_does_not_stop_its_command(tmp_path: Path) -> None:
    """A command that was read is carried out; there is only nobody to answer."""
    async with open_server(tmp_path) as served:
        served.daemon.gate = trio.Event()
        client = await open_client(served.path)
        await client.send(make_call("StartRun", workflow="quality"), make_call("StartRun", workflow="quality"))
        await trio.sleep(0.05)
        await client.stream.aclose()
        await trio.sleep(0.05)
        served.daemon.gate.set()
        with trio.fail_after(20):
            while not served.daemon.calls:  # noqa: ASYNC110 - nobody announces it
                await trio.sleep(0.01)


async def test_stopping_ends_streams_with_their_last_reply(tmp_path: Path) -> None:
    """A stopped server cuts nothing: a follower sees the end and why, a command in hand is answered, and soon."""
    async with open_server(tmp_path) as served:
        follower, commander, idle = [await open_client(served.path) for _ in range(3)]
        await follower.send(make_call("TailEvents", more=True, follow=True))
        await wait_for_stream(served)
        served.daemon.gate = trio.Event()
        await commander.send(make_call("StartRun", workflow="quality"), make_call("StartRun", workflow="quality"))
        await trio.sleep(0.05)
        served.nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True), trio.fail_after(20):
            assert [await follower.receive(), await follower.receive()] == [{"parameters": {"stopping": True}}, None]
            assert await idle.receive() is None
            served.daemon.gate.set()
            assert [await commander.receive(), await commander.receive()] == [{"parameters": {"run": 1}}, None]
            for client in (follower, commander, idle):
                await client.stream.aclose()


async def test_stopping_in_the_middle_of_a_reply_keeps_it_whole(tmp_path: Path) -> None:
    """A slow follower that wakes up within the grace gets whole replies up to the last one."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        await served.daemon.emit(20_000)
        await client.send(make_call("TailEvents", more=True, after=f"{EPOCH}.0"))
        await trio.sleep(0.1)
        served.nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True), trio.fail_after(20):
            replies = []
            while (reply := await client.receive()) is not None:
                replies.append(reply)
        assert replies[-1] == {"parameters": {}}
        assert [reply["parameters"]["event"]["seq"] for reply in replies[:-1]] == list(range(1, len(replies)))


async def test_stopping_takes_a_second_at_most(tmp_path: Path) -> None:
    """A client that never reads and a command that hangs do not hold the daemon."""
    async with open_server(tmp_path) as served:
        await served.daemon.emit(20_000)
        served.daemon.gate = trio.Event()
        deaf, hanging = await open_client(served.path), await open_client(served.path)
        await deaf.send(make_call("TailEvents", more=True, after=f"{EPOCH}.0"))
        await hanging.send(make_call("StartRun", workflow="quality"))
        await trio.sleep(0.1)
        began = trio.current_time()
        served.nursery.cancel_scope.cancel()
    assert trio.current_time() - began < 2
    for client in (deaf, hanging):
        await client.stream.aclose()


async def test_many_followers_see_the_same(tmp_path: Path) -> None:
    """Fifty followers each get every event."""
    async with open_server(tmp_path) as served:
        seen: list[list[int]] = []

        async def follow(client: Client) -> None:
            replies = await client.stream_replies("TailEvents", after=f"{EPOCH}.0", follow=True)
            seen.append([item["event"]["seq"] for item in check_replies("TailEvents", replies)])
            await client.stream.aclose()

        async with trio.open_nursery() as nursery:
            for _ in range(50):
                nursery.start_soon(functools.partial(follow, await open_client(served.path)))
            for _ in range(20):
                await served.daemon.emit(5)
                await trio.sleep(0.001)
            served.daemon.ring.close()
        assert seen == [list(range(1, 101))] * 50
