"""What signals do to aegisd, and the line that `systemctl status` shows of it."""

import functools
import logging
import math
import signal
from types import FrameType
from typing import Self

import trio

from aegisd.config.values import OnStop
from aegisd.core import events
from aegisd.daemon import Daemon
from aegisd.engine.supervisor import Supervisor
from aegisd.notify import Notifier
from aegisd.timeline.recorder import Emission, Recorder
from aegisd.vital_signs import ask_for_time
from aegisd.wire.errors import CallError

_log = logging.getLogger("aegisd")

_STATUS_S = 1.0
_HANDLED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Signals:
    """SIGTERM, SIGINT and SIGHUP as a channel, from `listen` to the end of the program.

    The block is around all that aegisd has open, and whoever reads the channel may stop reading before: while stores
    and books are being closed a signal changes nothing, and behind the block it finds nothing left to end. That is why
    it is not `trio.open_signal_receiver`, behind which the next SIGTERM would kill aegisd while it closes. Before
    `listen` a signal ends aegisd on the spot: nothing has begun yet that would have to end well.
    """

    def __init__(self) -> None:
        self._send, self._receive = trio.open_memory_channel[int](math.inf)
        self._token: trio.lowlevel.TrioToken | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._token is not None:
            for number in _HANDLED:
                signal.signal(number, signal.SIG_IGN)

    def listen(self) -> trio.MemoryReceiveChannel[int]:
        """The numbers of the signals that come from now on."""
        self._token = trio.lowlevel.current_trio_token()
        for number in _HANDLED:
            signal.signal(number, self._take)
        return self._receive

    def _take(self, number: int, _frame: FrameType | None) -> None:
        if self._token is not None:
            self._token.run_sync_soon(self._send.send_nowait, number)


async def watch_signals(
    signals: Signals,
    daemon: Daemon,
    supervisor: Supervisor,
    recorder: Recorder,
    notifier: Notifier,
    *,
    on_stop: OnStop,
) -> None:
    """Reload on SIGHUP; on SIGTERM or SIGINT let runs drain, on a second one cancel them. With `on_stop = "adopt"`
    SIGTERM leaves them to the next aegisd instead. Returns when all have ended or are left."""
    hurry = trio.Event()
    numbers = signals.listen()
    notifier.send(READY=1)
    async with trio.open_nursery() as nursery:
        async for number in numbers:
            if number == signal.SIGHUP:
                nursery.start_soon(_reload, daemon, notifier)
            elif supervisor.draining:
                hurry.set()
            else:
                notifier.send(STOPPING=1)
                grace = daemon.config.daemon.grace
                nursery.start_soon(functools.partial(ask_for_time, notifier.send, grace=grace))
                adopt = on_stop is OnStop.ADOPT and number == signal.SIGTERM
                stop = functools.partial(_drain, daemon, supervisor, recorder, number, adopt=adopt, hurry=hurry)
                nursery.start_soon(stop, nursery.cancel_scope)


async def _drain(
    daemon: Daemon,
    supervisor: Supervisor,
    recorder: Recorder,
    number: int,
    scope: trio.CancelScope,
    *,
    adopt: bool,
    hurry: trio.Event,
) -> None:
    grace, executing = daemon.config.daemon.grace, supervisor.executing
    if adopt:
        _log.info("stopping: %d runs are left to the next aegisd", len(executing))
    else:
        _log.info("stopping: %d runs have %g s to finish", len(executing), grace)
    supervisor.draining = True
    name = signal.Signals(number).name
    stopping = events.DaemonStopping(reason=name, grace_s=grace, executing=tuple(executing), adopt=adopt)
    await recorder.record(Emission(data=stopping, time=recorder.clock.now()))
    if adopt:
        await supervisor.leave(grace=grace, hurry=hurry)
    await supervisor.finish(grace=grace, hurry=hurry)
    scope.cancel()


async def _reload(daemon: Daemon, notifier: Notifier) -> None:
    notifier.send(RELOADING=1, MONOTONIC_USEC=int(trio.current_time() * 1_000_000))
    try:
        changes = await daemon.reload(by="SIGHUP")
    except CallError as error:
        _log.error("reload refused, the old configuration stays: %s", error)
    else:
        _log.info("configuration reloaded: %s", "; ".join(changes))
    notifier.send(READY=1)


async def tell_status(supervisor: Supervisor, notifier: Notifier) -> None:
    """Keep the line that `systemctl status` shows."""
    shown = ""
    while True:
        status = f"{len(supervisor.holding)} running, {supervisor.queued} queued"
        status += f", drained by {supervisor.drained_by}" if supervisor.drained_by else ""
        if status != shown:
            notifier.send(STATUS=status)
            shown = status
        await trio.sleep(_STATUS_S)
