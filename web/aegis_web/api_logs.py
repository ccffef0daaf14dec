"""The output of steps as text, whole, in ranges of bytes, or as it is written."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

from quart import Response, request

from aegis_web.ask import Ask
from aegis_web.auth import RefusedError
from aegis_web.followers import Followers, StreamBody, current_followers
from aegisd.streams import LogPiece, LogStream

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_PATIENCE_S = 3600.0
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Accel-Buffering": "no",
    "Cache-Control": "private, no-cache",
}


async def get_run_log(ask: Ask) -> Response:
    """All of it, step after step. Raises CallError."""
    steps, query = ask.query["step"], ask.query
    stream = await ask.daemon.open_logs(
        ask.path["run"], steps=steps, attempt=0, follow=query["follow"], lines=query["lines"]
    )
    return answer_log(stream, follow=query["follow"])


async def get_step_log(ask: Ask) -> Response:
    """The output of one step, or the range of it that is asked for. Raises CallError and RefusedError."""
    query = ask.query
    follow, lines = query["follow"], query["lines"]

    async def open_at(offset: int) -> LogStream:
        stream = await ask.daemon.open_logs(
            ask.path["run"], steps=[ask.path["step"]], attempt=query["attempt"], follow=follow, lines=lines
        )
        stream.start_at(offset)
        return stream

    asked = None if follow or lines is not None else request.headers.get("Range")
    found = None if asked is None else _RANGE.fullmatch(asked.strip())
    if found is None or not (found[1] or found[2]):
        return answer_log(await open_at(0), follow=follow)
    return await _answer_range(open_at, found[1], found[2])


async def _answer_range(open_at: Callable[[int], Awaitable[LogStream]], first: str, last: str) -> Response:
    piece = await (await open_at(0)).read()
    size = 0 if piece is None else piece.size
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    if start >= stop:
        detail = f"the output has {size} bytes"
        raise RefusedError(416, detail, code="AEG315", headers={"Content-Range": f"bytes */{size}"})
    headers = {**_HEADERS, "Content-Range": f"bytes {start}-{stop - 1}/{size}", "Content-Length": str(stop - start)}
    followers = current_followers()
    pieces = _write(await open_at(start), followers, most=stop - start)
    body = b"" if request.method == "HEAD" else StreamBody(pieces, followers)
    return Response(body, status=206, content_type="text/plain; charset=utf-8", headers=headers)


def answer_log(stream: LogStream, *, follow: bool) -> Response:
    """The output as it is read from `stream`. Raises RefusedError when too many clients follow something."""
    followers = current_followers()
    if follow:
        followers.check_room()
    body = b"" if request.method == "HEAD" else StreamBody(_write(stream, followers), followers)
    return Response(body, content_type="text/plain; charset=utf-8", headers={**_HEADERS, "Accept-Ranges": "bytes"})


async def _write(stream: LogStream, followers: Followers, *, most: int | None = None) -> AsyncGenerator[bytes]:
    left = most

    async def read() -> tuple[LogPiece | None]:
        return (await stream.read(),)

    while left is None or left > 0:
        found: Any = await followers.pause(read, most_s=_PATIENCE_S)
        if found is None or found[0] is None:
            return
        data = found[0].data if left is None else found[0].data[:left]
        left = None if left is None else left - len(data)
        yield data
