"""The one object that says what can be asked of aegis. Every door holds it and nothing else.

What changes something is answered once its event is on disk. What cannot be done raises `CallError`, with words for
people.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from aegisd.acceptance import Acceptance
from aegisd.access_desk import AccessDesk
from aegisd.artifact_desk import ArtifactDesk
from aegisd.config.show import describe_changes, render_config
from aegisd.config.values import Config
from aegisd.core import events
from aegisd.core.codec import decode_workflow
from aegisd.core.model import Part, RunSummary, State, Trigger, Workflow
from aegisd.core.record import EventFilter, RunFilter
from aegisd.core.state import RunState, fold
from aegisd.desk_set import Desks
from aegisd.diagnosis.desk import Diagnosis
from aegisd.drain import count_runs, drain, undrain
from aegisd.emit_desk import EmitDesk
from aegisd.engine.supervisor import Supervisor
from aegisd.engine.tokens import AttemptTokens
from aegisd.event_desk import EventDesk
from aegisd.explanation import explain, read_history
from aegisd.history_desk import HistoryDesk
from aegisd.hook_desk import HookDesk
from aegisd.parameters import leave_out, resolve_params
from aegisd.selector import check_step, find_workflow, parse_selector, require_run
from aegisd.steps.base import StepType
from aegisd.store import Store
from aegisd.store.logs import LogStore
from aegisd.streams import EventStream, LogStream, open_stream
from aegisd.timeline.recorder import Emission, Recorder
from aegisd.timeline.ring import Ring
from aegisd.trigger_desk import TriggerDesk
from aegisd.views import env_names, show_plan_steps, show_run, show_steps, show_workflow
from aegisd.webhook_desk import WebhookDesk
from aegisd.wire.errors import CallError


class Daemon:
    """See the module. `load` reads the configuration again and raises CallError; `about` gives facts for the status."""

    def __init__(  # noqa: PLR0913 - all that aegis can be asked for comes in here
        self,
        *,
        config: Config,
        load: Callable[[], Awaitable[Config]],
        about: Callable[[], Awaitable[dict[str, Any]]],
        store: Store,
        ring: Ring,
        recorder: Recorder,
        supervisor: Supervisor,
        acceptance: Acceptance,
        logs: LogStore,
        triggers: TriggerDesk,
        hooks: HookDesk,
        emits: EmitDesk,
        tokens: AttemptTokens,
        access: AccessDesk,
        histories: HistoryDesk,
        step_types: Mapping[str, StepType],
        diagnosis: Diagnosis,
        artifacts: ArtifactDesk,
        events: EventDesk,
        webhooks: WebhookDesk,
        desks: Desks,
    ) -> None:
        self.config = config
        self.diagnosis = diagnosis
        self.artifacts = artifacts
        self.events = events
        self.webhooks = webhooks
        self._load = load
        self._about = about
        self._store = store
        self._ring = ring
        self._recorder = recorder
        self._supervisor = supervisor
        self._acceptance = acceptance
        self._logs = logs
        self.triggers = triggers
        self.hooks = hooks
        self.access, self.histories = access, histories
        self.check_open = acceptance.check_open
        self.emits = emits
        self.tokens = tokens
        self._step_types = step_types
        self.desks = desks

    async def submit(
        self,
        workflow: str,
        *,
        params: Mapping[str, str],
        trigger: Trigger,
        reason: str | None = None,
        dir: str | None = None,
        part: Part | None = None,
        parent: int | None = None,
    ) -> int:
        """Accept a run of `workflow`, or of `part` of it; returns its number once it is on disk."""
        definition = find_workflow(workflow, self.config.workflows)
        return await self._acceptance.accept(
            definition, params=params, trigger=trigger, note=reason, dir=dir, part=part, parent=parent
        )

    async def retry(self, run: int, *, failed: bool, trigger: Trigger, reason: str | None = None) -> int:
        """Accept a run with the definition and parameters of `run`; with `failed` only what did not pass."""
        summary = await self._summary(run)
        definition = await self._definition(summary)
        return await self._acceptance.accept_again(
            summary, definition, await self._fold(run), failed=failed, trigger=trigger, note=reason
        )

    async def cancel(self, run: int, *, by: str, reason: str | None = None, force: bool = False) -> None:
        """Ask for the end of `run`; returns once the request is on disk."""
        if not await self._supervisor.cancel(run, by=by, reason=reason, force=force):
            summary = await self._summary(run)
            result = summary.result.value if summary.result else summary.state.value
            raise CallError("NotPossible", f"run #{run} has ended already ({result})")

    async def reload(self, *, by: str) -> tuple[str, ...]:
        """Load the configuration again; returns what changed. A bad one is refused and the old one stays."""
        try:
            config = await self._load()
        except CallError as error:
            refused = events.ConfigRefused(by=by, errors=tuple(str(error.parameters.get("report", error)).splitlines()))
            await self._recorder.record(self._emission(refused))
            raise
        changes = describe_changes(self.config, config)
        self.config = config
        daemon = config.daemon
        self._supervisor.configure(config.workflows, slots=daemon.runs, queue_limit=daemon.queue_limit)
        self.triggers.configure(config)
        await self.events.configure(config.subscriptions)
        await self.webhooks.configure(config.webhooks)
        await self._recorder.record(self._emission(events.ConfigReloaded(by=by, changes=changes)))
        return changes

    async def drain(self, *, by: str) -> dict[str, Any]:
        """Take and start no more runs; executing ones finish."""
        return await drain(supervisor=self._supervisor, recorder=self._recorder, by=by)

    async def undrain(self, *, by: str) -> dict[str, Any]:
        """Take and start runs again."""
        return await undrain(supervisor=self._supervisor, recorder=self._recorder, by=by)

    @property
    def cursor(self) -> str:
        """The newest event that was announced, as `epoch.seq`."""
        return f"{self._store.bounds.epoch}.{self._ring.last_seq}"

    async def status(self) -> dict[str, Any]:
        """What aegisd is doing."""
        return {
            **await self._about(),
            "draining": self._supervisor.draining or self._supervisor.drained_by is not None,
            "drained_by": self._supervisor.drained_by,
            "runs": {**count_runs(self._supervisor), "slots": self._supervisor.slots},
            "cursor": self.cursor,
            "subscriptions": self.events.sum_subscriptions(),
            "webhooks": self.webhooks.list_webhooks(),
            "workflows": await self.list_workflows(),
            **await self.desks.show_status(),
        }

    async def list_workflows(self) -> list[dict[str, Any]]:
        """The workflows in the order of the configuration, with their last run."""
        workflows = self.config.workflows
        latest = await self._store.latest_runs()
        usual = await self._store.usual_durations(list(workflows))
        counts, places = self._supervisor.count_active(), self._places()
        return [
            show_workflow(
                workflow,
                last=latest.get(name),
                usual_s=usual.get(name),
                active=counts.get(name, (0, 0)),
                ahead=places.get(latest[name].id) if name in latest else None,
                triggers=self.triggers.labels(name),
                next_at=self.triggers.next_at(name),
            )
            for name, workflow in workflows.items()
        ]

    def plan(self, workflow: str, *, params: Mapping[str, str], part: Part | None = None) -> dict[str, Any]:
        """What a run of `workflow`, or of a `part` of it, would do."""
        definition = find_workflow(workflow, self.config.workflows)
        return {
            "workflow": definition.name,
            "description": definition.description,
            "origin": str(definition.origin),
            "timeout_s": definition.timeout,
            "max_concurrent": definition.max_concurrent,
            "on_busy": definition.on_busy.value,
            "params": resolve_params(definition, params),
            "env": env_names(definition),
            "steps": show_plan_steps(definition, self._step_types, left_out=leave_out(part, definition)),
        }

    async def find_run(self, selector: str | None, *, by: str) -> int:
        """The run that people mean by `842`, `quality`, `quality~2`, `-` or nothing."""
        if not selector:
            executing = self._supervisor.executing
            found = executing[0] if len(executing) == 1 else await self._store.find_run()
            return require_run(found, "there is no run yet", hint="start one: aegisctl run WORKFLOW")
        if selector == "-":
            return require_run(await self._store.find_run(by=by), f"you ({by}) have not started a run yet")
        name, back = parse_selector(selector)
        if name is None:
            await self._summary(back)
            return back
        found = await self._store.find_run(workflow=name, back=back)
        if found is None:
            find_workflow(name, self.config.workflows)
        return require_run(found, f"{name} has no run {back} before its latest" if back else f"{name} has not run yet")

    async def list_runs(self, wanted: RunFilter) -> list[dict[str, Any]]:
        """Runs, the newest first."""
        runs = await self._store.list_runs(wanted)
        places = self._places()
        return [show_run(run, ahead=places.get(run.id)) for run in runs]

    async def get_run(self, run: int) -> dict[str, Any]:
        """One run with all of its steps."""
        summary = await self._summary(run)
        definition = await self._definition(summary)
        usual = await self._store.usual_durations([summary.workflow])
        return {
            "run": show_run(summary, usual_s=usual.get(summary.workflow), ahead=self._places().get(run)),
            "usage": await self.events.usage_of(run),
            "steps": self.desks.executors.mark_silent(show_steps(definition, await self._fold(run), self._step_types)),
            "dir": self._acceptance.directory(summary, definition),
            "origin": str(definition.origin) if definition.origin else None,
            "definition": summary.definition,
            "env": env_names(definition),
            "artifacts": await self.artifacts.summarize(run),
        }

    async def explain(self, run: int, *, step: str | None) -> list[dict[str, Any]]:
        """Why `run`, or its step of that name, is as it is: `Link`s."""
        summary = await self._summary(run)
        definition = await self._definition(summary)
        silences = self.desks.executors.silences()
        store, supervisor = self._store, self._supervisor
        return await explain(summary, definition, step, store=store, supervisor=supervisor, silences=silences)

    def show_config(self, *, origin: bool) -> str:
        """The configuration in force as TOML, secrets masked."""
        return render_config(self.config, origin=origin)

    async def open_tail(self, wanted: EventFilter, *, after: str | None, last: int | None) -> EventStream:
        """Events after the cursor `after`; without one from the first of the run, from `since`, the `last` ones, or
        new ones."""
        finished = False
        if wanted.run is not None:
            finished = (await self._summary(wanted.run)).state is State.FINISHED
        return await open_stream(wanted, store=self._store, ring=self._ring, finished=finished, after=after, last=last)

    async def open_logs(
        self, run: int, *, steps: Sequence[str] | None, attempt: int, follow: bool, lines: int | None
    ) -> LogStream:
        """The output of `steps` (all of them when None or empty)."""
        summary = await self._summary(run)
        names = [step.name for step in (await self._definition(summary)).steps]
        for step in steps or ():
            check_step(step, names, run=run, workflow=summary.workflow)
        return LogStream(
            logs=self._logs,
            recorder=self._recorder,
            state=await self._fold(run),
            steps=frozenset(steps or ()),
            attempt=attempt,
            follow=follow,
            lines=lines,
        )

    async def _summary(self, run: int) -> RunSummary:
        summary = await self._store.get_run(run)
        if summary is None:
            raise CallError("NoSuchRun", f"there is no run #{run}", hint="aegisctl history lists the runs")
        return summary

    async def _definition(self, summary: RunSummary) -> Workflow:
        body = await self._store.read_definition(summary.definition)
        return decode_workflow(body or b"", step_types={name: kind.spec for name, kind in self._step_types.items()})

    async def _fold(self, run: int) -> RunState:
        return fold(run, await read_history(self._store, run))

    def _places(self) -> dict[int, int]:
        return {run: place for place, run in enumerate(self._supervisor.waiting)}

    def _emission(self, data: events.EventData) -> Emission:
        return Emission(data=data, time=self._recorder.clock.now())
