"""The store's twin without a disk or a thread, for virtual time: the same promises, kept in lists."""

from collections.abc import Collection, Mapping, Sequence

from attrs import evolve

from aegisd.core.event_filter import make_predicate
from aegisd.core.hook import Delivery
from aegisd.core.median import find_median
from aegisd.core.model import Result, RunSummary, State
from aegisd.core.place import Place
from aegisd.core.record import Batch, Bounds, EventFilter, Record, RunFilter
from aegisd.core.usage import Usage, fold_usage
from aegisd.store.artifact_index import ArtifactIndex
from aegisd.store.artifact_index_memory import MemoryArtifactIndex
from aegisd.store.gaps import join
from aegisd.store.memory_outbox import MemoryOutbox
from aegisd.store.tokens import MemoryTokenTable, TokenTable

_USUAL_RUNS = 10


class MemoryStore:
    """See `aegisd.store.Store`. What it holds is gone with it."""

    def __init__(self, *, epoch: str = "memory") -> None:
        self.bounds = Bounds(epoch=epoch)
        self._artifacts = MemoryArtifactIndex()
        self.outbox = MemoryOutbox()
        self.records: list[Record] = []
        self._runs: dict[int, RunSummary] = {}
        self._definitions: dict[str, bytes] = {}
        self._deliveries: list[Delivery] = []
        self._last_delivery = 0
        self._marks: dict[str, str] = {}
        self._gone: list[int] = []
        self._places: dict[str, Place] = {}
        self.tokens: TokenTable = MemoryTokenTable()

    @property
    def artifacts(self) -> ArtifactIndex:
        """Which artifacts each run has."""
        return self._artifacts

    async def commit(self, batch: Batch) -> None:
        """Keep `batch`."""
        self._artifacts.apply(batch.records)
        self.records.extend(batch.records)
        self._runs.update((run.id, run) for run in batch.runs)
        self._definitions.update(batch.definitions)
        for delivery in batch.deliveries:
            self._last_delivery += 1
            self._deliveries.append(evolve(delivery, id=self._last_delivery))
        self._marks.update(batch.marks)
        self.outbox.insert(batch.outgoing)
        self.outbox.change(batch.changes)

    async def read_events(self, after: int, *, limit: int, wanted: EventFilter) -> list[tuple[int, bytes]]:
        """At most `limit` events above `after` that pass `wanted`."""
        passes = make_predicate(wanted)
        found = (r for r in self.records if r.event.seq > after and passes(r.event))
        return [(record.event.seq, record.body) for record, _ in zip(found, range(limit), strict=False)]

    async def read_last_events(
        self, limit: int, *, wanted: EventFilter, before: int | None = None
    ) -> list[tuple[int, bytes]]:
        """The newest `limit` events (below `before`) that pass `wanted`, in order."""
        passes = make_predicate(wanted)
        found = [(r.seq, r.body) for r in self.records if passes(r.event) and (before is None or r.seq < before)]
        return found[max(0, len(found) - limit) :]

    async def count_events(self, *, wanted: EventFilter) -> int:
        """How many events pass `wanted`."""
        return sum(map(make_predicate(wanted), (record.event for record in self.records)))

    async def read_usage(self, *, wanted: EventFilter, by: tuple[str, ...]) -> list[Usage]:
        """What models have used, for each group of `by`."""
        return fold_usage(filter(make_predicate(wanted), (record.event for record in self.records)), by)

    async def read_gaps(self, after: int, *, last: int) -> list[tuple[int, int]]:
        """What is gone above `after` up to `last`."""
        return join(seq for seq in self._gone if after < seq <= last)

    async def first_seq(self) -> int:
        """The oldest event that is kept; 0 when there is none."""
        return self.records[0].event.seq if self.records else 0

    async def seq_before(self, time: str) -> int:
        """The newest event before `time`."""
        return max((record.event.seq for record in self.records if record.event.time < time), default=0)

    async def list_runs(self, wanted: RunFilter) -> list[RunSummary]:
        """Runs, the newest first."""
        return [run for run in self._newest_first() if _passes(run, wanted)][: wanted.limit]

    async def get_run(self, run: int) -> RunSummary | None:
        """One run."""
        return self._runs.get(run)

    async def find_run(self, *, workflow: str | None = None, by: str | None = None, back: int = 0) -> int | None:
        """The newest run (of `workflow`, started by `by`), or the one `back` before it."""
        fitting = [
            run.id for run in self._newest_first() if workflow in (None, run.workflow) and by in (None, run.trigger.by)
        ]
        return fitting[back] if back < len(fitting) else None

    async def unfinished_runs(self) -> list[RunSummary]:
        """Runs that have not ended, the oldest first."""
        return [run for run in self._newest_first()[::-1] if run.state is not State.FINISHED]

    async def read_histories(self, runs: Sequence[int]) -> dict[int, list[bytes]]:
        """All events of each of `runs`, in order."""
        histories: dict[int, list[bytes]] = {run: [] for run in runs}
        for record in self.records:
            if record.event.run in histories:
                histories[record.event.run].append(record.body)
        return histories

    async def latest_runs(self) -> dict[str, RunSummary]:
        """The newest run of each workflow."""
        return {run.workflow: run for run in self._newest_first()[::-1]}

    async def usual_durations(self, workflows: Sequence[str]) -> dict[str, float]:
        """The median seconds of the last ten passed runs of the whole workflow."""
        passed = [run for run in self._newest_first() if run.result is Result.SUCCESS and run.is_whole]
        found = {name: [r.duration_s or 0.0 for r in passed if r.workflow == name][:_USUAL_RUNS] for name in workflows}
        return {name: find_median(durations) for name, durations in found.items() if durations}

    async def read_definition(self, digest: str) -> bytes | None:
        """A stored definition."""
        return self._definitions.get(digest)

    async def find_expired(self, *, runs: int, before: str) -> list[int]:
        """Finished runs beyond the newest `runs` of their workflow, or finished before `before`."""
        ages: dict[str, int] = {}
        expired = []
        for run in self._newest_first():
            if run.state is not State.FINISHED:
                continue
            ages[run.workflow] = ages.get(run.workflow, 0) + 1
            if ages[run.workflow] > runs or (run.finished_at or "") < before:
                expired.append(run.id)
        return sorted(expired)

    async def forget_runs(self, runs: Sequence[int]) -> None:
        """Drop `runs` with their events, and definitions that no run uses any more."""
        gone = set(runs)
        self._artifacts.forget(gone)
        self._gone += [record.seq for record in self.records if record.event.run in gone]
        self.records = [record for record in self.records if record.event.run not in gone]
        self._runs = {number: run for number, run in self._runs.items() if number not in gone}
        used = {run.definition for run in self._runs.values()}
        self._definitions = {digest: body for digest, body in self._definitions.items() if digest in used}

    async def forget_loose_events(self, last: int, *, limit: int) -> int:
        """Drop at most `limit` events that belong to no run, up to the number `last`, the oldest first."""
        loose = [record.seq for record in self.records if record.event.run is None and record.seq <= last][:limit]
        self._gone += loose
        gone = set(loose)
        self.records = [record for record in self.records if record.seq not in gone]
        return len(loose)

    async def find_delivered_run(self, trigger: str, keys: Sequence[str], *, since: str) -> int | None:
        """The run that a delivery with one of `keys` has started since then."""
        for each in self._deliveries:
            if each.trigger == trigger and each.run is not None and each.time >= since and {*keys} & {*each.keys}:
                return each.run
        return None

    async def list_deliveries(self, trigger: str | None, *, limit: int) -> list[tuple[Delivery, bool]]:
        """Deliveries, the newest first, without their bodies; and whether the body is still there."""
        wanted = [each for each in self._deliveries[::-1] if trigger in (None, each.trigger)][:limit]
        return [(evolve(each, body=None, keys=()), each.body is not None) for each in wanted]

    async def read_delivery(self, number: int) -> Delivery | None:
        """One delivery with its body."""
        known = {each.id: each for each in self._deliveries}
        found = known.get(number)
        if found is None:
            return None
        first = known.get(found.replay_of or 0, found)
        return evolve(found, keys=(), body=found.body if found.body is not None else first.body)

    async def prune_deliveries(self, *, each: int, body_bytes: int, before: str) -> None:
        """Let go of old bodies and of older rows."""
        kept: list[Delivery] = []
        counts: dict[str, int] = {}
        total = 0
        for delivery in self._deliveries[::-1]:
            counts[delivery.trigger] = age = counts.get(delivery.trigger, 0) + 1
            total += len(delivery.body or b"")
            if age <= each or delivery.time >= before:
                kept.append(evolve(delivery, body=None) if age > each or total > body_bytes else delivery)
        self._deliveries = kept[::-1]

    async def read_marks(self) -> dict[str, str]:
        """All marks, by name."""
        return dict(self._marks)

    async def write_marks(self, marks: Mapping[str, str | None]) -> None:
        """Write `marks`; None takes one away."""
        merged = {**self._marks, **marks}
        self._marks = {name: text for name, text in merged.items() if text is not None}

    async def read_places(self) -> dict[str, Place]:
        """How far each subscription has come, by name."""
        return dict(self._places)

    async def keep_place(self, place: Place) -> None:
        """Keep how far a subscription has come."""
        self._places[place.name] = place

    async def forget_places(self, *, keep: Collection[str]) -> None:
        """Drop the places of subscriptions that are not in `keep`."""
        self._places = {name: place for name, place in self._places.items() if name in keep}

    async def status(self) -> Mapping[str, int]:
        """Nothing is on disk."""
        return {"file_bytes": 0}

    def _newest_first(self) -> list[RunSummary]:
        return [self._runs[number] for number in sorted(self._runs, reverse=True)]


def _passes(run: RunSummary, wanted: RunFilter) -> bool:
    return (
        wanted.workflow in (None, run.workflow)
        and wanted.by in (None, run.trigger.by)
        and (wanted.before is None or run.id < wanted.before)
        and (wanted.since is None or run.created_at >= wanted.since)
        and (wanted.until is None or run.created_at <= wanted.until)
        and (not wanted.results or run.result in wanted.results)
        and (not wanted.states or run.state in wanted.states)
        and (not wanted.triggers or run.trigger.kind in wanted.triggers)
    )
