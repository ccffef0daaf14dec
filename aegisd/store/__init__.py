"""The store: everything that survives aegisd. `Store` is what others see; `sqlite.py` and `memory.py` are its two
forms."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from aegisd.core.hook import Delivery
from aegisd.core.model import RunSummary
from aegisd.core.place import Place
from aegisd.core.record import Batch, Bounds, EventFilter, RunFilter
from aegisd.core.usage import Usage
from aegisd.store.artifact_index import ArtifactIndex
from aegisd.store.outbox import OutboxStore
from aegisd.store.tokens import TokenTable


class Store(Protocol):
    """Events, runs and definitions. Every method raises StoreError when the disk or the file is at fault."""

    @property
    def bounds(self) -> Bounds:
        """Where the store stood when it was opened."""

    @property
    def tokens(self) -> TokenTable:
        """The tokens that aegisctl has made."""

    @property
    def artifacts(self) -> ArtifactIndex:
        """Which artifacts each run has; `commit` and `forget_runs` keep it up to date."""

    @property
    def outbox(self) -> OutboxStore:
        """The outbox."""

    async def commit(self, batch: Batch) -> None:
        """Write `batch` in one transaction; on return it survives as `synchronous` promises."""

    async def read_events(self, after: int, *, limit: int, wanted: EventFilter) -> list[tuple[int, bytes]]:
        """At most `limit` events above `after` that pass `wanted`, as (seq, JSON), in order."""

    async def read_last_events(
        self, limit: int, *, wanted: EventFilter, before: int | None = None
    ) -> list[tuple[int, bytes]]:
        """The newest `limit` events (below `before`) that pass `wanted`, in order."""

    async def count_events(self, *, wanted: EventFilter) -> int:
        """How many events pass `wanted`."""

    async def read_usage(self, *, wanted: EventFilter, by: tuple[str, ...]) -> list[Usage]:
        """What models have used in the events that pass `wanted`, for each group of `by` (`core.usage.GROUPS`)."""

    async def read_gaps(self, after: int, *, last: int) -> list[tuple[int, int]]:
        """What retention has let go of above `after` up to `last`: ranges of seq, in order."""

    async def first_seq(self) -> int:
        """The oldest event that is kept; 0 when there is none."""

    async def seq_before(self, time: str) -> int:
        """The newest event before `time` (RFC 3339 in UTC); 0 when there is none."""

    async def list_runs(self, wanted: RunFilter) -> list[RunSummary]:
        """Runs, the newest first."""

    async def get_run(self, run: int) -> RunSummary | None:
        """One run."""

    async def find_run(self, *, workflow: str | None = None, by: str | None = None, back: int = 0) -> int | None:
        """The newest run (of `workflow`, started by `by`), or the one `back` before it."""

    async def unfinished_runs(self) -> list[RunSummary]:
        """Runs that have not ended, the oldest first."""

    async def read_histories(self, runs: Sequence[int]) -> dict[int, list[bytes]]:
        """All events of each of `runs` as JSON, in order; asked for many runs at a time."""

    async def latest_runs(self) -> dict[str, RunSummary]:
        """The newest run of each workflow."""

    async def usual_durations(self, workflows: Sequence[str]) -> dict[str, float]:
        """The median seconds of the last ten passed runs of the whole workflow, for workflows that have some."""

    async def read_definition(self, digest: str) -> bytes | None:
        """A stored definition."""

    async def find_expired(self, *, runs: int, before: str) -> list[int]:
        """Finished runs to let go: beyond the newest `runs` of their workflow, or finished before the time `before`."""

    async def forget_runs(self, runs: Sequence[int]) -> None:
        """Drop the rows and events of `runs`, and definitions that no run uses."""

    async def forget_loose_events(self, last: int, *, limit: int) -> int:
        """Drop at most `limit` events that belong to no run, up to the number `last`, the oldest first; returns how
        many."""

    async def find_delivered_run(self, trigger: str, keys: Sequence[str], *, since: str) -> int | None:
        """The run that a webhook delivery to `trigger` with one of `keys` has started since then."""

    async def list_deliveries(self, trigger: str | None, *, limit: int) -> list[tuple[Delivery, bool]]:
        """Deliveries (of `trigger`), the newest first, without their bodies; and whether the body is still there."""

    async def read_delivery(self, number: int) -> Delivery | None:
        """One delivery with its body; that of a replay is the body of the delivery that was replayed."""

    async def prune_deliveries(self, *, each: int, body_bytes: int, before: str) -> None:
        """Let go of bodies beyond the newest `each` of a trigger and beyond `body_bytes` in all, the oldest first; and
        of rows beyond them that are from before that time."""

    async def read_marks(self) -> dict[str, str]:
        """All marks, by name."""

    async def write_marks(self, marks: Mapping[str, str | None]) -> None:
        """Write `marks` on their own; None takes one away."""

    async def read_places(self) -> dict[str, Place]:
        """How far each subscription has come, by name."""

    async def keep_place(self, place: Place) -> None:
        """Keep how far a subscription has come; on return it survives as `synchronous` promises."""

    async def forget_places(self, *, keep: Collection[str]) -> None:
        """Drop the places of subscriptions that are not in `keep`."""

    async def status(self) -> Mapping[str, int]:
        """Sizes for people: `file_bytes`."""
