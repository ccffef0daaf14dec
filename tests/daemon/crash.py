"""A power cut for the engine in virtual time, and the start that comes after it."""

from collections.abc import Mapping

import trio

from aegisd.core.model import Workflow
from aegisd.core.record import Batch
from aegisd.core.state import fold
from aegisd.engine.taking_over import Ward
from aegisd.recovery import recover_runs
from aegisd.store.memory import MemoryStore
from aegisd.timeline.identity import Clock
from tests.engine.kit import House, open_house
from tests.engine.scripted import ScriptedSpec, Stage

SPECS = {"scripted": ScriptedSpec}


class Crash(Exception):  # noqa: N818 - not an error, a power cut
    """Ends an engine in the middle of what it does."""


def break_down() -> None:
    """Raises Crash."""
    raise Crash


class Disk(MemoryStore):
    """A store that keeps nothing more once the power is cut."""

    cut = False

    async def commit(self, batch: Batch) -> None:
        """Keep `batch` while there is power."""
        if not self.cut:
            await super().commit(batch)


async def crash(
    *definitions: Workflow, after: float, cancel: int | None = None, slots: int = 1, clock: Clock | None = None
) -> Disk:
    """What an engine leaves that is cut off after `after` seconds, right after the run `cancel` was to be ended."""
    disk = Disk()
    try:
        async with open_house(store=disk, slots=slots, clock=clock, workflows=definitions) as house:
            for definition in definitions:
                await house.submit(definition)
            await trio.sleep(after)
            if cancel is not None:
                await house.supervisor.cancel(cancel, by="uid:7", reason="wrong branch")
            disk.cut = True
            break_down()
    except* Crash:
        disk.cut = False
    return disk


async def cut_after(store: MemoryStore, count: int) -> MemoryStore:
    """A store that holds what `store` held when its first `count` events were on disk."""
    kept = store.records[:count]
    runs = sorted({record.event.run for record in kept if record.event.run is not None})
    rows = [fold(run, [record.event for record in kept if record.event.run == run]).summarize() for run in runs]
    earlier = MemoryStore()
    await earlier.commit(Batch(records=tuple(kept), runs=tuple(rows), definitions=store._definitions))
    return earlier


async def recover(house: House, wards: Mapping[str, Ward] | None = None) -> tuple[int, ...]:
    """What a start does before the doors open, with `wards` that went on meanwhile; the runs that were interrupted."""
    recovery = await recover_runs(
        store=house.store,
        recorder=house.recorder,
        supervisor=house.supervisor,
        acceptance=house.acceptance,
        step_types=SPECS,
        wards=wards or {},
    )
    return recovery.interrupted


async def start_again(
    store: MemoryStore,
    *runs: int,
    stage: Stage | None = None,
    clock: Clock | None = None,
    workflows: tuple[Workflow, ...] = (),
) -> House:
    """The engine after a restart, once `runs` have ended."""
    async with open_house(
        store=store, last_seq=len(store.records), stage=stage, clock=clock, workflows=workflows
    ) as house:
        await recover(house)
        await house.wait_ended(*runs)
    return house
