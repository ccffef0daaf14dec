"""The object that the doors hold, and the desks that it is asked at: each knows one topic."""

import os
import shutil
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import trio

from aegisd import __version__
from aegisd.access_desk import AccessDesk
from aegisd.approval_desk import ApprovalDesk
from aegisd.config.values import Config
from aegisd.daemon import Daemon
from aegisd.desk_set import Desks
from aegisd.diagnosis.desk import Diagnosis, make_diagnosis
from aegisd.emit_desk import EmitDesk
from aegisd.event_desk import EventDesk
from aegisd.executor_desk import ExecutorDesk
from aegisd.history_desk import HistoryDesk
from aegisd.hook_desk import HookDesk
from aegisd.log_desk import LogDesk
from aegisd.page_desk import PageDesk
from aegisd.parts import Runs
from aegisd.plugin_desk import PluginDesk
from aegisd.replay_desk import ReplayDesk
from aegisd.result_desk import ResultDesk
from aegisd.service_desk import ServiceDesk
from aegisd.store.sqlite import SqliteStore
from aegisd.subscribing import make_event_desk
from aegisd.telemetry_desk import TelemetryDesk
from aegisd.timeline.identity import Clock
from aegisd.timeline.recorder import Recorder
from aegisd.timeline.ring import Ring
from aegisd.trigger_desk import TriggerDesk
from aegisd.webhook_desk import WebhookDesk


def make_daemon(
    config: Config,
    load: Callable[[], Awaitable[Config]],
    store: SqliteStore,
    ring: Ring,
    recorder: Recorder,
    runs: Runs,
    clock: Clock,
    webhooks: WebhookDesk,
) -> Daemon:
    """The object that the doors hold."""
    started_at, loaded_at = clock.now(), [clock.now()]

    async def load_again() -> Config:
        new = await load()
        runs.configure(new)
        await telemetry.configure(new)
        loaded_at[0] = clock.now()
        return new

    async def about() -> dict[str, Any]:
        config = daemon.config
        return await _about(config, store, runs, {"started_at": started_at, "loaded_at": loaded_at[0]})

    triggers = _make_triggers(config, store, recorder, runs)
    event_desk = make_event_desk(config, store=store, ring=ring, recorder=recorder, programs=runs.programs)
    telemetry = _make_telemetry(store, ring, clock, runs, event_desk, lambda: daemon.config)
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
        triggers=triggers,
        emits=EmitDesk(recorder=recorder, store=store, emitter=runs.emitter),
        tokens=runs.tokens,
        access=AccessDesk(store=store, recorder=recorder, current=lambda: daemon.config),
        histories=HistoryDesk(store=store, step_types=runs.step_types.types),
        hooks=HookDesk(
            acceptance=runs.acceptance,
            store=store,
            clock=clock,
            current=lambda: daemon.config,
            remember=triggers.remember,
        ),
        step_types=runs.step_types.types,
        desks=_make_desks(runs, store, recorder, telemetry, lambda: daemon.config),
        diagnosis=_make_diagnosis(lambda: daemon.config, runs, clock),
        artifacts=runs.artifacts.desk,
        events=event_desk,
        webhooks=webhooks,
    )
    return daemon


async def _about(config: Config, store: SqliteStore, runs: Runs, times: Mapping[str, str]) -> dict[str, Any]:
    """Facts about this aegisd for its status."""
    disk = await trio.to_thread.run_sync(shutil.disk_usage, config.daemon.state_dir)
    used = runs.retention.used_bytes + (await store.status())["file_bytes"]
    keep = config.daemon.keep
    return {
        "version": __version__,
        "name": config.daemon.name,
        "pid": os.getpid(),
        "started_at": times["started_at"],
        "config": {"path": config.path, "files": list(config.files), "loaded_at": times["loaded_at"]},
        "socket": config.control.socket,
        "state_dir": config.daemon.state_dir,
        "disk": {"used_bytes": used, "free_bytes": disk.free, "total_bytes": disk.total},
        "keep": {"runs": keep.runs, "days": keep.days, "logs_bytes": keep.logs},
        "containment": runs.executor.containment,
    }


def _make_desks(
    runs: Runs, store: SqliteStore, recorder: Recorder, telemetry: TelemetryDesk, config: Callable[[], Config]
) -> Desks:
    return Desks(
        approvals=ApprovalDesk(runs.approvals),
        executors=ExecutorDesk(runs.placing.places, current=lambda: config().executors),
        logs=LogDesk(logs=runs.logs, recorder=recorder, store=store),
        page=PageDesk(configured=lambda: config().web.url),
        plugins=PluginDesk(runs.step_types),
        replays=ReplayDesk(store=store, step_types=runs.step_types.types),
        results=ResultDesk(store),
        services=ServiceDesk(runs.services),
        telemetry=telemetry,
    )


def _make_telemetry(
    store: SqliteStore, ring: Ring, clock: Clock, runs: Runs, events: EventDesk, current: Callable[[], Config]
) -> TelemetryDesk:
    return TelemetryDesk(
        store=store,
        ring=ring,
        clock=clock,
        supervisor=runs.supervisor,
        subscriptions=events.subscriptions,
        current=current,
    )


def _make_diagnosis(find_config: Callable[[], Config], runs: Runs, clock: Clock) -> Diagnosis:
    return make_diagnosis(
        find_config,
        environment=runs.environment,
        wall=clock.wall,
        boottime=clock.boottime,
        containment=runs.executor.containment,
    )


def _make_triggers(config: Config, store: SqliteStore, recorder: Recorder, runs: Runs) -> TriggerDesk:
    """What starts runs by itself; the recorder asks it what follows from the end of a run."""
    triggers = TriggerDesk(
        config,
        store=store,
        recorder=recorder,
        acceptance=runs.acceptance,
        is_stopping=lambda: runs.supervisor.draining,
    )
    recorder.follow = triggers.follow
    return triggers
