"""Accepting a run: its parameters, its number, its directory, and the event that makes it last.

`accept` returns once `workflow.queued` is on disk. A run that is refused leaves nothing behind.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from attrs import evolve, frozen

from aegisd.core import events
from aegisd.core.codec import encode_workflow
from aegisd.core.hook import Delivery
from aegisd.core.model import OnBusy, Part, Result, RunSummary, State, Trigger, Workflow
from aegisd.core.part import explain_left_out, reusable_steps
from aegisd.core.state import RunState
from aegisd.engine.order import RunOrder
from aegisd.engine.supervisor import Supervisor
from aegisd.parameters import check_part, resolve_params
from aegisd.timeline.recorder import Emission, Recorder
from aegisd.trigger_file import adopt, stage, stage_copy, trigger_file
from aegisd.wire.errors import CallError

Complete = Callable[[Workflow], Workflow]

MOST_DEPTH = 50
"""Runs that lead to one another, each through the one before. More is a circle that nobody meant."""


@frozen(kw_only=True)
class Prepared:
    """A run that has its number: what is to be written of it, and the order that then goes into the queue (None for
    one that ends at once)."""

    run: int
    emissions: tuple[Emission, ...]
    order: RunOrder | None


class Acceptance:
    """Gives runs their numbers, from `last_run` on, and their directories below `runs_dir`. `complete`
    makes a definition from the store fit to be executed, or raises CallError."""

    def __init__(
        self, *, recorder: Recorder, supervisor: Supervisor, runs_dir: Path, last_run: int, complete: Complete
    ) -> None:
        self.complete = complete
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
        part: Part | None = None,
        parent: int | None = None,
        delivery: Delivery | None = None,
        file: bytes | None = None,
        marks: Callable[[int], Mapping[str, str]] | None = None,
    ) -> int:
        """Accept a run of `workflow`; `marks` gives what is written with it, by the number of the run. Raises CallError
        with what is wrong.

        The `delivery` of a webhook is written in the transaction of its run; `file` becomes `$AEGIS_TRIGGER_FILE`.
        """
        self.check_open()
        resolved = resolve_params(workflow, params)
        if part is not None:
            check_part(part, workflow)
        if dir is not None and not dir.startswith("/"):
            raise CallError("BadParameter", f'dir "{dir}" is not an absolute path')
        depth = self._check_depth(parent)
        staged = None
        if file is not None:
            with _explain_files():
                staged = await stage(self._runs_dir, file)
            trigger = evolve(trigger, has_file=True)
        prepared = self._prepare(
            workflow,
            params=resolved,
            trigger=trigger,
            note=note,
            dir=dir,
            part=part,
            parent=parent,
            depth=depth,
            delivery=delivery,
            staged=staged,
        )
        prepared.emissions[0].marks = marks(prepared.run) if marks is not None else None
        return await self._queue(prepared)

    def prepare_follower(
        self, workflow: Workflow, *, params: Mapping[str, str], trigger: Trigger, note: str | None, parent: int
    ) -> Prepared:
        """A run that follows from the end of the run `parent`, for the transaction that ends that. It is taken also
        while aegisd stops or is drained, and waits then. Raises CallError with what is wrong."""
        self._check_room()
        resolved, depth = resolve_params(workflow, params), self._check_depth(parent)
        return self._prepare(
            workflow, params=resolved, trigger=trigger, note=note, dir=None, parent=parent, depth=depth
        )

    async def enqueue(self, prepared: Prepared) -> None:
        """Put a run that is on disk into the queue."""
        self._coming.pop(prepared.run, None)
        if prepared.order is not None:
            await self._supervisor.enqueue(evolve(prepared.order, queued_seq=prepared.emissions[0].seq))

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
        earlier, workflow = summary.trigger, self.complete(workflow)
        with _explain_files():
            staged = await stage_copy(self._runs_dir, summary.id) if earlier.has_file else None
        about = evolve(trigger, ref=earlier.ref, sha=earlier.sha, has_file=True if staged is not None else None)
        prepared = self._prepare(
            workflow,
            params=summary.params,
            trigger=about,
            staged=staged,
            note=note,
            dir=self.directory(summary, workflow) if failed else summary.dir,
            retry_of=summary.id,
            reused=reused,
            part=summary.part,
        )
        return await self._queue(prepared)

    def directory(self, summary: RunSummary, workflow: Workflow) -> str:
        """Where the steps of a run execute."""
        return summary.dir or workflow.dir or str(self._runs_dir / str(summary.id) / "workspace")

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
            left_out=explain_left_out(summary.part, workflow.steps) if summary.part else {},
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
        self._check_room()

    def _check_room(self) -> None:
        if self._supervisor.queued + len(self._coming) >= self._supervisor.queue_limit:
            message = f"the queue is full ({self._supervisor.queue_limit} runs)"
            raise CallError("QueueFull", message, hint="try again later, or raise [daemon] queue_limit")

    def _check_depth(self, parent: int | None) -> int:
        """How many runs lead to one that `parent` asks for."""
        known = self._recorder.folds.get(parent) if parent is not None else None
        depth = 0 if parent is None else 1 if known is None else known.depth + 1
        if depth > MOST_DEPTH:
            message = f"run #{parent} is the last of {MOST_DEPTH} runs that each led to the next"
            raise CallError("NotPossible", message, hint="look for workflows that start each other in a circle")
        return depth

    async def _queue(self, prepared: Prepared) -> int:
        await self._recorder.record(*prepared.emissions)
        await self.enqueue(prepared)
        return prepared.run

    def _prepare(
        self,
        workflow: Workflow,
        *,
        params: Mapping[str, str],
        trigger: Trigger,
        note: str | None,
        dir: str | None,
        parent: int | None = None,
        depth: int = 0,
        retry_of: int | None = None,
        reused: tuple[str, ...] = (),
        part: Part | None = None,
        delivery: Delivery | None = None,
        staged: Path | None = None,
    ) -> Prepared:
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
            part=part,
            parent=parent,
            depth=depth,
            dir=dir,
        )
        emission = self._emission(workflow, run, queued)
        emission.definition = (digest, body)
        emission.delivery = None if delivery is None else evolve(delivery, run=run, outcome="run")
        coming = [other for other, name in self._coming.items() if name == workflow.name]
        busy = self._supervisor.busy_with(workflow, coming) if workflow.on_busy is OnBusy.SKIP else []
        if busy:
            skipped = self._emission(workflow, run, _skipped(workflow, busy), cause=emission)
            return Prepared(run=run, emissions=(emission, skipped), order=None)
        self._coming[run] = workflow.name
        order = self.restore(self._summarize(run, workflow, emission, queued), workflow)
        return Prepared(run=run, emissions=(emission,), order=order)

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
            part=queued.part,
            parent=queued.parent,
            dir=queued.dir,
            priority=queued.priority,
        )

    def _emission(
        self, workflow: Workflow, run: int, data: events.EventData, *, cause: Emission | None = None
    ) -> Emission:
        return Emission(data=data, time=self._recorder.clock.now(), workflow=workflow.name, run=run, cause=cause)


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
