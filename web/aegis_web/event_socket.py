"""`/api/v1/ws`: the events of `/api/v1/stream` over a WebSocket, for programs; same parameters, same cursors.

Each message is a JSON object with one member: `event`, `gap`, `reset`, `bye`, or `alive`, which comes when nothing else
did for a while. What a client sends is not looked at.
"""

import time
from contextlib import aclosing

import trio
from quart import websocket
from quart_trio import QuartTrio

from aegis_web.auth import check_same_site, require
from aegis_web.event_source import FOLLOWING, encode_line, encode_note, open_events
from aegis_web.event_stream import follow_pages
from aegis_web.followers import Followers, current_followers
from aegis_web.params import read_query
from aegisd.core.token import Scope
from aegisd.daemon import Daemon

_GOING_AWAY = 1001


def add_event_socket(app: QuartTrio, daemon: Daemon) -> None:
    """Add the path to `app`."""

    @app.websocket("/api/v1/ws")
    async def ws() -> None:
        check_same_site()
        await require(Scope.READ)
        query = read_query(FOLLOWING, websocket.args)
        followers = current_followers()
        followers.check_room()
        opened = await open_events(daemon, query, last_id=None, now=time.time())
        await websocket.accept()
        followers.count += 1
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_drain)
                if opened.reset is not None:
                    await websocket.send(encode_note("reset", opened.reset, as_sse=False).decode())
                async with aclosing(follow_pages(opened.stream, followers, follow=query["follow"])) as pages:
                    async for page in pages:
                        for item in page:
                            await websocket.send(encode_line(opened.stream, item).decode())
                        if not page:
                            await websocket.send(encode_note("alive", {}, as_sse=False).decode())
                await _leave(followers)
                nursery.cancel_scope.cancel()
        finally:
            followers.count -= 1


async def _drain() -> None:
    """Take what the client sends; the end of it cancels the handler."""
    while True:
        await websocket.receive()


async def _leave(followers: Followers) -> None:
    if followers.is_closing:
        await websocket.send(encode_note("bye", {"reason": "aegisd ends"}, as_sse=False).decode())
        await websocket.close(_GOING_AWAY)
    else:
        await websocket.close(1000)
