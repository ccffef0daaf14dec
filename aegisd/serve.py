"""The composition root: opens every part in the order of life. Its indentation is the shutdown order.

store, recorder, runs, doors: opened outside in, closed inside out. While runs drain, the doors stay open for those who
watch; new runs are refused.
"""

import functools
import logging
import os
import random
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio
from attrs import frozen

from aegisd import __version__
from aegisd.acceptance import Acceptance
from aegisd.config.values import Config
from aegisd.control.listener import open_listener
from aegisd.control.server import serve_control
from aegisd.core import events
from aegisd.core.model import Result
from aegisd.daemon import Daemon
from aegisd.engine.attempt import Attempts
from aegisd.engine.environment import inherit
from aegisd.engine.order import RunOrder
from aegisd.engine.runner import Runner
from aegisd.engine.supervisor import Supervisor
from aegisd.executors.leftovers import kill_leftovers
from aegisd.executors.local import LocalExecutor
from aegisd.lock import hold_lock
from aegisd.notify import Notifier
from aegisd.recovery import recover_runs
from aegisd.retention import Retention
from aegisd.steps import SPECS, STEP_TYPES
from aegisd.store.logs import LogStore
from aegisd.store.sqlite import SqliteStore, open_store
from aegisd.timeline.identity import Clock, IdentitySource
from aegisd.timeline.recorder import Emission, Recorder
from aegisd.timeline.ring import Ring
from aegisd.vital_signs import ask_for_time, feed_watchdog
from aegisd.wire.errors import CallError

_log = logging.getLogger("aegisd")

_LINGER_S = 0.005
_STATUS_S = 1.0


@frozen(kw_only=True)
class Runs:
    """The parts that carry runs out."""

    supervisor: Supervisor
    acceptance: Acceptance
    retention: Retention
    logs: LogStore
    executor: LocalExecutor


async def serve(config: Config, *, load: Callable[[], Awaitable[Config]], environment: Mapping[str, str]) -> None:
    """Run aegisd with `config` until SIGTERM or SIGINT. `load` reads the configuration again for a reload."""
    notifier, clock = Notifier(environment), Clock()
    state_dir = Path(config.daemon.state_dir)
    with hold_lock(state_dir):
        new_id = IdentitySource()
        path, synchronous = state_dir / "store.sqlite", config.daemon.synchronous.value
        async with open_store(path, synchronous=synchronous, epoch=new_id().replace("-", "")[:12]) as store:
            ring = Ring(size=config.daemon.event_log_size, last_seq=store.bounds.last_seq)
            async with (
                open_recorder(store, ring, clock, new_id) as recorder,
                open_runs(config, store, recorder, clock, environment) as runs,
            ):
                daemon = make_daemon(config, load, store, ring, recorder, runs, clock)
                await _open_for_business(daemon, runs, store, recorder, notifier, environment)
    _log.info("aegisd has stopped")


@asynccontextmanager
async def open_recorder(
    store: SqliteStore, ring: Ring, clock: Clock, new_id: Callable[[], str]
) -> AsyncIterator[Recorder]:
    """A recorder that writes until the block is left, and everything it was given before it is left."""
    recorder = Recorder(
        store=store, ring=ring, clock=clock, new_id=new_id, last_seq=store.bounds.last_seq, linger=_LINGER_S
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(recorder.run)
        try:
            yield recorder
        finally:
            recorder.close()


@asynccontextmanager
async def open_runs(
    config: Config, store: SqliteStore, recorder: Recorder, clock: Clock, environment: Mapping[str, str]
) -> AsyncIterator[Runs]:
    """The parts that carry runs out; the block must not be left before the supervisor has finished."""
    runs_dir = Path(config.daemon.state_dir) / "runs"
    logs = LogStore(runs_dir, wall=clock.wall)
    executor = LocalExecutor(grace=config.daemon.grace)
    inherited = inherit(environment, socket=config.control.socket)
    async with trio.open_nursery() as nursery:

        def make_runner(order: RunOrder) -> Runner:
            attempts = Attempts(
                order=order, step_types=STEP_TYPES, executor=executor, logs=logs, inherited=inherited, wall=clock.wall
            )
            return Runner(order=order, attempts=attempts, recorder=recorder, clock=clock, chance=random.random)

        def on_end(order: RunOrder, result: Result) -> None:
            if result is Result.SUCCESS and order.own_dir:
                nursery.start_soon(trio.to_thread.run_sync, retention.drop_workspace, order.dir)

        supervisor = Supervisor(
            recorder=recorder,
            clock=clock,
            make_runner=make_runner,
            on_end=on_end,
            slots=config.daemon.runs,
            queue_limit=config.daemon.queue_limit,
        )
        supervisor.configure(config.workflows, slots=config.daemon.runs, queue_limit=config.daemon.queue_limit)
        acceptance = Acceptance(
            recorder=recorder, supervisor=supervisor, runs_dir=runs_dir, last_run=store.bounds.last_run
        )
        retention = Retention(
            store=store,
            runs_dir=runs_dir,
            keep=config.daemon.keep,
            directories=lambda: supervisor.directories,
            clock=clock,
        )
        await nursery.start(logs.run)
        yield Runs(supervisor=supervisor, acceptance=acceptance, retention=retention, logs=logs, executor=executor)
        nursery.cancel_scope.cancel()


def make_daemon(
    config: Config,
    load: Callable[[], Awaitable[Config]],
    store: SqliteStore,
    ring: Ring,
    recorder: Recorder,
    runs: Runs,
    clock: Clock,
) -> Daemon:
    """The object that the doors hold."""
    started_at, loaded_at = clock.now(), [clock.now()]

    async def load_again() -> Config:
        new = await load()
        runs.executor.grace = new.daemon.grace
        runs.retention.keep = new.daemon.keep
        loaded_at[0] = clock.now()
        return new

    async def about() -> dict[str, Any]:
        now = daemon.config
        disk = await trio.to_thread.run_sync(shutil.disk_usage, now.daemon.state_dir)
        used = runs.retention.used_bytes + (await store.status())["file_bytes"]
        keep = now.daemon.keep
        return {
            "version": __version__,
            "name": now.daemon.name,
            "pid": os.getpid(),
            "started_at": started_at,
            "config": {"path": now.path, "files": list(now.files), "loaded_at": loaded_at[0]},
            "socket": now.control.socket,
            "state_dir": now.daemon.state_dir,
            "disk": {"used_bytes": used, "free_bytes": disk.free, "total_bytes": disk.total},
            "keep": {"runs": keep.runs, "days": keep.days, "logs_bytes": keep.logs},
            "containment": runs.executor.containment,
        }

    daemon = Daemon(
        config=config,
        load=load_again,
        about=about,
        store=store,
        ring=ring,
        recorder=recorder,
        supervisor=runs.supervisor,
        acceptance=runs.acceptance,
        logs=runs.logs,
        step_types=STEP_TYPES,
    )
    return daemon


async def _open_for_business(
    daemon: Daemon,
    runs: Runs,
    store: SqliteStore,
    recorder: Recorder,
    notifier: Notifier,
    environment: Mapping[str, str],
) -> None:
    """From the first recovered run to the last finished one."""
    config = daemon.config
    control = config.control
    async with (
        open_listener(control.socket, group=control.group, environment=environment) as listener,
        trio.open_nursery() as nursery,
    ):
        if unfinished := [run.id for run in await store.unfinished_runs()]:
            await kill_leftovers(unfinished, socket=control.socket)
        interrupted = await recover_runs(
            store=store,
            recorder=recorder,
            supervisor=runs.supervisor,
            acceptance=runs.acceptance,
            step_types=SPECS,
        )
        started = events.DaemonStarted(
            version=__version__, pid=os.getpid(), epoch=store.bounds.epoch, interrupted=interrupted
        )
        await recorder.record(Emission(data=started, time=recorder.clock.now()))
        await nursery.start(runs.supervisor.run)
        nursery.start_soon(runs.retention.run)
        await nursery.start(
            functools.partial(
                serve_control, daemon, listener=listener, operators=control.operators, version=__version__
            )
        )
        nursery.start_soon(_tell_status, runs.supervisor, notifier)
        turn, read = runs.supervisor.turn, functools.partial(store.get_run, 0)
        nursery.start_soon(
            functools.partial(feed_watchdog, notifier.send, environment, pid=os.getpid(), turn=turn, read=read)
        )
        _log.info("aegisd %s is ready on %s", __version__, control.socket)
        await _watch_signals(daemon, runs.supervisor, recorder, notifier)
        nursery.cancel_scope.cancel()


async def _watch_signals(daemon: Daemon, supervisor: Supervisor, recorder: Recorder, notifier: Notifier) -> None:
    """Reload on SIGHUP; on SIGTERM or SIGINT let runs drain, on a second one cancel them. Returns when all have
    ended."""
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
                    nursery.start_soon(_drain, daemon, supervisor, recorder, number, hurry, nursery.cancel_scope)


async def _drain(
    daemon: Daemon,
    supervisor: Supervisor,
    recorder: Recorder,
    number: int,
    hurry: trio.Event,
    scope: trio.CancelScope,
) -> None:
    grace, executing = daemon.config.daemon.grace, supervisor.executing
    _log.info("stopping: %d runs have %g s to finish", len(executing), grace)
    supervisor.draining = True
    stopping = events.DaemonStopping(reason=signal.Signals(number).name, grace_s=grace, executing=tuple(executing))
    await recorder.record(Emission(data=stopping, time=recorder.clock.now()))
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


async def _tell_status(supervisor: Supervisor, notifier: Notifier) -> None:
    """Keep the line that `systemctl status` shows."""
    shown = ""
    while True:
        status = f"{len(supervisor.executing)} running, {len(supervisor.waiting)} queued"
        status += f", drained by {supervisor.drained_by}" if supervisor.drained_by else ""
        if status != shown:
            notifier.send(STATUS=status)
            shown = status
        await trio.sleep(_STATUS_S)
