"""The parts of aegisd that work by themselves, and how they are opened: the recorder, and what carries runs out."""

import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import trio
from attrs import frozen

from aegisd.abilities import confine_executor
from aegisd.acceptance import Acceptance
from aegisd.config.values import Config
from aegisd.core.model import Result
from aegisd.engine.attempt import Attempts
from aegisd.engine.emitter import Emitter
from aegisd.engine.environment import inherit
from aegisd.engine.order import RunOrder
from aegisd.engine.runner import Runner
from aegisd.engine.supervisor import Supervisor
from aegisd.engine.tokens import AttemptTokens
from aegisd.executors.confined import ConfinedExecutor
from aegisd.executors.containment import Containment
from aegisd.executors.local import LocalExecutor
from aegisd.retention import Retention
from aegisd.steps import STEP_TYPES
from aegisd.store.logs import LogStore
from aegisd.store.sqlite import SqliteStore
from aegisd.timeline.identity import Clock
from aegisd.timeline.recorder import Recorder
from aegisd.timeline.ring import Ring
from aegisd.trigger_file import clear_staged

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
    tokens: AttemptTokens
    emitter: Emitter


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
    config: Config,
    store: SqliteStore,
    recorder: Recorder,
    containment: Containment,
    clock: Clock,
    environment: Mapping[str, str],
) -> AsyncIterator[Runs]:
    """The parts that carry runs out; the block must not be left before the supervisor has finished."""
    runs_dir = Path(config.daemon.state_dir) / "runs"
    clear_staged(runs_dir)
    logs = LogStore(runs_dir, wall=clock.wall)
    executor = LocalExecutor(containment=containment, grace=config.daemon.grace)
    confined = confine_executor(executor, config, environment)
    tokens, emitter = AttemptTokens(), Emitter(recorder=recorder)
    inherited = inherit(environment, socket=config.control.socket)
    async with trio.open_nursery() as nursery:

        def make_runner(order: RunOrder) -> Runner:
            attempts = Attempts(
                order=order,
                step_types=STEP_TYPES,
                executor=confined,
                logs=logs,
                inherited=inherited,
                tokens=tokens,
                emitter=emitter,
                wall=clock.wall,
            )
            return Runner(order=order, attempts=attempts, recorder=recorder, clock=clock, chance=random.random)

        def on_end(order: RunOrder, result: Result) -> None:
            if result is Result.SUCCESS and order.own_dir:
                nursery.start_soon(trio.to_thread.run_sync, retention.drop_workspace, order.dir)

        slots, limit = config.daemon.runs, config.daemon.queue_limit
        supervisor = Supervisor(
            recorder=recorder, clock=clock, make_runner=make_runner, on_end=on_end, slots=slots, queue_limit=limit
        )
        supervisor.configure(config.workflows, slots=slots, queue_limit=limit)
        acceptance = Acceptance(
            recorder=recorder, supervisor=supervisor, runs_dir=runs_dir, last_run=store.bounds.last_run
        )
        retention = _make_retention(config, store, clock, supervisor, runs_dir)
        await nursery.start(logs.run)
        yield Runs(
            supervisor=supervisor,
            acceptance=acceptance,
            retention=retention,
            logs=logs,
            executor=executor,
            confined=confined,
            environment=environment,
            tokens=tokens,
            emitter=emitter,
        )
        nursery.cancel_scope.cancel()


def _make_retention(
    config: Config, store: SqliteStore, clock: Clock, supervisor: Supervisor, runs_dir: Path
) -> Retention:
    return Retention(
        store=store,
        runs_dir=runs_dir,
        keep=config.daemon.keep,
        directories=lambda: supervisor.directories,
        clock=clock,
    )
