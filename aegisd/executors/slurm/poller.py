"""One look at the controller for all jobs: every so often while somebody watches, at once where somebody waits for an
answer, but no more often than the controller answers easily.

What is not in the answer of a poll that *succeeded* is not there; a poll that failed proves nothing. It is also the
reaper: a job with our mark that nobody watches is cancelled, so that nothing runs for ever that no run owns.
"""

import logging
import os
from collections.abc import Callable, Collection

import trio

from aegisd.executors.slurm.client import SlurmClient
from aegisd.executors.slurm.records import FORMAT, Record, find_latest, parse_record

_log = logging.getLogger("aegisd.executors")

_SHORTEST_S = 0.05
_REST = 2.0
_MANY_END = 10
_SOONER = 4
_LONGEST_S = 10.0
_IDLE_S = 60.0
_PER_CALL = 200


class Poller:
    """See the module. `is_ours` knows the names of our jobs. `records` are as of the last good poll;
    `failure` says why the polls since `failing_since` (trio's clock) have failed. Nothing is reaped before `may_reap`:
    somebody has to say first which jobs are owned."""

    def __init__(self, client: SlurmClient, *, is_ours: Callable[[str], bool]) -> None:
        self._client = client
        self._is_ours = is_ours
        self.may_reap = False
        self.records: dict[str, Record] = {}
        self.watched: set[str] = set()
        self.failure: str | None = None
        self.failing_since: float | None = None
        self.last_error: str | None = None
        self._reaped: set[str] = set()
        self._is_tidy = True
        self._lines: dict[str, Record | None] = {}
        self._begun = 0
        self._good = 0
        self._turn = trio.Event()
        self._wake = trio.Event()
        self._swept = trio.Event()

    async def run(self, *, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
        """Poll until it is cancelled."""
        task_status.started()
        while True:
            self._wake = trio.Event()
            begun = trio.current_time()
            await self._poll()
            turn, self._turn = self._turn, trio.Event()
            turn.set()
            interval = self._client.keys.poll_interval
            rest = max(_SHORTEST_S, min(_REST * (trio.current_time() - begun), interval))
            await trio.sleep(rest)
            with trio.move_on_after(max(0.0, self._pause() - rest)):
                await self._wake.wait()

    async def look(self) -> None:
        """Until a poll has succeeded that began after this call."""
        wanted = self._begun + 1
        while self._good < wanted:
            self._wake.set()
            await self._turn.wait()
            if self.failure is not None:
                await trio.sleep(min(self._client.keys.poll_interval, 1.0))

    async def wait_turn(self) -> None:
        """Until the next poll has been tried."""
        await self._turn.wait()

    @property
    def begun(self) -> int:
        """The number of the last poll that has begun."""
        return self._begun

    @property
    def good(self) -> int:
        """The number of the last poll that succeeded, of which `records` are."""
        return self._good

    @property
    def is_swept(self) -> bool:
        """Whether nothing of an earlier life is left."""
        return self._swept.is_set()

    async def wait_swept(self) -> None:
        """Until no job of ours is there that nobody watches, after the start."""
        self._wake.set()
        await self._swept.wait()

    def own(self, names: Collection[str]) -> None:
        """Watch `names`: they are not reaped."""
        if not self.watched:
            self._wake.set()
        self.watched.update(names)

    def disown(self, name: str) -> None:
        """Stop watching a job. What is left of it by then is reaped soon."""
        self.watched.discard(name)
        record = self.records.get(name)
        if self.failure is not None or (record is not None and not record.is_over):
            self._is_tidy = False
            self._wake.set()

    def orphans(self) -> list[Record]:
        """Our jobs that nobody watches and that have not ended."""
        return [record for name, record in self.records.items() if name not in self.watched and not record.is_over]

    def _pause(self) -> float:
        """Seconds to the next poll: more while nobody watches or nobody answers, less while many jobs end."""
        if self.failure is not None:
            since = trio.current_time() - (self.failing_since or trio.current_time())
            return min(_LONGEST_S, max(self._client.keys.poll_interval, since / 4))
        if not self.watched and self._is_tidy and self._swept.is_set():
            return _IDLE_S
        return self._client.keys.poll_interval / (_SOONER if self._is_ending() else 1)

    def _is_ending(self) -> bool:
        """Whether a tenth of all jobs were found to have ended: what began together ends together."""
        watched = [record for record in map(self.records.get, self.watched) if record is not None]
        return sum(record.is_over for record in watched) * _MANY_END > len(watched)

    async def _poll(self) -> None:
        self._begun += 1
        number = self._begun
        at = trio.current_time()
        options = ("-h", "-a", "-t", "all", "-u", str(os.geteuid()), "-O", FORMAT)
        answer = await self._client.call("squeue", *options)
        if not answer.is_good:
            if self.failure is None:
                self.failing_since = at
                _log.warning("Slurm does not answer: %s", answer.error)
            self.failure = self.last_error = answer.error or f"squeue left with {answer.status}"
            return
        if self.failure is not None:
            _log.warning("Slurm answers again")
        self.failure = self.failing_since = None
        self._good = number
        self.records = self._read(answer.text)
        if self.may_reap:
            await self._reap()

    def _read(self, text: str) -> dict[str, Record]:
        """Our jobs by name, the latest of each. Most lines are of jobs that ended minutes ago, and were read then."""
        known, self._lines = self._lines, {}
        for line in text.splitlines():
            self._lines[line] = known[line] if line in known else self._read_line(line)
        return find_latest(record for record in self._lines.values() if record is not None)

    def _read_line(self, line: str) -> Record | None:
        record = parse_record(line)
        return record if record is not None and self._is_ours(record.name) else None

    async def _reap(self) -> None:
        """Ask for the end of what nobody owns; what is asked for twice does no harm."""
        orphans = self.orphans()
        self._is_tidy = not orphans
        if not orphans:
            self._swept.set()
            return
        new = [record.id for record in orphans if record.id not in self._reaped]
        if new:
            _log.warning("cancelling %d jobs of Slurm that no run owns", len(new))
        self._reaped = {record.id for record in orphans}
        ids = [record.id for record in orphans if record.state != "COMPLETING"]
        for start in range(0, len(ids), _PER_CALL):
            await self._client.call("scancel", "-Q", *ids[start : start + _PER_CALL])
