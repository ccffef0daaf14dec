"""What systemd is told while aegisd lives and while it stops (sd_notify(3)): the watchdog, and time for a long stop.

The watchdog is fed through the loop that starts runs and through a read of the store: where one of them is stuck,
aegisd does no good any more and systemd starts it anew. A store that answers with an error is not stuck: a restart
would not help a full disk, and aegisctl says what is wrong.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping

import trio

from aegisd.core.record import StoreError

_log = logging.getLogger("aegisd")

_TOLD_EVERY_S = 5.0
_TIME_ASKED_S = 15.0  # a few times the above: on a busy host one message may come late
_SPARE_S = 60.0

Send = Callable[..., None]


def watchdog_interval(environment: Mapping[str, str], *, pid: int) -> float | None:
    """Seconds between two signs of life: half of what $WATCHDOG_USEC allows. None when nobody watches this process."""
    usec, watched = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", str(pid))
    if not (usec.isascii() and usec.isdigit()) or int(usec) == 0 or watched != str(pid):
        return None
    return int(usec) / 2_000_000


async def feed_watchdog(
    send: Send,
    environment: Mapping[str, str],
    *,
    pid: int,
    turn: Callable[[], Awaitable[None]],
    read: Callable[[], Awaitable[object]],
) -> None:
    """Send `WATCHDOG=1` for ever, each time after `turn` (of the engine's loop) and `read` (of the store) came back."""
    interval = watchdog_interval(environment, pid=pid)
    if interval is None:
        return
    while True:
        due = trio.current_time() + interval
        await turn()
        try:
            await read()
        except StoreError as error:
            _log.error("cannot read the store: %s", error)
        send(WATCHDOG=1)
        await trio.sleep_until(due)


async def ask_for_time(send: Send, *, grace: float) -> None:
    """Have systemd wait longer than $TimeoutStopSec while this runs: as long as runs may take to finish within `grace`
    and then to be ended. What takes longer than that is stuck, and systemd may kill it."""
    with trio.move_on_after(2 * grace + _SPARE_S):
        while True:
            send(EXTEND_TIMEOUT_USEC=int(_TIME_ASKED_S * 1_000_000))
            await trio.sleep(_TOLD_EVERY_S)
