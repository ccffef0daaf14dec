"""The output of steps as it comes, across restarts of the daemon: nothing is missed and nothing comes twice.

The daemon is asked from the first byte again and what was given before is left out: it knows nothing of who was there
before its start.
"""

from __future__ import annotations

import time
from binascii import a2b_base64, b2a_base64

from aegisctl.client import NAP_S
from aegisctl.failure import KINDS, Failure
from aegisctl.follow import Item
from aegisctl.times import format_clock
from aegisd.wire.errors import CallError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from aegisctl.client import Client

_FIRST_DELAY_S = 0.1
_BROKEN = KINDS["broken-stream"][0]


def follow_logs(
    client: Client, parameters: dict[str, Any], notice: Callable[[Item], None], *, utc: bool
) -> Iterator[dict[str, Any]]:
    """The answers of ReadLogs with `follow`. Only the first call may fail; later ones are tried again. `notice` is told
    when the daemon goes away, and when it is back."""
    seen: dict[tuple[str, int], int] = {}
    asked = dict(parameters)
    while True:
        try:
            for chunk in client.stream("ReadLogs", follow=True, **asked):
                asked["lines"] = None
                if chunk.get("stopping"):
                    break
                new = _take_new(chunk, seen)
                if new is not None:
                    yield new
            else:
                return
        except Failure as failure:
            if failure.code != _BROKEN:
                raise
        asked["lines"] = None
        _wait_back(client, notice, utc=utc)


def _take_new(chunk: dict[str, Any], seen: dict[tuple[str, int], int]) -> dict[str, Any] | None:
    """`chunk` without the bytes that came before; None where that is all of it."""
    source = (str(chunk.get("step") or ""), int(chunk.get("attempt") or 1))
    data, offset = chunk.get("data") or "", int(chunk.get("offset") or 0)
    known = seen.get(source, offset)
    if known <= offset:
        padding = data.count("=", -2) if data else 0
        seen[source] = offset + len(data) // 4 * 3 - padding
        return chunk
    fresh = a2b_base64(data)
    seen[source] = max(known, offset + len(fresh))
    if offset + len(fresh) <= known:
        return None
    fresh = fresh[known - offset :]
    return {**chunk, "offset": known, "data": b2a_base64(fresh, newline=False).decode()}


def _wait_back(client: Client, notice: Callable[[Item], None], *, utc: bool) -> None:
    """Until the daemon answers again. A call first: a socket that systemd holds accepts before aegisd is there."""
    since, delay = time.monotonic(), _FIRST_DELAY_S
    clock = format_clock(time.time(), utc=utc)
    notice(Item("away", text=f"-- aegisd went away at {clock}, waiting (Ctrl-C to leave) --"))
    while True:
        time.sleep(delay)  # noqa: TID251 - this program does nothing but wait
        try:
            client.call("GetStatus")
        except (Failure, CallError):
            delay = min(NAP_S, delay * 2)
        else:
            break
    notice(Item("back", text=f"-- back after {max(1, round(time.monotonic() - since))} s --"))
