"""A daemon in memory for the tests of its door: real streams over a real ring, runs in a dictionary."""

from collections.abc import Mapping, Sequence
from typing import Any

import trio

from aegisd.core.codec import encode_event
from aegisd.core.events import Event, WorkflowStarted
from aegisd.core.model import Part, Trigger
from aegisd.core.record import Batch, EventFilter, Record, RunFilter, StoreError
from aegisd.engine.tokens import AttemptTokens
from aegisd.event_desk import EventDesk
from aegisd.store.memory import MemoryStore
from aegisd.streams import EventStream
from aegisd.timeline.ring import Ring
from aegisd.timeline.tail import Tail
from aegisd.wire.errors import CallError
from tests.control.fake_access import FakeAccess
from tests.control.fake_artifacts import EMPTY_DETAIL, FakeArtifacts
from tests.control.fake_desk import FakeDesk
from tests.control.fake_desks import FakeDesks
from tests.control.fake_emits import FakeEmits
from tests.control.fake_hooks import FakeHooks
from tests.control.fake_logs import FakeLogs, FakeLogStream
from tests.control.fake_run import show_run
from tests.control.fake_subscriptions import make_subscriptions
from tests.control.fake_triggers import FakeTriggers

EPOCH = "0192a5b01c2d"
NOW = "2026-11-21T08:00:31.204Z"


class FakeDiagnosis:
    """Finds one thing, always."""

    async def examine(self) -> list[dict[str, Any]]:
        """A warning."""
        return [{"check": "clock", "level": "warning", "text": "the clock was set back", "fix": ["set it"]}]


class FakeDaemon:
    """Answers like `aegisd.daemon.Daemon`; `calls` are what changed something, `logs` the output by run."""

    def __init__(self, *, ring_size: int = 100_000) -> None:
        self.ring = Ring(size=ring_size, window=ring_size)
        self.store = MemoryStore(epoch=EPOCH)
        self.diagnosis = FakeDiagnosis()
        self.subscriptions = make_subscriptions(self.store, self.ring)
        self.events = EventDesk(store=self.store, subscriptions=self.subscriptions)
        self.calls: list[tuple[Any, ...]] = []
        self.asked: list[Any] = []
        self.planned: list[Part | None] = []
        self.runs: list[int] = []
        self.logs: dict[int, FakeLogs] = {}
        self.streams = 0
        self.triggers = FakeTriggers()
        self.hooks = FakeHooks()
        self.access: Any = FakeAccess()
        self.emits = FakeEmits()
        self.tokens = AttemptTokens()
        self.artifacts = FakeArtifacts()
        self.webhooks = FakeDesk(self.calls)
        self.desks = FakeDesks()
        self.gate = trio.Event()
        self.gate.set()

    async def emit(self, count: int = 1, *, run: int = 1) -> None:
        """Announce `count` events of `run`."""
        first = self.ring.last_seq + 1
        await self.announce([make_record(seq, run=run) for seq in range(first, first + count)])

    async def announce(self, records: list[Record]) -> None:
        """Store and announce `records`."""
        await self.store.commit(Batch(records=tuple(records)))
        self.ring.extend(records)

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
        """Accept a run once the gate is open; "broken" is a bug, "unread" a disk that fails."""
        if workflow == "broken":
            text = "a bug of the daemon"
            raise RuntimeError(text)
        if workflow == "unread":
            text = "disk I/O error"
            raise StoreError(text)
        if workflow != "quality":
            text = f'there is no workflow "{workflow}"'
            error = CallError("NoSuchWorkflow", text, hint='did you mean "quality"?')
            raise error
        await self.gate.wait()
        self.calls.append(("submit", workflow, dict(params), trigger, reason, dir, part, parent))
        self.runs.append(len(self.runs) + 1)
        return self.runs[-1]

    async def retry(self, run: int, *, failed: bool, trigger: Trigger, reason: str | None = None) -> int:
        """Accept a run again."""
        self._check(run)
        self.calls.append(("retry", run, failed, trigger, reason))
        self.runs.append(len(self.runs) + 1)
        return self.runs[-1]

    async def cancel(self, run: int, *, by: str, reason: str | None = None, force: bool = False) -> None:
        """Note the wish."""
        self._check(run)
        self.calls.append(("cancel", run, by, reason, force))

    async def reload(self, *, by: str) -> tuple[str, ...]:
        """Say what changed."""
        self.calls.append(("reload", by))
        return ("quality: timeout 10m, was 5m",)

    async def drain(self, *, by: str) -> dict[str, Any]:
        """Note the wish."""
        self.calls.append(("drain", by))
        return {"executing": 1, "queued": 2}

    async def undrain(self, *, by: str) -> dict[str, Any]:
        """Note the wish."""
        self.calls.append(("undrain", by))
        return {"executing": 1, "queued": 2}

    async def explain(self, run: int, *, step: str | None) -> list[dict[str, Any]]:
        """Two sentences."""
        self._check(run)
        self.asked.append((run, step))
        return [
            {"seq": 1, "time": NOW, "step": None, "text": "dev1 asked for it"},
            {"seq": None, "time": None, "step": step, "text": "it is the next one in the queue"},
        ]

    async def status(self) -> dict[str, Any]:
        """A status without workflows."""
        return {
            "version": "1.0.0",
            "name": "buildhost",
            "pid": 1,
            "started_at": NOW,
            "draining": False,
            "drained_by": None,
            "config": {"path": "aegis.toml", "files": [], "loaded_at": NOW},
            "socket": "control.sock",
            "state_dir": "state",
            "runs": {"executing": 0, "queued": 0, "slots": 2},
            "disk": {"used_bytes": 0, "free_bytes": 1, "total_bytes": 1},
            "keep": {"runs": 200, "days": 90, "logs_bytes": 1},
            "containment": "cgroup",
            "cursor": f"{EPOCH}.{self.ring.last_seq}",
            "subscriptions": self.events.sum_subscriptions(),
            "webhooks": self.webhooks.list_webhooks(),
            "workflows": [],
            **await self.desks.show_status(),
        }

    async def list_workflows(self) -> list[dict[str, Any]]:
        """The one workflow there is."""
        return [
            {
                "name": "quality",
                "description": "all checks",
                "origin": "aegis.toml:1",
                "params": [{"name": "ref", "default": None, "description": ""}],
                "steps": ["lint", "tests"],
                "last": None,
                "usual_s": 24.1,
                "executing": 0,
                "queued": 0,
                "triggers": [],
                "next_at": None,
            }
        ]

    def plan(self, workflow: str, *, params: Mapping[str, str], part: Part | None = None) -> dict[str, Any]:
        """A plan without steps."""
        self.planned.append(part)
        return {
            "workflow": workflow,
            "description": "",
            "origin": "aegis.toml:1",
            "timeout_s": None,
            "max_concurrent": 1,
            "on_busy": "queue",
            "params": dict(params),
            "env": [],
            "steps": [],
        }

    async def find_run(self, selector: str | None, *, by: str) -> int:
        """The newest run."""
        self.asked.append((selector, by))
        if not self.runs:
            text = "there is no run yet"
            raise no_such_run(text)
        return self.runs[-1]

    async def list_runs(self, wanted: RunFilter) -> list[dict[str, Any]]:
        """No runs; notes what was wanted."""
        self.asked.append(wanted)
        return []

    async def get_run(self, run: int) -> dict[str, Any]:
        """A run without steps."""
        self._check(run)
        return {"run": show_run(run), **EMPTY_DETAIL}

    def show_config(self, *, origin: bool) -> str:
        """A configuration of one line."""
        return f"# origin: {origin}\n"

    async def open_tail(self, wanted: EventFilter, *, after: str | None, last: int | None) -> EventStream:
        """A real stream over the ring."""
        self.asked.append((wanted, after, last))
        self.streams += 1
        cursor = self.ring.last_seq
        first: list[Any] = []
        if after is not None:
            epoch, _, seq = after.rpartition(".")
            if epoch != EPOCH:
                text = "the cursor belongs to another store"
                error = CallError("BadCursor", text)
                raise error
            cursor = int(seq)
        elif last is not None:
            first = self.ring.recent(last, wanted)
        tail = Tail(ring=self.ring, store=self.store, wanted=wanted, cursor=cursor)
        return EventStream(tail, epoch=EPOCH, first=first, run=wanted.run)

    async def open_logs(
        self, run: int, *, steps: Sequence[str] | None, attempt: int, follow: bool, lines: int | None
    ) -> FakeLogStream:
        """The output of `run`."""
        self.asked.append((run, steps, attempt, follow, lines))
        if run not in self.logs:
            text = f"there is no run #{run}"
            raise no_such_run(text)
        return FakeLogStream(self.logs[run], follow=follow)

    def _check(self, run: int) -> None:
        if run not in self.runs:
            text = f"there is no run #{run}"
            raise no_such_run(text)


def no_such_run(text: str) -> CallError:
    """The refusal of a run that is not there."""
    return CallError("NoSuchRun", text)


def make_record(seq: int, *, run: int = 1) -> Record:
    """A numbered `workflow.started`."""
    event = Event(
        seq=seq,
        id=f"0192a5b0-1c2d-7e3f-8a4b-{seq:012}",
        type="workflow.started",
        time=NOW,
        workflow="quality",
        run=run,
        data=WorkflowStarted(step_count=2, queued_s=0.1),
    )
    return Record(event=event, body=encode_event(event))
