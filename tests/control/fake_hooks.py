"""The webhooks of the daemon in memory: the real log over a store without a disk, and a desk that only replays."""

from aegisd.core.hook import Delivery
from aegisd.core.record import Batch
from aegisd.hook_log import HookLog
from aegisd.store.memory import MemoryStore
from aegisd.timeline.identity import Clock


class FakeHooks:
    """`replayed` is what was asked for: the delivery and by whom."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.log = HookLog(store=self.store, clock=Clock())
        self.replayed: list[tuple[int, str]] = []

    async def fill(self) -> None:
        """A delivery that started a run, one that was ignored, and a refusal."""
        common = {"trigger": "push", "time": "2026-11-21T08:00:31.204Z", "source": "192.0.2.1", "size": 2}
        ran = Delivery(**common, outcome="run", run=7, event="push", headers={"x-event": "push"}, body=b"{}")
        ignored = Delivery(**common, outcome="ignored", reason="branch docs not in main", replay_of=1, by="dev1")
        await self.store.commit(Batch(records=(), deliveries=(ran, ignored)))
        self.log.note_refusal("", source="192.0.2.2", status=401, reason="there is no such trigger")

    async def replay(self, number: int, *, by: str) -> int:
        """Say that run 8 was started."""
        self.replayed.append((number, by))
        return 8
