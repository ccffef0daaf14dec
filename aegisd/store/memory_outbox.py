"""The outbox's twin in memory; see `OutboxStore`."""

from collections.abc import Sequence

from attrs import asdict, evolve

from aegisd.core.delivery import (
    Delivery,
    DeliveryFilter,
    DeliveryState,
    DeliveryUpdate,
    Load,
    NewDelivery,
    OutboxChange,
    Progress,
    WebhookState,
)
from aegisd.core.model import Mark


class MemoryOutbox:
    """What it holds is gone with it."""

    def __init__(self) -> None:
        self._rows: dict[int, Delivery] = {}
        self._states: dict[str, WebhookState] = {}
        self._last = 0

    def insert(self, deliveries: Sequence[NewDelivery]) -> None:
        """What `Batch.outgoing` holds."""
        taken = {(row.webhook, row.seq) for row in self._rows.values()} if deliveries else set()
        for new in deliveries:
            if (new.webhook, new.seq) not in taken:
                self._last += 1
                self._rows[self._last] = _make(new, self._last, Progress())

    async def read_pending(self, webhook: str, *, after: int, limit: int) -> list[Delivery]:
        """In the order of the events."""
        found = [row for row in self._pending() if row.webhook == webhook and row.seq > after]
        return sorted(found, key=lambda row: row.seq)[:limit]

    async def read_stale(self, *, before: str, limit: int) -> list[Delivery]:
        """The oldest first."""
        return [row for row in self._pending() if row.queued.time < before][:limit]

    async def list_deliveries(self, wanted: DeliveryFilter) -> list[Delivery]:
        """The newest first."""
        found = [row for row in list(self._rows.values())[::-1] if _passes(row, wanted)]
        return [evolve(row, body=b"") for row in found[: wanted.limit]]

    async def get_delivery(self, number: int) -> Delivery | None:
        """One delivery."""
        return self._rows.get(number)

    async def count_pending(self) -> dict[str, Load]:
        """What waits."""
        loads: dict[str, Load] = {}
        for row in self._pending():
            load = loads.get(row.webhook, Load())
            loads[row.webhook] = Load(count=load.count + 1, size=load.size + len(row.body.decode()))
        return loads

    async def write(self, changes: Sequence[OutboxChange]) -> None:
        """Keep `changes`."""
        self.change(changes)

    def change(self, changes: Sequence[OutboxChange]) -> None:
        """What `Batch.changes` holds."""
        for change in changes:
            if isinstance(change, WebhookState):
                self._states[change.name] = change
            elif change.id in self._rows:
                self._put(change)

    async def requeue(self, numbers: Sequence[int], *, queued: Mark) -> int:
        """Earlier attempts stay in the books."""
        found = [self._rows[number] for number in numbers if number in self._rows]
        for row in found:
            self._rows[row.id] = _renew(row, queued)
        return len(found)

    async def replay(self, deliveries: Sequence[NewDelivery]) -> int:
        """Once more, or for the first time."""
        known = {(row.webhook, row.seq): row for row in self._rows.values()}
        for new in deliveries:
            row = known.get((new.webhook, new.seq))
            if row is None:
                self.insert([new])
            else:
                self._rows[row.id] = _make(new, row.id, Progress(tries=row.progress.tries))
        return len(deliveries)

    async def shrink(self, webhook: str, *, count: int, size: int, at: str, reason: str) -> int:
        """Counted from the newest on."""
        total, given_up = 0, 0
        mine = sorted((row for row in self._pending() if row.webhook == webhook), key=lambda row: -row.seq)
        for place, row in enumerate(mine, 1):
            total += len(row.body.decode())
            if place > count or total > size:
                progress = evolve(row.progress, finished_at=at, reason=reason)
                self._put(DeliveryUpdate(id=row.id, state=DeliveryState.DEAD, progress=progress))
                given_up += 1
        return given_up

    async def find_unsent(self, webhook: str, *, since: str) -> list[int]:
        """The newest of each run, where it is dead."""
        newest = {row.run: row for row in sorted(self._rows.values(), key=lambda r: r.seq) if row.webhook == webhook}
        dead = [row for row in newest.values() if row.state is DeliveryState.DEAD]
        return sorted(row.id for row in dead if (row.progress.finished_at or "") >= since)

    async def forget(self, *, delivered_before: str, dead_before: str, most: int) -> int:
        """What waits is never dropped."""
        limits = {DeliveryState.DELIVERED: delivered_before, DeliveryState.DEAD: dead_before}
        kept: dict[str, int] = {}
        gone = []
        for row in sorted(self._rows.values(), key=lambda row: -row.id):
            if row.state is DeliveryState.PENDING:
                continue
            if row.state is DeliveryState.DELIVERED:
                kept[row.webhook] = kept.get(row.webhook, 0) + 1
            too_many = row.state is DeliveryState.DELIVERED and kept[row.webhook] > most
            if too_many or (row.progress.finished_at or "") < limits[row.state]:
                gone.append(row.id)
        for number in gone:
            del self._rows[number]
        return len(gone)

    async def read_states(self) -> dict[str, WebhookState]:
        """All that are remembered."""
        return dict(self._states)

    def _pending(self) -> list[Delivery]:
        return [row for row in self._rows.values() if row.state is DeliveryState.PENDING]

    def _put(self, update: DeliveryUpdate) -> None:
        if update.state is DeliveryState.PENDING is not self._rows[update.id].state:
            return  # what was given up meanwhile does not come to life again
        self._rows[update.id] = evolve(self._rows[update.id], state=update.state, progress=update.progress)


def _make(new: NewDelivery, number: int, progress: Progress) -> Delivery:
    fields = asdict(new, recurse=False)
    return Delivery(id=number, state=DeliveryState.PENDING, progress=progress, **fields)


def _renew(row: Delivery, queued: Mark) -> Delivery:
    return evolve(row, state=DeliveryState.PENDING, queued=queued, progress=Progress(tries=row.progress.tries))


def _passes(row: Delivery, wanted: DeliveryFilter) -> bool:
    has_failed = row.state is DeliveryState.DEAD or (
        row.state is DeliveryState.PENDING and row.progress.tried is not None
    )
    return (
        wanted.webhook in (None, row.webhook)
        and wanted.run in (None, row.run)
        and (wanted.since is None or row.queued.time >= wanted.since)
        and (not wanted.states or row.state in wanted.states)
        and (not wanted.failed or has_failed)
    )
