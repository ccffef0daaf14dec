"""The parts of aegisd that work by themselves, and how they are opened: the recorder, and what carries runs out."""

import functools
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import trio
from attrs import frozen

from aegisd.abilities import confine_executor, list_secrets
from aegisd.acceptance import Acceptance
from aegisd.artifact_parts import ArtifactParts, open_artifacts
from aegisd.config.values import Config, OnStop
from aegisd.core.model import Result
from aegisd.engine.approvals import Approvals
from aegisd.engine.around import Outside
from aegisd.engine.attempt import Attempts
from aegisd.engine.drop import MODE as DROP_MODE
from aegisd.engine.emitter import Emitter
from aegisd.engine.environment import inherit
from aegisd.engine.harvest import Harvester
from aegisd.engine.order import RunOrder
from aegisd.engine.places import Places
from aegisd.engine.runner import Runner
from aegisd.engine.supervisor import Supervisor
from aegisd.engine.tokens import AttemptTokens
from aegisd.executor_parts import ExecutorParts
from aegisd.executors.confined import ConfinedExecutor, Executor
from aegisd.executors.containment import Containment
from aegisd.executors.local import LocalExecutor
from aegisd.explanation import read_ends
from aegisd.retention import Retention
from aegisd.services.registry import Services
from aegisd.steps.registry import StepRegistry
from aegisd.store.folder_pool import FolderPool
from aegisd.store.logs import LogStore
from aegisd.store.sqlite import SqliteStore
from aegisd.stored_definition import complete_definition
from aegisd.subscribing import Programs
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
    placing: ExecutorParts
    confined: ConfinedExecutor
    environment: Mapping[str, str]
    tokens: AttemptTokens
    emitter: Emitter
    artifacts: ArtifactParts
    programs: Programs
    services: Services
    approvals: Approvals
    step_types: StepRegistry

    def configure(self, config: Config) -> None:
        """Settings of a configuration that comes into force."""
        self.executor.grace = config.daemon.grace
        self.retention.keep = config.daemon.keep
        self.confined.secrets = list_secrets(config, self.environment)
        self.artifacts.configure(config.artifacts)
        self.services.configure(config.services)
        self.placing.configure(config)


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
    step_types: StepRegistry,
) -> AsyncIterator[Runs]:
    """The parts that carry runs out; the block must not be left before the supervisor has finished."""
    runs_dir = Path(config.daemon.state_dir) / "runs"
    clear_staged(runs_dir)
    logs = LogStore(runs_dir, wall=clock.wall)
    executor, confined, placing = _make_executors(config, store, recorder, containment, environment)
    tokens, emitter = AttemptTokens(), Emitter(recorder=recorder)
    artifacts = await open_artifacts(config, store=store, recorder=recorder, step_types=step_types.types)
    inherited = inherit(environment, socket=config.control.socket)
    outside = _make_outside(config, store, services := _make_services(config, recorder), runs_dir / ".spare")
    make_runner = _runner_maker(
        step_types=step_types,
        outside=outside,
        executor=confined,
        logs=logs,
        inherited=inherited,
        tokens=tokens,
        emitter=emitter,
        harvester=artifacts.harvester,
        recorder=recorder,
        places=placing.places,
    )
    async with trio.open_nursery() as nursery:

        def on_end(order: RunOrder, result: Result) -> None:
            _tidy_up(nursery, retention, outside, order, result)

        supervisor = _make_supervisor(config, recorder, make_runner=make_runner, on_end=on_end)
        acceptance = _make_acceptance(store, recorder, supervisor, runs_dir, environment)
        retention = _make_retention(config, store, artifacts, clock, supervisor, runs_dir)
        await nursery.start(logs.run)
        await nursery.start(services.run)
        yield Runs(
            supervisor=supervisor,
            acceptance=acceptance,
            retention=retention,
            logs=logs,
            executor=executor,
            placing=placing,
            confined=confined,
            environment=environment,
            tokens=tokens,
            emitter=emitter,
            artifacts=artifacts,
            programs=Programs(executor=executor, inherited=inherited),
            services=services,
            approvals=outside.approvals,
            step_types=step_types,
        )
        nursery.cancel_scope.cancel()


def _tidy_up(nursery: trio.Nursery, retention: Retention, outside: Outside, order: RunOrder, result: Result) -> None:
    """What goes from the disk at the end of a run; what takes time, in a worker thread."""
    if result is not Result.SUCCESS:
        nursery.start_soon(trio.to_thread.run_sync, retention.drop_left, order.run)
    elif order.own_dir and not outside.workspaces.take_back(order.dir):
        nursery.start_soon(trio.to_thread.run_sync, retention.drop_workspace, order.dir)


def _make_executors(
    config: Config,
    store: SqliteStore,
    recorder: Recorder,
    containment: Containment,
    environment: Mapping[str, str],
) -> tuple[LocalExecutor, ConfinedExecutor, ExecutorParts]:
    """The host itself, bare and confined, and the executors that steps may name."""
    executor = LocalExecutor(containment=containment, grace=config.daemon.grace)
    confined = confine_executor(executor, config, environment)
    epoch = store.bounds.epoch
    placing = ExecutorParts(config, recorder=recorder, here=confined, instance=epoch, environment=environment)
    return executor, confined, placing


def _make_services(config: Config, recorder: Recorder) -> Services:
    services = Services(recorder=recorder, chance=random.random)
    services.configure(config.services)
    return services


def _make_acceptance(
    store: SqliteStore,
    recorder: Recorder,
    supervisor: Supervisor,
    runs_dir: Path,
    environment: Mapping[str, str],
) -> Acceptance:
    return Acceptance(
        recorder=recorder,
        supervisor=supervisor,
        runs_dir=runs_dir,
        last_run=store.bounds.last_run,
        complete=functools.partial(complete_definition, environment=environment),
    )


def _make_outside(config: Config, store: SqliteStore, services: Services, spare: Path) -> Outside:
    """What all runs share beyond this process. Empty folders wait in `spare`."""
    return Outside(
        caller=services,
        approvals=Approvals(),
        epoch=store.bounds.epoch,
        recall=functools.partial(read_ends, store),
        keeps=config.daemon.on_stop is OnStop.ADOPT,
        workspaces=FolderPool(spare),
        drops=FolderPool(spare, mode=DROP_MODE),
    )


def _make_retention(
    config: Config,
    store: SqliteStore,
    artifacts: ArtifactParts,
    clock: Clock,
    supervisor: Supervisor,
    runs_dir: Path,
) -> Retention:
    return Retention(
        artifacts=artifacts.retention,
        store=store,
        runs_dir=runs_dir,
        keep=config.daemon.keep,
        directories=lambda: supervisor.directories,
        clock=clock,
    )


def _make_supervisor(
    config: Config,
    recorder: Recorder,
    *,
    make_runner: Callable[[RunOrder], Runner],
    on_end: Callable[[RunOrder, Result], None],
) -> Supervisor:
    slots, queue_limit = config.daemon.runs, config.daemon.queue_limit
    supervisor = Supervisor(
        recorder=recorder,
        clock=recorder.clock,
        make_runner=make_runner,
        on_end=on_end,
        slots=slots,
        queue_limit=queue_limit,
    )
    supervisor.configure(config.workflows, slots=slots, queue_limit=queue_limit)
    return supervisor


def _runner_maker(
    *,
    step_types: StepRegistry,
    outside: Outside,
    executor: Executor,
    logs: LogStore,
    inherited: Mapping[str, str],
    tokens: AttemptTokens,
    emitter: Emitter,
    harvester: Harvester,
    recorder: Recorder,
    places: Places,
) -> Callable[[RunOrder], Runner]:
    """What makes the runner of an order, of parts that all runs share."""

    def make_runner(order: RunOrder) -> Runner:
        attempts = Attempts(
            order=order,
            step_types=step_types.types,
            executor=executor,
            logs=logs,
            inherited=inherited,
            tokens=tokens,
            emitter=emitter,
            wall=recorder.clock.wall,
            outside=outside,
            clock=recorder.clock,
            places=places,
        )
        return Runner(
            order=order,
            attempts=attempts,
            harvester=harvester,
            recorder=recorder,
            clock=recorder.clock,
            chance=random.random,
        )

    return make_runner
