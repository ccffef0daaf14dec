"""A server with an app of every awkward kind, on a port of its own, and raw clients that do what libraries will not."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
import trio.testing
from quart import Response, request, websocket
from quart_trio import QuartTrio

from aegis_web.limits import Limits
from aegis_web.problems import add_problems
from aegis_web.server import serve_http
from aegis_web.sockets import open_listeners

Address = tuple[str, int]


class BrokenError(Exception):
    """What the app's own defect raises."""


def make_test_app(*, limits: Limits) -> QuartTrio:  # noqa: C901 - a list
    """Paths: / echo /big /stream (never ends) /broken /group /ws (echo) /ws-deaf (never reads)."""
    app = QuartTrio("test", static_folder=None)
    app.config.update(
        BODY_TIMEOUT=None, RESPONSE_TIMEOUT=None, MAX_CONTENT_LENGTH=limits.body_bytes, PROPAGATE_EXCEPTIONS=False
    )
    add_problems(app)

    @app.route("/", methods=["GET", "POST", "PUT"])
    async def echo() -> Response:
        return Response(await request.get_data(as_text=False))

    @app.get("/big")
    async def big() -> Response:
        return Response(b"x" * 50_000_000)

    @app.get("/stream")
    async def stream() -> Response:
        async def forever() -> AsyncIterator[bytes]:
            while True:
                yield b"data: x\n\n"
                await trio.sleep(0.01)

        return Response(forever(), content_type="text/event-stream")

    @app.get("/broken")
    async def broken() -> Response:
        message = "secret of the traceback"
        raise BrokenError(message)

    @app.get("/group")
    async def group() -> Response:
        message = "several secrets"
        raise ExceptionGroup(message, [BrokenError(message)])

    @app.websocket("/ws")
    async def ws() -> None:
        while True:
            await websocket.send(await websocket.receive())

    @app.websocket("/ws-deaf")
    async def ws_deaf() -> None:
        await websocket.accept()
        while True:
            await websocket.send("tick")
            await trio.sleep(0.01)

    return app


@asynccontextmanager
async def open_server(limits: Limits | None = None, *, app: QuartTrio | None = None) -> AsyncIterator[Address]:
    """The address of a running server. When the block is left, it has ended and nothing of it is left."""
    limits = limits or Limits()
    with open_listeners(["127.0.0.1:0"], group=None, passed=()) as listeners:
        address = listeners[0].socket.getsockname()
        async with trio.open_nursery() as nursery:

            async def serve(*, task_status: trio.TaskStatus[None]) -> None:
                served = app or make_test_app(limits=limits)
                await serve_http(served, listeners=listeners, limits=limits, task_status=task_status)

            await nursery.start(serve)
            await trio.testing.wait_all_tasks_blocked()  # its own tasks have begun: tests count them
            yield address
            nursery.cancel_scope.cancel()


async def connect(address: Address, *, sent: bytes = b"") -> trio.SocketStream:
    """A connection that has sent `sent`."""
    stream = await trio.open_tcp_stream(*address)
    if sent:
        await stream.send_all(sent)
    return stream


async def read_all(stream: trio.SocketStream) -> bytes:
    """Everything until the server closes."""
    parts = []
    try:
        while data := await stream.receive_some(65536):
            parts.append(bytes(data))
    except trio.BrokenResourceError:
        pass
    return b"".join(parts)


async def ask(address: Address, sent: bytes) -> tuple[int, bytes]:
    """The status and the rest of the answer to raw bytes; status 0 when there is none. The server must close."""
    async with await connect(address, sent=sent) as stream:
        answer = await read_all(stream)
    words = answer.split(b" ", 2)
    return (int(words[1]) if len(words) > 1 and words[1].isdigit() else 0), answer


def get(path: str = "/", *headers: str, host: str = "localhost", method: str = "GET", body: bytes = b"") -> bytes:
    """A request that asks the server to close."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *headers]
    if body and not any(header.lower().startswith(("content-length", "transfer-enc")) for header in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def slow_reader(address: Address) -> socket.socket:
    """A client with a tiny receive buffer that never reads."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(address)
    return client
