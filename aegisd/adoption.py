"""What `[daemon] on_stop = "adopt"` means at the start and while aegisd runs: the programs of an earlier aegisd that
are not taken over are ended, and records of programs go once their end is in the timeline.

A record is dropped by a reader of the timeline and not by whoever carries an attempt out: only what is on disk may be
forgotten elsewhere.
"""

import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from aegisd.config.values import DaemonConfig, OnStop
from aegisd.core.record import EventFilter, StoreError
from aegisd.core.state import RunState
from aegisd.engine.taking_over import name_attempt
from aegisd.executors.keepers import KeeperContainment, Terms, open_keepers
from aegisd.executors.leftovers import kill_leftovers
from aegisd.executors.opening import open_containment
from aegisd.timeline.ring import Ring
from aegisd.timeline.tail import Gap, History, Tail

_log = logging.getLogger("aegisd")

_ENDS = frozenset({"step.completed", "step.retrying", "step.interrupted"})


@asynccontextmanager
async def open_attempts(
    daemon: DaemonConfig, *, state_dir: Path, boot_id: str | None
) -> AsyncIterator[KeeperContainment]:
    """What holds the programs of attempts together, as `daemon` says. Raises StartError."""
    adopts = daemon.on_stop is OnStop.ADOPT
    terms = Terms(timeout=daemon.adopt_timeout, grace=daemon.grace) if adopts else None
    async with (
        open_containment(daemon.containment.value, state_dir=state_dir, leaves_room=adopts) as strategy,
        open_keepers(strategy, state_dir=state_dir, boot_id=boot_id, terms=terms) as keepers,
    ):
        yield keepers


async def end_leftovers(
    unfinished: Collection[int],
    claimed: Collection[str],
    folds: Mapping[int, RunState],
    containment: KeeperContainment,
    *,
    socket: str,
) -> None:
    """End what is left of the `unfinished` runs of an earlier aegisd, but for the attempts that are `claimed`; `folds`
    are the states of the runs that go on."""
    await containment.end_rest(claimed)
    if unfinished:
        spare = [marks for run in unfinished if run in folds for marks in _mark_claimed(folds[run], claimed)]
        await kill_leftovers(unfinished, socket=socket, spare=spare)
    if claimed:
        _log.info("%d programs went on without aegisd and are taken over", len(claimed))


async def forget_ended(*, ring: Ring, store: History, forget: Callable[[str], None]) -> None:
    """Call `forget` with the name of each attempt whose end is announced from now on; ends with the timeline."""
    tail = Tail(ring=ring, store=store, wanted=EventFilter(types=_ENDS), cursor=ring.last_seq)
    while await tail.wait():
        try:
            for record in await tail.read():
                event = None if isinstance(record, Gap) else record.event
                if event is not None and event.run is not None and event.index is not None:
                    forget(name_attempt(event.run, event.index, event.attempt or 1))
        except StoreError:
            tail.cursor = ring.last_seq  # what is not forgotten now is at the next start


def _mark_claimed(state: RunState, claimed: Collection[str]) -> Iterator[frozenset[bytes]]:
    """What tells the processes of each claimed attempt of a run from others, in their environment."""
    for step in state.steps.values():
        if name_attempt(state.id, step.index, step.attempt) in claimed:
            marks = {"AEGIS_RUN_ID": state.id, "AEGIS_STEP": step.name, "AEGIS_ATTEMPT": step.attempt}
            yield frozenset(f"{name}={value}".encode() for name, value in marks.items())
