"""The parts of aegisd and how they are opened: the recorder, what carries runs out, and the object the doors hold."""

import os
import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio
from attrs import frozen

from aegisd import __version__
from aegisd.abilities import confine_executor, list_secrets
from aegisd.acceptance import Acceptance
from aegisd.config.values import Config
from aegisd.core.model import Result
from aegisd.daemon import Daemon
from aegisd.diagnosis.desk import make_diagnosis
from aegisd.engine.attempt import Attempts
from aegisd.engine.environment import inherit
from aegisd.engine.order import RunOrder
from aegisd.engine.runner import Runner
from aegisd.engine.supervisor import Supervisor
from aegisd.executors.confined import ConfinedExecutor
from aegisd.executors.local import LocalExecutor
from aegisd.retention import Retention
from aegisd.steps import STEP_TYPES
from aegisd.store.logs import LogStore
from aegisd.store.sqlite import SqliteStore
from aegisd.subscribing import Programs, make_event_desk
from aegisd.timeline.identity import Clock
from aegisd.timeline.recorder import Recorder
from aegisd.timeline.ring import Ring

_LINGER_S = 0.005


@frozen(kw_only=True)
class Runs:
    """The parts that carry runs out."""

    supervisor: Supervisor
    acceptance: Acceptance
    retention: Retention
    logs: LogStore
    executor: LocalExecutor
    confined: ConfinedExecutor
    environment: Mapping[str, str]
    programs: Programs


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
    confined = confine_executor(executor, config, environment)
    inherited = inherit(environment, socket=config.control.socket)
    async with trio.open_nursery() as nursery:

        def make_runner(order: RunOrder) -> Runner:
            attempts = Attempts(
                order=order, step_types=STEP_TYPES, executor=confined, logs=logs, inherited=inherited, wall=clock.wall
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
        yield Runs(
            supervisor=supervisor,
            acceptance=acceptance,
            retention=retention,
            logs=logs,
            executor=executor,
            confined=confined,
            environment=environment,
            programs=Programs(executor=executor, inherited=inherited),
        )
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
        runs.confined.secrets = list_secrets(new, runs.environment)
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
        diagnosis=make_diagnosis(
            lambda: daemon.config,
            environment=runs.environment,
            wall=clock.wall,
            boottime=clock.boottime,
            containment=runs.executor.containment,
        ),
        events=make_event_desk(config, store=store, ring=ring, recorder=recorder, programs=runs.programs),
    )
    return daemon
