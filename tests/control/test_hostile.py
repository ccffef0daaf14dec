"""Clients that mean harm, or are broken: each costs itself its connection and nobody else anything."""

import gc
import json
import logging
import os
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import trio

from aegisd.control.connection import Connection
from aegisd.control.limits import Limits
from aegisd.wire.errors import INTERFACE
from tests.control.client import Client, Served, make_call, open_client, open_server
from tests.control.fake_daemon import EPOCH


@asynccontextmanager
async def serving_others(served: Served) -> AsyncIterator[None]:
    """Another client is served before, during and after the block, each time at once."""

    async def ask() -> None:
        with trio.fail_after(20):
            async with await open_client(served.path) as other:
                assert "error" not in await other.call("GetStatus")

    async def ask_often() -> None:
        while True:
            await ask()
            await trio.sleep(0.01)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask_often)
        yield
        nursery.cancel_scope.cancel()
    await ask()


def open_files() -> list[int]:
    """The file descriptors of this process."""
    return [int(path.name) for path in Path("/proc/self/fd").iterdir()]


async def receive_end(client: Client) -> bool:
    """Whether the connection is closed without another reply, soon."""
    with trio.fail_after(20):
        return await client.receive() is None


@pytest.mark.parametrize(
    "garbage",
    [
        b"\0",
        b"GET / HTTP/1.1\r\n\r\n\0",
        b"[1]\0",
        b'{"method":1}\0',
        b'{"method":"a.B","parameters":[]}\0',
        b'{"method":"a.B","more":1}\0',
        b'{"method":"a.B","method":"a.C"}\0',
        b'{"method":"a.B","parameters":{"x":NaN}}\0',
        b"[" * 100_000 + b"\0",
        b'{"a":' * 65 + b"1" + b"}" * 65 + b"\0",
        b"\xff\xfe\xfd\0",
        b"x" * 300_000,
    ],
    ids=lambda garbage: repr(garbage[:40]),
)
async def test_garbage_closes_the_connection(tmp_path: Path, garbage: bytes) -> None:
    """What is no call ends the conversation, after the calls before it were answered."""
    async with open_server(tmp_path) as served, serving_others(served), await open_client(served.path) as client:
        await client.send(make_call("FindRun"))
        await client.stream.send_all(garbage)
        reply = await client.receive()
        assert reply is not None
        assert reply["error"] == f"{INTERFACE}.NoSuchRun"
        assert await receive_end(client)


async def test_a_message_without_end_is_cut_early(tmp_path: Path) -> None:
    """100 MiB without a NUL: the connection is gone after the first few hundred KiB, memory stays flat."""
    async with open_server(tmp_path) as served, serving_others(served), await open_client(served.path) as client:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        sent, block = 0, b"x" * 65536
        with trio.fail_after(20), suppress(trio.BrokenResourceError):
            while sent < 100 * 2**20:
                await client.stream.send_all(block)
                sent += len(block)
        assert sent < 2**20
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 * 1024


async def test_half_a_message_has_a_deadline(tmp_path: Path) -> None:
    """A message that has begun must be whole in time, also when it comes byte by byte; idle clients may stay."""
    async with (
        open_server(tmp_path, limits=Limits(whole_s=0.3)) as served,
        await open_client(served.path) as idle,
        await open_client(served.path) as dripping,
    ):
        began = trio.current_time()
        with suppress(trio.BrokenResourceError):
            while trio.current_time() < began + 3:
                await dripping.stream.send_all(b" ")
                await trio.sleep(0.02)
        assert 0.25 < trio.current_time() - began < 1
        assert "error" not in await idle.call("GetStatus")


async def test_a_client_that_never_reads_is_dropped(tmp_path: Path) -> None:
    """A follower that takes nothing for a while loses its connection; others are served meanwhile."""
    async with (
        open_server(tmp_path, limits=Limits(stalled_s=0.3)) as served,
        serving_others(served),
        await open_client(served.path) as deaf,
    ):
        await served.daemon.emit(20_000)
        await deaf.send(make_call("TailEvents", more=True, follow=True, after=f"{EPOCH}.0"))
        await trio.sleep(0.8)
        received = 0
        with trio.fail_after(20):
            try:
                while data := await deaf.stream.receive_some(65536):
                    received += len(data)
            except trio.BrokenResourceError:
                pass
        assert 0 < received < 3_000_000


async def test_a_client_that_asks_and_never_reads_is_dropped(tmp_path: Path) -> None:
    """The same without a stream: thousands of pipelined calls whose answers nobody takes."""
    limits = Limits(stalled_s=0.3)
    async with (
        open_server(tmp_path, limits=limits) as served,
        serving_others(served),
        await open_client(served.path) as deaf,
    ):
        call = (
            json.dumps(make_call("org.varlink.service.GetInterfaceDescription", interface=INTERFACE)).encode() + b"\0"
        )
        with trio.fail_after(20), suppress(trio.BrokenResourceError):
            while True:
                await deaf.stream.send_all(call * 100)


async def test_too_many_connections_are_told_so(tmp_path: Path) -> None:
    """300 clients: 256 are served, the others learn why not; once they have left there is room again."""
    async with open_server(tmp_path) as served:
        clients = [await open_client(served.path) for _ in range(300)]
        served_count = refused = 0
        for client in clients:
            try:
                await client.send(make_call("FindRun"))
                reply = await client.receive()
            except trio.BrokenResourceError:
                reply = None
            if reply is None or reply["error"] == f"{INTERFACE}.TooManyConnections":
                refused += 1
            else:
                served_count += 1
        assert (served_count, refused) == (256, 44)
        for client in clients:
            await client.stream.aclose()
        with trio.fail_after(20):
            while True:
                async with await open_client(served.path) as again:
                    reply = await again.call("FindRun")
                if reply["error"] == f"{INTERFACE}.NoSuchRun":
                    break
                await trio.sleep(0.02)


async def test_a_refused_client_learns_why(tmp_path: Path) -> None:
    """Also one that sends its call first and reads then, as all ready-made clients do."""
    async with (
        open_server(tmp_path, limits=Limits(connections=1, reserved=0)) as served,
        await open_client(served.path) as first,
        await open_client(served.path) as second,
    ):
        assert "error" not in await first.call("GetStatus")
        await trio.sleep(0.05)
        reply = await second.call("GetStatus")
        assert reply["error"] == f"{INTERFACE}.TooManyConnections"
        assert await receive_end(second)


async def test_clients_that_vanish_leave_nothing(tmp_path: Path) -> None:
    """Clients that leave in every state give their seats and file descriptors back."""
    async with open_server(tmp_path, limits=Limits(connections=8)) as served:
        await served.daemon.emit(2000)
        before = len(open_files())
        for round_ in range(60):
            client = await open_client(served.path)
            match round_ % 4:
                case 1:
                    await client.stream.send_all(b'{"meth')
                case 2:
                    await client.send(make_call("TailEvents", more=True, follow=True))
                case 3:
                    await client.send(make_call("TailEvents", more=True, after=f"{EPOCH}.0"))
            await trio.sleep(0.002)
            await client.stream.aclose()
        with trio.fail_after(20):
            while len(open_files()) > before:  # noqa: ASYNC110 - nobody announces it
                await trio.sleep(0.02)
        async with await open_client(served.path) as client:
            assert "error" not in await client.call("GetStatus")


async def test_no_file_descriptors_left(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """While nobody can be accepted, those who are in are served and the log says it once; then it goes on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with open_server(tmp_path) as served, await open_client(served.path) as inside:
        assert "error" not in await inside.call("GetStatus")
        with socket.socket(socket.AF_UNIX) as outside:
            highest = max(open_files())
            resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, hard))
            fillers = []
            try:
                with suppress(OSError):
                    while True:
                        fillers.append(os.dup(0))
                outside.connect(served.path)
                await trio.sleep(0.5)
                assert "error" not in await inside.call("GetStatus")
            finally:
                for filler in fillers:
                    os.close(filler)
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            outside.sendall(json.dumps(make_call("GetStatus")).encode() + b"\0")
            outside.settimeout(1)
            assert b"1.0.0" in await trio.to_thread.run_sync(outside.recv, 65536)
    assert [record.levelno for record in caplog.records if "accept" in record.message] == [logging.ERROR]


async def test_a_client_that_has_left_costs_no_memory(tmp_path: Path) -> None:
    """What was sent to it is let go of at once: it does not wait for the collector of cycles, which is seldom busy."""
    async with open_server(tmp_path) as served:
        gc.collect()
        gc.disable()
        try:
            for _ in range(3):
                async with await open_client(served.path) as client:
                    assert "error" not in await client.call("GetStatus")
            with trio.fail_after(20):
                while any(isinstance(each, Connection) for each in gc.get_objects()):  # noqa: ASYNC110 - as above
                    await trio.sleep(0.02)
        finally:
            gc.enable()
