"""What signals do to aegisd, and the line that `systemctl status` shows of it."""

import functools
import logging
import signal

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


async def watch_signals(
    daemon: Daemon, supervisor: Supervisor, recorder: Recorder, notifier: Notifier, *, on_stop: OnStop
) -> None:
    """Reload on SIGHUP; on SIGTERM or SIGINT let runs drain, on a second one cancel them. With `on_stop = "adopt"`
    SIGTERM leaves them to the next aegisd instead. Returns when all have ended or are left."""
    hurry = trio.Event()
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT, signal.SIGHUP) as signals:
        notifier.send(READY=1)
        async with trio.open_nursery() as nursery:
            async for number in signals:
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
