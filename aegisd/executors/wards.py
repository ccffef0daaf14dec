"""Attempts that an earlier aegisd left to their keepers: looked for at the start, then taken over or ended.

A keeper is found by its socket, never by a pid. One that is gone has either written how the attempt ended, or the
attempt was cut short: what is left of it is ended.
"""

import logging
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import trio
from attrs import define

from aegisd.executors.command import Command, SpawnError
from aegisd.executors.ending import end_attempt
from aegisd.executors.kept_attempt import Hold, KeptAttempt
from aegisd.executors.records import Record, Records
from aegisd.executors.subreaper_attempt import Ticket
from aegisd.programs.cgroup_tree import end_tree

_log = logging.getLogger("aegisd.executors")

_NONSENSE = (ValueError, IndexError, TypeError)
_AT_ONCE = 100
_ANSWER_S = 10.0
_PAUSE_S = 0.05
_GONE_S = 5.0


@define(eq=False, kw_only=True)
class Ward:
    """An attempt of that name that goes on without an aegisd, or has ended so (`ended_at`, seconds since the boot).
    `memo` came with its command. `take` it, or `end` it."""

    name: str
    memo: str
    _held: KeptAttempt
    _strategy: str
    _is_taken: bool = False

    @property
    def ended_at(self) -> float | None:
        """When its main process ended; None while that goes on."""
        return self._held.ended_at

    @property
    def cgroup(self) -> str | None:
        """The cgroup that it is in."""
        return self._held.cgroup

    def take(self, command: Command) -> KeptAttempt:
        """Take it over as the attempt of `command`; whoever does has to end it. Raises SpawnError when it is gone."""
        if self._is_taken:
            message = f"{self.name} was lost: it was ended or taken over before"
            raise SpawnError(message)
        self._is_taken = True
        self._held.resume_as(command)
        return self._held

    async def end(self, *, grace: float = 0.0) -> None:
        """End what is left of it, unless it was taken."""
        if self._is_taken:
            return
        self._is_taken = True
        with trio.CancelScope(shield=True):
            hurry = trio.Event()
            if grace <= 0:
                hurry.set()
            await end_attempt(self._held, strategy=self._strategy, grace=grace, hurry=hurry)
            await self._held.close()


async def find_wards(
    records: Records, *, boot_id: str | None, strategy: str, controllers: frozenset[str]
) -> dict[str, Ward]:
    """The attempts in `records` that can be taken over, by name. Of the others nothing is left afterwards, nor of their
    records. The caller holds the lock of the state directory."""
    found: dict[str, Ward] = {}
    limit = trio.CapacityLimiter(_AT_ONCE)

    async def look(record: Record) -> None:
        async with limit:
            try:
                held = await _find(records, record, boot_id=boot_id, controllers=controllers)
            except _NONSENSE as error:
                _log.error("%s cannot be taken over, what is said of it makes no sense: %s", record.name, error)
                records.drop(record.name)
                return
        if held is not None:
            found[record.name] = Ward(name=record.name, memo=record.memo, held=held, strategy=strategy)

    async with trio.open_nursery() as nursery:
        for record in list(records.iterate()):
            nursery.start_soon(look, record)
    records.sweep()
    return found


async def end_wards(wards: Sequence[Ward], records: Records) -> None:
    """End those of `wards` that nobody has taken, at once and all at the same time."""
    async with trio.open_nursery() as nursery:
        for ward in wards:
            nursery.start_soon(_end, ward, records)


async def _end(ward: Ward, records: Records) -> None:
    await ward.end()
    records.drop(ward.name)


async def _find(
    records: Records, record: Record, *, boot_id: str | None, controllers: frozenset[str]
) -> KeptAttempt | None:
    if record.boot_id is not None and record.boot_id == boot_id:
        held = await _connect(records, record, controllers) or _read(records, record, controllers)
        if held is not None and not held.is_abandoned and not held.is_taken:
            return held
        if held is not None and held.is_taken:
            _log.error("%s is held by another process: it is left alone", record.name)
            held.detach()
            return None
        if held is not None:
            await Ward(name=record.name, memo="", held=held, strategy="").end()
        if record.cgroup is not None:
            await trio.to_thread.run_sync(partial(end_tree, record.cgroup, patience=_GONE_S))
    records.drop(record.name)
    return None


async def _connect(records: Records, record: Record, controllers: frozenset[str]) -> KeptAttempt | None:
    """The attempt as its keeper tells of it; None where there is no keeper any more. One whose last owner is about to
    go is asked again."""
    with trio.move_on_after(_ANSWER_S):
        while True:
            try:
                channel = records.connect(record.name)
            except OSError:
                return None
            held = _hold(records, record, channel, controllers)
            with _closed_on_nonsense(held), trio.move_on_after(_ANSWER_S):
                await held.hear_on(until=lambda held=held: bool(held.pid or held.is_taken))  # type: ignore[misc]
            if held.pid and not held.is_lost:
                return held
            if not held.is_taken:
                held.detach()
                return None
            if trio.current_effective_deadline() - trio.current_time() < 2 * _PAUSE_S:
                return held
            held.detach()
            await trio.sleep(_PAUSE_S)
    return None


def _read(records: Records, record: Record, controllers: frozenset[str]) -> KeptAttempt | None:
    """The attempt as its keeper has left it in the file; None when it is not there."""
    story = records.read_end(record.name)
    if not story:
        return None
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(story)
    held = _hold(records, record, ours, controllers)
    with _closed_on_nonsense(held):
        if held.is_empty() and held.status is not None:
            return held
    held.detach()
    return None


@contextmanager
def _closed_on_nonsense(held: KeptAttempt) -> Iterator[None]:
    try:
        yield
    except _NONSENSE:
        held.detach()
        raise


def _hold(records: Records, record: Record, channel: socket.socket, controllers: frozenset[str]) -> KeptAttempt:
    command = Command(argv=(record.name,), env={}, dir="/", output_fd=-1, is_taken_over=True)
    ticket = Ticket(name=record.name, kill=lambda _: None, forget=lambda _: None, is_unwatched=True)
    ticket.told.set()
    hold = Hold(
        drop=partial(records.drop, record.name),
        cgroup=record.cgroup if record.cgroup and os.path.isdir(record.cgroup) else None,  # noqa: PTH112 - as it is
        controllers=controllers,
    )
    return KeptAttempt(command, channel=channel, ticket=ticket, hold=hold)
