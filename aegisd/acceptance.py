"""Accepting a run: its parameters, its number, its directory, and the event that makes it last.

`accept` returns once `workflow.queued` is on disk. A run that is refused leaves nothing behind.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from attrs import evolve

from aegisd.core import events
from aegisd.core.codec import encode_workflow
from aegisd.core.hook import Delivery
from aegisd.core.model import OnBusy, Result, RunSummary, State, Trigger, Workflow
from aegisd.core.plan import followers_of, plan_steps
from aegisd.core.state import RunState
from aegisd.engine.order import RunOrder
from aegisd.engine.supervisor import Supervisor
from aegisd.selector import nearest
from aegisd.timeline.recorder import Emission, Recorder
from aegisd.trigger_file import adopt, stage, stage_copy, trigger_file
from aegisd.wire.errors import CallError

_MOST_PARAM_BYTES = 64 * 1024
_HARMLESS = (None, Result.SUCCESS, Result.SKIP)


class Acceptance:
    """Gives runs their numbers, from `last_run` on, and their directories below `runs_dir`."""

    def __init__(self, *, recorder: Recorder, supervisor: Supervisor, runs_dir: Path, last_run: int) -> None:
        self._recorder = recorder
        self._supervisor = supervisor
        self._runs_dir = runs_dir
        self._last_run = last_run
        self._coming: dict[int, str] = {}  # runs on their way to the disk, with their workflows

    async def accept(
        self,
        workflow: Workflow,
        *,
        params: Mapping[str, str],
        trigger: Trigger,
        note: str | None = None,
        dir: str | None = None,
        parent: int | None = None,
        delivery: Delivery | None = None,
        file: bytes | None = None,
    ) -> int:
        """Accept a run of `workflow`. Raises CallError with what is wrong.

        The `delivery` of a webhook is written in the transaction of its run; `file` becomes `$AEGIS_TRIGGER_FILE`.
        """
        self.check_open()
        resolved = self.resolve_params(workflow, params)
        if dir is not None and not dir.startswith("/"):
            raise CallError("BadParameter", f'dir "{dir}" is not an absolute path')
        staged = None
        if file is not None:
            with _explain_files():
                staged = await stage(self._runs_dir, file)
            trigger = evolve(trigger, has_file=True)
        return await self._queue(
            workflow,
            params=resolved,
            trigger=trigger,
            note=note,
            dir=dir,
            parent=parent,
            delivery=delivery,
            staged=staged,
        )

    async def accept_again(
        self,
        summary: RunSummary,
        workflow: Workflow,
        state: RunState,
        *,
        failed: bool,
        trigger: Trigger,
        note: str | None,
    ) -> int:
        """Accept a retry of the run `summary`; with `failed` the steps that passed are reused, with its directory."""
        self.check_open()
        if summary.state is not State.FINISHED:
            raise CallError(
                "NotPossible", f"run #{summary.id} has not ended yet", hint=f"watch it: aegisctl watch {summary.id}"
            )
        reused = reusable_steps(workflow, state) if failed else ()
        if failed and summary.result is Result.SUCCESS:
            raise CallError("NotPossible", f"nothing failed in run #{summary.id}", hint=f"aegisctl retry {summary.id}")
        earlier = summary.trigger
        with _explain_files():
            staged = await stage_copy(self._runs_dir, summary.id) if earlier.has_file else None
        about = evolve(trigger, ref=earlier.ref, sha=earlier.sha, has_file=True if staged is not None else None)
        return await self._queue(
            workflow,
            params=summary.params,
            trigger=about,
            staged=staged,
            note=note,
            dir=self.directory(summary, workflow) if failed else summary.dir,
            retry_of=summary.id,
            reused=reused,
        )

    def directory(self, summary: RunSummary, workflow: Workflow) -> str:
        """Where the steps of a run execute."""
        return summary.dir or workflow.dir or str(self._runs_dir / str(summary.id) / "workspace")

    def resolve_params(self, workflow: Workflow, given: Mapping[str, str]) -> dict[str, str]:
        """`given` over the defaults. Raises CallError for unknown, missing and oversized parameters."""
        names = [parameter.name for parameter in workflow.params]
        for name in given:
            if name not in names:
                hint = nearest(name, names) or (f"parameters: {', '.join(names)}" if names else "it takes none")
                raise CallError("BadParameter", f'{workflow.name} has no parameter "{name}"', hint=hint)
        if any("\0" in value for value in given.values()) or sum(map(len, given.values())) > _MOST_PARAM_BYTES:
            raise CallError("BadParameter", "a parameter holds a NUL byte, or all together are above 64 KiB")
        missing = [p.name for p in workflow.params if p.default is None and p.name not in given]
        if missing:
            example = " ".join(f"{name}=VALUE" for name in missing)
            message = f"{workflow.name} needs {', '.join(missing)}"
            raise CallError("BadParameter", message, hint=f"aegisctl run {workflow.name} {example}")
        return {p.name: given.get(p.name, p.default or "") for p in workflow.params}

    def restore(self, summary: RunSummary, workflow: Workflow, *, queued_seq: int = 0) -> RunOrder:
        """The order of a run that is on disk already."""
        directory = self.directory(summary, workflow)
        return RunOrder(
            run=summary.id,
            workflow=workflow,
            digest=summary.definition,
            dir=directory,
            own_dir=Path(directory).is_relative_to(self._runs_dir),
            trigger=summary.trigger,
            params=summary.params,
            priority=summary.priority,
            note=summary.note,
            retry_of=summary.retry_of,
            reused=frozenset(summary.reused),
            parent=summary.parent,
            accepted=self._recorder.clock.monotonic(),
            queued_seq=queued_seq,
            trigger_file=str(trigger_file(self._runs_dir, summary.id)) if summary.trigger.has_file else None,
        )

    def check_open(self) -> None:
        """Raises CallError while no run is accepted."""
        if self._supervisor.draining:
            raise CallError("Draining", "aegisd is stopping and takes no more runs", hint="try again when it is back")
        if self._supervisor.drained_by is not None:
            message = f"aegisd was drained by {self._supervisor.drained_by} and takes no more runs"
            raise CallError("Draining", message, hint="aegisctl resume   lets it take runs again")
        if self._recorder.failure is not None:
            raise CallError("StoreFailed", f"cannot record runs: {self._recorder.failure}")
        if len(self._supervisor.waiting) + len(self._coming) >= self._supervisor.queue_limit:
            message = f"the queue is full ({self._supervisor.queue_limit} runs)"
            raise CallError("QueueFull", message, hint="try again later, or raise [daemon] queue_limit")

    async def _queue(
        self,
        workflow: Workflow,
        *,
        params: Mapping[str, str],
        trigger: Trigger,
        note: str | None,
        dir: str | None,
        parent: int | None = None,
        retry_of: int | None = None,
        reused: tuple[str, ...] = (),
        delivery: Delivery | None = None,
        staged: Path | None = None,
    ) -> int:
        run = self._last_run + 1
        if staged is not None:
            with _explain_files():
                adopt(staged, self._runs_dir, run)
        self._last_run = run
        body = encode_workflow(workflow)
        digest = hashlib.sha256(body).hexdigest()[:32]
        queued = events.WorkflowQueued(
            trigger=trigger,
            definition=digest,
            step_count=len(workflow.steps),
            priority=workflow.priority,
            params=params,
            reason=note,
            retry_of=retry_of,
            reused=reused,
            parent=parent,
            dir=dir,
        )
        emission = self._emission(workflow, run, queued)
        emission.definition = (digest, body)
        emission.delivery = None if delivery is None else evolve(delivery, run=run, outcome="run")
        coming = [other for other, name in self._coming.items() if name == workflow.name]
        busy = self._supervisor.busy_with(workflow, coming) if workflow.on_busy is OnBusy.SKIP else []
        if busy:
            await self._recorder.record(
                emission, self._emission(workflow, run, _skipped(workflow, busy), cause=emission)
            )
            return run
        self._coming[run] = workflow.name
        seq = await self._recorder.record(emission)
        del self._coming[run]
        await self._supervisor.enqueue(
            self.restore(self._summarize(run, workflow, emission, queued), workflow, queued_seq=seq)
        )
        return run

    def _summarize(self, run: int, workflow: Workflow, emission: Emission, queued: events.WorkflowQueued) -> RunSummary:
        return RunSummary(
            id=run,
            workflow=workflow.name,
            state=State.PENDING,
            trigger=queued.trigger,
            definition=queued.definition,
            step_count=queued.step_count,
            created_at=emission.time,
            params=queued.params,
            note=queued.reason,
            retry_of=queued.retry_of,
            reused=queued.reused,
            parent=queued.parent,
            dir=queued.dir,
            priority=queued.priority,
        )

    def _emission(
        self, workflow: Workflow, run: int, data: events.EventData, *, cause: Emission | None = None
    ) -> Emission:
        return Emission(data=data, time=self._recorder.clock.now(), workflow=workflow.name, run=run, cause=cause)


def reusable_steps(workflow: Workflow, state: RunState) -> tuple[str, ...]:
    """The steps of a run that passed and do not come after one that failed. Skipped steps are judged anew."""
    followers = followers_of(plan_steps(workflow.steps).waits)
    failed = [step.index for step in state.steps.values() if step.result not in _HARMLESS]
    again = set(failed)
    while failed:
        for follower in followers[failed.pop()]:
            if follower not in again:
                again.add(follower)
                failed.append(follower)
    passed = {s.index for s in state.steps.values() if s.result is Result.SUCCESS or s.reused is not None}
    return tuple(step.name for index, step in enumerate(workflow.steps) if index in passed - again)


@contextmanager
def _explain_files() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"cannot keep what was delivered: {error.filename}: {error.strerror}"
        raise CallError("StoreFailed", message) from None


def _skipped(workflow: Workflow, busy: list[int]) -> events.WorkflowCompleted:
    runs = ", ".join(f"#{run}" for run in busy[:3])
    reason = f"{workflow.name} is busy with {runs} and on_busy is skip"
    return events.WorkflowCompleted(result=Result.SKIP, success=False, duration_s=0.0, steps={}, reason=reason)
