"""`GET /api/v1/stream`: events as they happen, as server-sent events, or a JSON object a line for those who ask so.

Events are pulled from the timeline as fast as the client takes them: a slow client costs no memory and holds nobody
up. What came within a tenth of a second goes out together, so that a flood of events is not a flood of writes.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import trio
from quart import Response, request

from aegis_web.ask import Ask
from aegis_web.event_source import Opened, encode_line, encode_note, encode_sse, open_events
from aegis_web.followers import Followers, StreamBody, current_followers
from aegisd.streams import EventStream

HEARTBEAT_S = 15.0
_TOGETHER_S = 0.1
_RETRY = b"retry: 2000\n\n"
SSE = "text/event-stream"
NDJSON = "application/x-ndjson"


async def stream_events(ask: Ask) -> Response:
    """The answer to `ask`, an `Ask` with the values of `FOLLOWING`."""
    followers = current_followers()
    followers.check_room()
    as_sse = request.accept_mimetypes.best_match([SSE, NDJSON], default=SSE) == SSE
    last_id = request.headers.get("Last-Event-ID")
    opened = await open_events(ask.daemon, ask.query, last_id=last_id, now=time.time())
    headers = {"X-Accel-Buffering": "no", "Vary": "Accept"}
    content_type = SSE if as_sse else NDJSON
    if request.method == "HEAD":
        return Response(b"", content_type=content_type, headers=headers)
    pieces = _write(opened, followers, as_sse=as_sse, follow=ask.query["follow"])
    return Response(StreamBody(pieces, followers), content_type=content_type, headers=headers)


async def _write(opened: Opened, followers: Followers, *, as_sse: bool, follow: bool) -> AsyncGenerator[bytes]:
    end = b"" if as_sse else b"\n"
    if as_sse:
        yield _RETRY
    if opened.reset is not None:
        yield encode_note("reset", opened.reset, as_sse=as_sse) + end
    encode = encode_sse if as_sse else encode_line
    async with aclosing(follow_pages(opened.stream, followers, follow=follow)) as pages:
        async for page in pages:
            if page:
                yield b"".join(encode(opened.stream, item) + end for item in page)
            else:
                yield b": still here\n\n" if as_sse else b"\n"
    if followers.is_closing:
        yield encode_note("bye", {"reason": "aegisd ends"}, as_sse=as_sse) + end


async def follow_pages(stream: EventStream, followers: Followers, *, follow: bool) -> AsyncGenerator[list[Any]]:
    """Pages of events; an empty one when nothing happened for a while. Ends when there will be no more."""
    while not followers.is_closing:
        page = await stream.read()
        if page:
            yield page
            if follow:
                await followers.pause(trio.sleep_forever, most_s=_TOGETHER_S)
            continue
        if not follow:
            return
        more = await followers.pause(stream.wait, most_s=HEARTBEAT_S)
        if more is False:
            return
        if more is None and not followers.is_closing:
            yield []
    page = await stream.read()
    if page:
        yield page
