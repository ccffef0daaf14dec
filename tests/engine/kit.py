"""The real engine on a store in memory, in virtual time: everything but processes, disk and doors."""

import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import trio
import trio.testing
from attrs import define, evolve, field

from aegisd.acceptance import Acceptance
from aegisd.core.events import Event
from aegisd.core.model import Condition, Result, Step, Trigger, Workflow
from aegisd.engine.around import Outside
from aegisd.engine.attempt import Attempts
from aegisd.engine.emitter import Emitter
from aegisd.engine.harvest import Harvester
from aegisd.engine.order import RunOrder
from aegisd.engine.runner import Runner
from aegisd.engine.supervisor import Supervisor
from aegisd.engine.tokens import AttemptTokens
from aegisd.executors.command import Command, SpawnError
from aegisd.executors.containment import Held
from aegisd.executors.local import LocalExecutor
from aegisd.steps.base import StepType
from aegisd.store.artifacts import ArtifactStore
from aegisd.store.logs import LogStore
from aegisd.store.memory import MemoryStore
from aegisd.stored_definition import complete_definition
from aegisd.timeline.identity import Clock
from aegisd.timeline.recorder import Recorder
from tests.engine.scripted import Play, ScriptedSpec, Stage
from tests.timeline.kit import open_timeline

RUNS_DIR = Path("runs")


class Nowhere:
    """A containment that starts nothing."""

    name = "nowhere"
    limits: frozenset[str] = frozenset()

    async def start(self, command: Command) -> Held:
        """Refuse."""
        message = f"{command.argv[0]} has no place to run"
        raise SpawnError(message)


@define(kw_only=True)
class House:
    """The engine and what belongs to it. `ended` are the runs in the order in which they ended."""

    recorder: Recorder
    store: MemoryStore
    supervisor: Supervisor
    acceptance: Acceptance
    ended: list[tuple[int, Result]] = field(factory=list)
    one_ended: trio.Event = field(factory=trio.Event)

    async def submit(self, workflow: Workflow, **params: str) -> int:
        """Accept a run of `workflow`."""
        return await self.acceptance.accept(workflow, params=params, trigger=Trigger(by="uid:1000"))

    async def run(self, workflow: Workflow) -> int:
        """Accept a run and wait for its end."""
        run = await self.submit(workflow)
        await self.wait_ended(run)
        return run

    async def wait_ended(self, *runs: int) -> None:
        """Until all of `runs` have ended."""
        while not set(runs) <= {run for run, _ in self.ended}:
            await self.one_ended.wait()

    def events(self, run: int | None = None) -> list[Event]:
        """What was recorded (about `run`)."""
        return [record.event for record in self.store.records if run is None or record.event.run == run]

    def told(self, run: int) -> list[str]:
        """What was recorded about `run`, each event as `type step`."""
        return [f"{event.type} {event.step or ''}".strip() for event in self.events(run)]

    def datum(self, run: int, kind: str, step: str | None = None) -> Any:
        """The data of the one event of type `kind` about `run` (and `step`)."""
        (data,) = [e.data for e in self.events(run) if e.type == kind and step in (None, e.step)]
        return data


@asynccontextmanager
async def open_house(
    *,
    slots: int = 8,
    queue_limit: int = 1000,
    store: MemoryStore | None = None,
    workflows: tuple[Workflow, ...] = (),
    stage: Stage | None = None,
    last_seq: int = 0,
    clock: Clock | None = None,
    chance: Callable[[], float] = lambda: 0.5,
    grace: float = 0.0,
    runs_dir: Path = RUNS_DIR,
    step_types: dict[str, StepType] | None = None,
    outside: Outside | None = None,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[House]:
    """The engine with the step type `scripted` and `step_types`. Leaving the block gives runs `grace` seconds and
    cancels the rest."""
    scripted = (stage or Stage()).step_type()
    async with open_timeline(store=store, last_seq=last_seq, clock=clock) as timeline, trio.open_nursery() as nursery:
        recorder, around = timeline.recorder, outside or Outside()
        emitter = Emitter(recorder=recorder)
        harvester = Harvester(
            content=ArtifactStore(RUNS_DIR, durable=False),
            store=timeline.store,
            recorder=recorder,
            run_files=100,
            run_bytes=10_000,
        )

        def make_runner(order: RunOrder) -> Runner:
            kinds = {"scripted": scripted, **(step_types or {})}
            attempts = _make_attempts(order, kinds, emitter, around)
            return Runner(
                order=order,
                attempts=attempts,
                harvester=harvester,
                recorder=recorder,
                clock=recorder.clock,
                chance=chance,
            )

        def on_end(order: RunOrder, result: Result) -> None:
            house.ended.append((order.run, result))
            house.one_ended.set()
            house.one_ended = trio.Event()

        supervisor = Supervisor(
            recorder=recorder,
            clock=recorder.clock,
            make_runner=make_runner,
            on_end=on_end,
            slots=slots,
            queue_limit=queue_limit,
        )
        supervisor.configure({w.name: w for w in workflows}, slots=slots, queue_limit=queue_limit)
        acceptance = Acceptance(
            recorder=recorder,
            supervisor=supervisor,
            runs_dir=runs_dir,
            last_run=0,
            complete=partial(complete_definition, environment=environment or {}),
        )
        house = House(recorder=recorder, store=timeline.store, supervisor=supervisor, acceptance=acceptance)
        await nursery.start(supervisor.run)
        yield house
        await supervisor.finish(grace=grace, hurry=trio.Event())


def _make_attempts(order: RunOrder, step_types: dict[str, StepType], emitter: Emitter, outside: Outside) -> Attempts:
    """Attempts that have no processes to start."""
    return Attempts(
        order=order,
        step_types=step_types,
        executor=LocalExecutor(containment=Nowhere(), grace=1.0),
        logs=LogStore(RUNS_DIR, wall=trio.current_time),
        inherited={},
        tokens=AttemptTokens(),
        emitter=emitter,
        wall=trio.current_time,
        outside=outside,
        clock=Clock(monotonic=trio.current_time),
    )


def step(
    name: str, *plays: Play, delay: float = 0.0, result: Result = Result.SUCCESS, reported: int = 0, **more: Any
) -> Step:
    """A scripted step. Without `plays` it comes to `result` after `delay` seconds."""
    spec = ScriptedSpec(plays=plays or (Play(delay=delay, result=result, reported=reported),))
    plain = Step(name=name, type="scripted", spec=spec)
    return evolve(plain, **{key: Condition(value) if key == "condition" else value for key, value in more.items()})


def failing(name: str, **more: Any) -> Step:
    """A scripted step that fails."""
    return step(name, result=Result.FAILURE, **more)


def workflow(*steps: Step, name: str = "w", **more: Any) -> Workflow:
    """A workflow of `steps`."""
    return Workflow(name=name, steps=steps, **more)


def in_virtual_time(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run `main` under Trio with a clock that jumps; for tests that hypothesis calls."""
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


class _Collected(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@contextmanager
def collected_log() -> Iterator[list[str]]:
    """What aegisd logs inside the block."""
    logger, handler = logging.getLogger("aegisd"), _Collected()
    logger.addHandler(handler)
    try:
        yield handler.texts
    finally:
        logger.removeHandler(handler)
