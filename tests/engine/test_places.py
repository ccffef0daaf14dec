"""An attempt's way through an executor, in virtual time: what is on disk when, what limits count, what is ended."""

from collections.abc import Collection, Sequence
from pathlib import Path

import pytest
import trio
import trio.testing
from attrs import define, evolve, field

from aegisd.core import events
from aegisd.core.job import EndKind, Health, JobEnd
from aegisd.core.job_state import JobState
from aegisd.core.model import Mark, Step
from aegisd.core.placement import JobRef
from aegisd.engine.places import Places
from aegisd.engine.tokens import AttemptIdentity
from aegisd.executors.command import Command
from aegisd.executors.driving import DrivenProcess, JobFaultError
from aegisd.executors.job import Job, JobRefusedError, Sink, Verdict
from aegisd.steps.command import CommandSpec
from aegisd.timeline.recorder import Emission
from tests.timeline.kit import virtual_clock

WHO = AttemptIdentity(run=7, workflow="w", step="s", index=0, attempt=2, phase=None)
STEP = Step(name="s", type="command", spec=CommandSpec(run="x"), executor="far")


@define(eq=False)
class Far:
    """An executor whose jobs wait `waits` seconds and run `runs`; `did` is what it was asked."""

    waits: float = 0.0
    runs: float = 1.0
    refuses: bool = False
    end: JobEnd = field(factory=lambda: JobEnd(kind=EndKind.EXITED, code=0))
    did: list[str] = field(factory=list)
    jobs: list[Job] = field(factory=list)
    outlives: bool = True
    confines: bool = False
    grace: float = 1.0
    name: str = "far"

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Nothing."""
        task_status.started()
        await trio.sleep_forever()

    async def start(self, job: Job) -> JobRef:
        """Take it."""
        await trio.lowlevel.checkpoint()
        if self.refuses:
            message = "no such partition"
            raise JobRefusedError(message)
        self.did.append("start")
        self.jobs.append(job)
        return JobRef(executor="far", name=job.name, id="1", outlives=self.outlives)

    async def stream(self, ref: JobRef, job: Job, sink: Sink) -> JobEnd:
        """Wait, run, end."""
        assert job.command.output_fd == sink.fd
        self.did.append(f"stream {ref.id} from {sink.offset}")
        if self.waits:
            for _ in range(2):
                await sink.waiting("Resources")
            await trio.sleep(self.waits)
        await sink.running("n1")
        await trio.sleep(self.runs)
        return self.end

    async def cancel(self, ref: JobRef, *, grace: float, hurry: trio.Event) -> JobEnd:
        """Note it."""
        await trio.lowlevel.checkpoint()
        assert not hurry.is_set()
        self.did.append(f"cancel {ref.id or ref.name} {grace}")
        return JobEnd(kind=EndKind.CANCELLED, signal="SIGTERM")

    async def release(self, group: str) -> None:
        """Note it; it takes as long as a job."""
        self.did.append(f"release {group}")
        await trio.sleep(self.runs)

    async def recover(self, owned: Collection[str]) -> Sequence[tuple[str, Verdict]]:
        """Note it."""
        await trio.lowlevel.checkpoint()
        self.did.append(f"recover {sorted(owned)}")
        return []

    async def health(self) -> Health:
        """Fine."""
        await trio.lowlevel.checkpoint()
        return Health(state="up", nodes={})


class Told:
    """Takes emissions as the recorder does, with the moment at which each was on disk."""

    def __init__(self) -> None:
        self.clock = virtual_clock()
        self.all: list[tuple[str, object]] = []

    async def emit(self, *emissions: Emission) -> None:
        """Take them."""
        await trio.lowlevel.checkpoint()
        self.all += [(each.data.type, each.data) for each in emissions]

    async def record(self, *emissions: Emission) -> int:
        """Take them, and the disk takes a second."""
        await trio.sleep(1)
        await self.emit(*emissions)
        return len(self.all)

    def types(self) -> list[str]:
        """What was told."""
        return [kind for kind, _ in self.all]


class Road:
    """One attempt through `far`, at a time; `log` has been written to before."""

    def __init__(self, far: Far, log: Path) -> None:
        self.far = far
        self.log = log
        self.told = Told()
        self.hurry = trio.Event()
        self.ended: list[DrivenProcess] = []
        self.places = Places(recorder=self.told, clock=self.told.clock, instance="1a2b")  # type: ignore[arg-type]
        self.places.add(far)

    async def go(self, *, step: Step = STEP, limit: float | None = None, known: JobState | None = None) -> bool:
        """Whether its limit ended it."""
        scope = trio.CancelScope()
        with self.log.open("ab") as file, scope:
            env = {"A": "1", "AEGIS_TOKEN": "t", "AEGIS_SOCKET": "s"}
            command = Command(argv=("x",), env=env, dir="/", output_fd=file.fileno())
            async with self.places.open_process(
                step, command, who=WHO, hurry=self.hurry, scope=scope, limit=limit, known=known
            ) as process:
                self.ended.append(process)
                await process.wait()
        return scope.cancelled_caught


@pytest.fixture
def far() -> Far:
    """An executor."""
    return Far()


@pytest.fixture
def road(far: Far, tmp_path: Path) -> Road:
    """The way through it."""
    (tmp_path / "log").write_bytes(b"12345")
    return Road(far, tmp_path / "log")


async def test_in_this_order(road: Road, far: Far, autojump_clock: trio.testing.MockClock) -> None:
    """The handle is on disk before the job is watched; what is of this host only does not go along."""
    assert not await road.go()
    assert far.did == ["start", "stream 1 from 5"]
    assert road.told.types() == ["step.submitted", "step.placed"]
    assert road.told.all[0][1] == events.StepSubmitted(
        executor="far", job="ae.1a2b.far.7.0.2", job_id="1", outlives=True
    )
    assert far.jobs[0].command.env == {"A": "1", "AEGIS_EXECUTOR": "far"}
    assert (road.ended[0].exit_code, road.ended[0].signal) == (0, None)


async def test_the_queue_does_not_count(road: Road, far: Far, autojump_clock: trio.testing.MockClock) -> None:
    """A limit begins when the job runs, however long it has waited."""
    far.waits = 1000.0
    assert not await road.go(limit=5)
    assert road.told.types() == ["step.submitted", "step.waiting", "step.placed"]
    placed = road.told.all[-1][1]
    assert isinstance(placed, events.StepPlaced)
    assert placed.waited_s >= 1000


async def test_a_limit_that_is_met(road: Road, far: Far, autojump_clock: trio.testing.MockClock) -> None:
    """The job is ended, and the block is left only then."""
    far.runs = 1000.0
    assert await road.go(limit=5)
    assert far.did[-1] == "cancel 1 1.0"
    assert (road.ended[0].signal, road.ended[0].receipt and road.ended[0].receipt.empty) == ("SIGTERM", True)


async def test_a_job_of_an_earlier_life(road: Road, far: Far, autojump_clock: trio.testing.MockClock) -> None:
    """It is not handed in again, its place is not told again, and what has passed of its limit counts."""
    far.runs = 1000.0
    clock = road.told.clock
    placed = Mark(time=clock.now(), boot_id=clock.boot_id, boottime_s=clock.boottime())
    known = JobState(ref=JobRef(executor="far", name="n", id="9", outlives=True), nodes="n1", placed=placed)
    await trio.sleep(90)
    begun = trio.current_time()
    assert await road.go(limit=100, known=known)
    assert trio.current_time() - begun == 10
    assert far.did == ["stream 9 from 5", "cancel 9 1.0"]
    assert road.told.types() == []


async def test_a_job_that_is_left(road: Road, far: Far, autojump_clock: trio.testing.MockClock) -> None:
    """A job that outlives aegisd can be left alone; any other is ended."""
    far.runs = 1000.0
    for outlives in (True, False):
        far.outlives = outlives
        with trio.move_on_after(5):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(road.go)
                await trio.sleep(2)
                road.ended[-1].leave()
    assert far.did == ["start", "stream 1 from 5", "start", "stream 1 from 5", "cancel 1 1.0"]


async def test_refusals(road: Road, far: Far, autojump_clock: trio.testing.MockClock) -> None:
    """A job that is not taken was rejected, with the reason; nothing is told and nothing has to be ended."""
    far.refuses = True
    with pytest.raises(JobFaultError, match="no such partition") as caught:
        await road.go()
    assert caught.value.kind is EndKind.REJECTED
    with pytest.raises(JobFaultError, match="not there"):
        await road.go(step=evolve(STEP, executor="gone"))
    assert (far.did, road.told.types()) == ([], [])


async def test_faults(road: Road, far: Far, autojump_clock: trio.testing.MockClock) -> None:
    """The infrastructure's ends are no exit codes; of one that nobody can confirm it is made sure that it is over."""
    far.end = JobEnd(kind=EndKind.LOST, reason="NODE_FAIL on n1")
    with pytest.raises(JobFaultError, match="lost: NODE_FAIL on n1"):
        await road.go()
    assert far.did[-1] == "stream 1 from 5"
    far.end = JobEnd(kind=EndKind.UNCONFIRMED)
    with pytest.raises(JobFaultError, match="unconfirmed"):
        await road.go()
    assert far.did[-1] == "cancel 1 1.0"


async def test_what_is_owned_is_said_first(far: Far, autojump_clock: trio.testing.MockClock) -> None:
    """Before anything is reaped an executor hears which jobs go on; one that a reload brings has none."""
    told = Told()
    places = Places(recorder=told, clock=told.clock, instance="1a2b")  # type: ignore[arg-type]
    places.add(far)
    places.adopt(JobRef(executor="far", name="mine", outlives=True))
    later = Far(name="later")
    async with trio.open_nursery() as nursery:
        await nursery.start(places.run)
        places.add(later)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert (far.did, later.did) == (["recover ['mine']"], ["recover []"])
