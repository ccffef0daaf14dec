"""Containment in which programs may outlive aegisd: a command with a memo gets a keeper, others are held as ever.

It stands in front of the strategy in force, has its name, and does the same with cgroups where that one has them. Each
kept attempt has a record on disk, by which the next aegisd finds it (`records.py`, `wards.py`). The cgroups of kept
attempts are in a place of their own, which neither the warden nor a start empties.
"""

import os
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from attrs import evolve, frozen

from aegisd.core.errors import StartError
from aegisd.executors.cgroup import CgroupContainment, end_kept, is_kept, open_kept
from aegisd.executors.command import Command, SpawnError, explain_refusal
from aegisd.executors.containment import Containment, Held
from aegisd.executors.kept_attempt import Hold, KeptAttempt
from aegisd.executors.records import Record, Records
from aegisd.executors.subreaper import SubreaperContainment, open_subreapers
from aegisd.executors.subreaper_attempt import encode_request
from aegisd.executors.wards import Ward, end_wards, find_wards
from aegisd.programs.cgroup_tree import remove_tree
from aegisd.programs.keeper import TERMS


@frozen(kw_only=True)
class Terms:
    """For how many seconds a kept attempt goes on without an aegisd, and how many it then has between SIGTERM and
    SIGKILL."""

    timeout: float
    grace: float


class KeeperContainment:
    """See `Containment`. `wards` are the attempts of an earlier aegisd that can be taken over, by name. Without
    `spawning` no command gets a keeper. Made by `open_keepers`."""

    def __init__(
        self,
        inner: Containment,
        *,
        records: Records,
        wards: Mapping[str, Ward],
        boot_id: str | None,
        terms: Terms | None,
        spawning: SubreaperContainment | None,
        kept: CgroupContainment | None,
    ) -> None:
        self._inner = inner
        self._records = records
        self._boot_id = boot_id
        self._terms = terms
        self._spawning = spawning
        self._kept = kept
        self.wards = wards
        self.name = inner.name
        self.limits = inner.limits

    async def start(self, command: Command) -> Held:
        """See `Containment`. A command that is taken over is not started: it is the ward of its name."""
        if command.is_taken_over:
            ward = self.wards.get(command.name)
            if ward is None:
                message = f"{command.argv[0]} was lost: nobody holds {command.name}"
                raise SpawnError(message)
            return ward.take(command)
        if command.memo is None or self._spawning is None or self._terms is None:
            return await self._inner.start(command)
        return await self._keep(command, command.memo, self._spawning, self._terms)

    def forget(self, name: str) -> None:
        """The end of the attempt of that name is on record."""
        if self._spawning is not None or name in self.wards:
            self._records.drop(name)

    async def end_rest(self, claimed: Collection[str] = ()) -> None:
        """End the wards that nobody has taken over or will, as those who have `claimed` some by name."""
        rest = [ward for ward in self.wards.values() if ward.name not in claimed]
        await end_wards(rest, self._records)

    async def _keep(self, command: Command, memo: str, spawning: SubreaperContainment, terms: Terms) -> KeptAttempt:
        cgroup, inside = None, command
        if self._kept is not None:
            cgroup, argv = self._kept.prepare(command)
            inside = evolve(command, argv=argv)
        record = Record(name=command.name, boot_id=self._boot_id, cgroup=cgroup, memo=memo)
        try:
            path = os.fsencode(self._records.end_path(command.name))
            request = TERMS.pack(len(path), terms.timeout, terms.grace) + path + encode_request(inside)
            listener = self._records.open(record)
        except (OSError, ValueError) as error:
            self._records.drop(command.name)
            if cgroup is not None:
                remove_tree(cgroup)
            raise SpawnError(explain_refusal(command, error)) from error
        hold = Hold(
            drop=partial(self._records.drop, command.name),
            cgroup=cgroup,
            controllers=frozenset() if self._kept is None else self._kept.controllers,
        )
        kind = partial(KeptAttempt, hold=hold)
        with listener:
            return await spawning.begin(command, request, kind=kind, verb="keep", descriptors=(listener.fileno(),))


@asynccontextmanager
async def open_keepers(
    inner: Containment, *, state_dir: Path, boot_id: str | None, terms: Terms | None
) -> AsyncIterator[KeeperContainment]:
    """Keepers in front of `inner`, with `terms`; None: no command gets one, but those of an earlier aegisd are taken
    over all the same. Raises StartError. The caller holds the lock of `state_dir`."""
    records = Records(state_dir, is_kept=partial(is_kept, state_dir=state_dir))
    controllers = inner.controllers if isinstance(inner, CgroupContainment) else frozenset[str]()
    wards = await find_wards(records, boot_id=boot_id, strategy=inner.name, controllers=controllers)
    await end_kept(state_dir, spare={ward.cgroup for ward in wards.values()})
    parts = partial(KeeperContainment, inner, records=records, wards=wards, boot_id=boot_id, terms=terms)
    if terms is None:
        yield parts(spawning=None, kept=None)
        return
    async with AsyncExitStack() as stack:
        try:
            kept = open_kept(inner, state_dir) if isinstance(inner, CgroupContainment) else None
            spawning = await stack.enter_async_context(open_subreapers(outlives=True))
        except OSError as error:
            message = f'steps cannot be kept over a restart ([daemon] on_stop = "adopt"): {error}'
            raise StartError(message) from error
        yield parts(spawning=spawning, kept=kept)
