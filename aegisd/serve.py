"""The composition root: opens every part in the order of life. Its indentation is the shutdown order.

store, containment, recorder, webhooks, runs, doors: opened outside in, closed inside out. While runs drain, the doors
stay open for those who watch; new runs are refused.
"""

import functools
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import trio

from aegisd import __version__, tuning
from aegisd.adoption import end_leftovers, forget_ended, open_attempts
from aegisd.config.values import Config
from aegisd.control.listener import open_listener
from aegisd.control.server import serve_control
from aegisd.core import events
from aegisd.daemon import Daemon
from aegisd.desks import make_daemon
from aegisd.executors.keepers import KeeperContainment
from aegisd.lock import hold_lock
from aegisd.notify import Notifier
from aegisd.parts import Runs, open_recorder, open_runs
from aegisd.recovery import Recovery, recover_runs
from aegisd.run_log import log_runs
from aegisd.signals import Signals, tell_status, watch_signals
from aegisd.steps.registry import StepRegistry
from aegisd.store.sqlite import SqliteStore, open_store
from aegisd.timeline.identity import Clock, IdentitySource
from aegisd.timeline.recorder import Emission, Recorder
from aegisd.timeline.ring import Ring
from aegisd.vital_signs import feed_watchdog
from aegisd.web_side import keep_web_open
from aegisd.webhook_parts import open_webhooks

_log = logging.getLogger("aegisd")

_LAST_DELIVERIES_S = 2.0
_START_S = 5.0


async def serve(
    config: Config,
    *,
    load: Callable[[], Awaitable[Config]],
    environment: Mapping[str, str],
    step_types: StepRegistry,
) -> None:
    """Run aegisd with `config` until SIGTERM or SIGINT. `load` reads the configuration again for a reload."""
    notifier, clock = Notifier(environment), Clock()
    state_dir = Path(config.daemon.state_dir)
    with hold_lock(state_dir), Signals() as signals:
        new_id = IdentitySource()
        path, synchronous = state_dir / "store.sqlite", config.daemon.synchronous.value
        async with open_store(path, synchronous=synchronous, epoch=new_id().replace("-", "")[:12]) as store:
            ring = Ring(size=config.daemon.event_log_size, last_seq=store.bounds.last_seq)
            async with (
                open_attempts(config.daemon, state_dir=state_dir, boot_id=clock.boot_id) as containment,
                trio.open_nursery() as readers,
                open_recorder(store, ring, clock, new_id) as recorder,
                open_webhooks(config, store, recorder, new_id) as webhooks,
                open_runs(config, store, recorder, containment, clock, environment, step_types) as runs,
            ):
                readers.start_soon(functools.partial(log_runs, ring=ring, store=store))
                readers.start_soon(functools.partial(forget_ended, ring=ring, store=store, forget=containment.forget))
                daemon = make_daemon(config, load, store, ring, recorder, runs, clock, webhooks)
                await _open_for_business(daemon, runs, store, recorder, notifier, environment, containment, signals)
    _log.info("aegisd has stopped")


async def _open_for_business(
    daemon: Daemon,
    runs: Runs,
    store: SqliteStore,
    recorder: Recorder,
    notifier: Notifier,
    environment: Mapping[str, str],
    containment: KeeperContainment,
    signals: Signals,
) -> None:
    """From the first recovered run to the last finished one."""
    config = daemon.config
    control = config.control
    async with (
        open_listener(control.socket, group=control.group, environment=environment) as listener,
        trio.open_nursery() as nursery,
    ):
        unfinished = [run.id for run in await store.unfinished_runs()]
        recovery = await recover_runs(
            store=store,
            recorder=recorder,
            supervisor=runs.supervisor,
            acceptance=runs.acceptance,
            step_types=runs.step_types.specs(),
            adopt=runs.placing.places.adopt,
            wards=containment.wards,
        )
        await end_leftovers(unfinished, recovery.claimed, recorder.folds, containment, socket=control.socket)
        if store.bounds.restored is not None:
            _log.warning("this is a backup of %s: runs of then are ended, cursors are refused", store.bounds.restored)
        subscriptions = daemon.events.subscriptions
        nursery.start_soon(subscriptions.run)
        await daemon.desks.telemetry.configure(config)
        await subscriptions.configure(config.subscriptions)
        await _tell_start(store, recorder, recovery)
        await nursery.start(runs.placing.places.run)
        await nursery.start(runs.supervisor.run)
        nursery.start_soon(runs.retention.run)
        nursery.start_soon(daemon.triggers.run)
        nursery.start_soon(daemon.desks.telemetry.run)
        await nursery.start(
            functools.partial(
                serve_control, daemon, listener=listener, operators=control.operators, version=__version__
            )
        )
        nursery.start_soon(functools.partial(keep_web_open, daemon, environment=environment))
        nursery.start_soon(tell_status, runs.supervisor, notifier)
        turn, read = runs.supervisor.turn, functools.partial(store.get_run, 0)
        nursery.start_soon(
            functools.partial(feed_watchdog, notifier.send, environment, pid=os.getpid(), turn=turn, read=read)
        )
        nursery.start_soon(_give_back)
        _log.info("aegisd %s is ready on %s", __version__, control.socket)
        await watch_signals(signals, daemon, runs.supervisor, recorder, notifier, on_stop=config.daemon.on_stop)
        await subscriptions.finish(_LAST_DELIVERIES_S)
        nursery.cancel_scope.cancel()


async def _give_back() -> None:
    """Once the start is over, and HTTP imported: what only these needed goes back to the host."""
    await trio.sleep(_START_S)
    tuning.give_back()


async def _tell_start(store: SqliteStore, recorder: Recorder, recovery: Recovery) -> None:
    started = events.DaemonStarted(
        version=__version__,
        pid=os.getpid(),
        epoch=store.bounds.epoch,
        interrupted=recovery.interrupted,
        adopted=recovery.adopted,
    )
    await recorder.record(Emission(data=started, time=recorder.clock.now()))
    await store.settle()
