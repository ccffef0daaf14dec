"""Calls scancel for many jobs at a time: what is asked for while one call is under way goes with the next.

Nine hundred steps that are cancelled together would otherwise be nine hundred processes, and as many again with each
repetition.
"""

import trio
from attrs import define, field

from aegisd.executors.slurm.client import SlurmClient

_PER_CALL = 200


@define(eq=False)
class _Batch:
    targets: list[str] = field(factory=list)
    sent: trio.Event = field(factory=trio.Event)


class Canceller:
    """See the module."""

    def __init__(self, client: SlurmClient) -> None:
        self._client = client
        self._batches: dict[tuple[str, ...], _Batch] = {}
        self._asked = trio.Event()

    async def run(self) -> None:
        """Call scancel until cancelled."""
        while True:
            await self._asked.wait()
            self._asked = trio.Event()
            batches, self._batches = self._batches, {}
            for options, batch in batches.items():
                for start in range(0, len(batch.targets), _PER_CALL):
                    await self._client.call("scancel", "-Q", *options, *batch.targets[start : start + _PER_CALL])
                batch.sent.set()

    async def send(self, target: str, *options: str) -> None:
        """scancel with `options` for a job, or a step of one. Whether it was of use is for the next poll to tell."""
        batch = self._batches.setdefault(options, _Batch())
        batch.targets.append(target)
        self._asked.set()
        await batch.sent.wait()
