"""Jobs on nodes that do not see the files of this host: they run in a copy of the run's directory (`scratch.py`), and
what a step leaves is brought back before its end is told.

So whoever looks for artifacts and reports afterwards finds them where a step of this host would have left them. What
cannot be brought back makes no success. A step that was cancelled leaves nothing, as on this host.
"""

from functools import partial
from typing import TYPE_CHECKING

import trio
from attrs import evolve

from aegisd.core.job import EndKind, JobEnd
from aegisd.executors.command import Command
from aegisd.executors.job import Job, JobGroup, Sink
from aegisd.executors.slurm.allocated import AllocatedSlurm
from aegisd.executors.slurm.allocations import Allocation, Furnishing
from aegisd.executors.slurm.bringing import MOST_LISTED, choose_files
from aegisd.executors.slurm.inside import TELL, CopyError, Inside, Script
from aegisd.executors.slurm.options import step_options
from aegisd.executors.slurm.scratch import Scratch
from aegisd.executors.slurm.step_ends import decide_step_end
from aegisd.executors.unpacking import Unpacker, UnpackError

if TYPE_CHECKING:
    from aegisd.executors.slurm.base import OpenJob

_PROGRAM = frozenset({EndKind.EXITED, EndKind.SIGNALED})
_PLACES = ("AEGIS_ARTIFACTS", "AEGIS_HELPERS", "AEGIS_TRIGGER_FILE", "AEGIS_WORKSPACE", "PWD")
_BEFORE = '[ -z "$AEGIS_ARTIFACTS" ] || mkdir -p -- "$AEGIS_ARTIFACTS" || exit 125; '
_SOME_FAILED = (0, 1)  # of find and tar: a file has gone, or changed, meanwhile
_LIST = f'n=$1; cd -- "$2" || exit 125; shift 2; find "$@" -type f -print0; c=$?; {TELL}'
_FETCH = (
    'n=$1; cd -- "$2" || exit 125; tar -c --format=gnu --hard-dereference --ignore-failed-read --no-recursion --null '
    f"-T - -f -; c=$?; {TELL}"
)


class CopiedSlurm(AllocatedSlurm):
    """See the module."""

    def _make_furnishing(self) -> Furnishing:
        self._inside = Inside(self._client, self._poller)
        self._scratch = Scratch(keys=self.keys, inside=self._inside, note=self._note)
        return self._scratch

    async def _run(self, opened: "OpenJob", job: Job, sink: Sink, deadline: float) -> JobEnd | None:
        end = await super()._run(opened, job, sink, deadline)
        allocation = self._allocations.of(opened.name)
        if end is None or end.kind not in _PROGRAM or allocation is None:
            return end
        try:
            await self._bring_back(job, allocation)
        except CopyError as error:
            return await self._judge_copy(opened, end, str(error))
        return end

    async def _judge_copy(self, opened: "OpenJob", end: JobEnd, complaint: str) -> JobEnd:
        """What a program's `end` comes to when what it left did not come."""
        await self._poller.look()
        record = self._record(opened)
        if record is not None and record.is_over:
            return decide_step_end(record, told=None, status=0, begun=True, complaint=complaint)
        said = f"what it left cannot be brought back from its node: {complaint}"
        if (end.kind, end.code) == (EndKind.EXITED, 0):
            return JobEnd(kind=EndKind.UNCONFIRMED, reason=said)
        return evolve(end, remark=said)

    async def _spawn(self, job: Job, sink: Sink) -> trio.Process:
        allocation = self._allocations.of(job.name)
        moved = move_command(job.command, job.group, self._scratch.folder(allocation)) if allocation else job.command
        return await super()._spawn(evolve(job, command=moved), sink)

    def _options(self, job: Job) -> tuple[str, ...]:
        return step_options(self.keys, job, self._number(job.name), before=_BEFORE)

    async def _bring_back(self, job: Job, allocation: Allocation) -> None:
        """The files that are wanted of those that are there. Raises CopyError."""
        folders: dict[str, tuple[str, tuple[str, ...]]] = {}
        for left in job.command.writes[-1:]:
            folders[f"left/{_last(left)}"] = (left, ())
        if job.keeps and job.group is not None:
            folders["work"] = (job.group.dir, job.keeps)
        if not folders:
            return
        folder = self._scratch.folder(allocation)
        listed = bytearray()
        script = Script(
            name=f"{job.name}.list",
            text=_LIST,
            arguments=(folder, *folders),
            take=partial(_add, listed),
            good=_SOME_FAILED,
        )
        await self._inside.run(allocation, script)
        wanted = choose_files(bytes(listed), folders)
        if not wanted:
            return
        unpacker = Unpacker(wanted, most=self.keys.copy_limit)
        names = b"".join(name + b"\0" for name in wanted)
        script = Script(
            name=f"{job.name}.fetch",
            text=_FETCH,
            arguments=(folder,),
            feed=partial(_write_all, names),
            take=unpacker.feed,
            good=_SOME_FAILED,
        )
        try:
            await self._inside.run(allocation, script)
            unpacker.finish()
        except UnpackError as error:
            raise CopyError(str(error)) from error
        finally:
            unpacker.close()

    def _note(self, said: str) -> None:
        self._poller.last_error = said


def move_command(command: Command, group: JobGroup | None, folder: str) -> Command:
    """`command` as it is on a node, where the run's directory and all else that it may use are below `folder`."""
    if group is None:
        return command
    places = {group.dir: f"{folder}/work"}
    places |= {left: f"{folder}/left/{_last(left)}" for left in command.writes[-1:]}
    places |= {path: f"{folder}/reads/{number}" for number, path in enumerate(group.reads)}

    def move(text: str) -> str:
        for here, there in places.items():
            if text == here or text.startswith(f"{here}/"):
                return there + text[len(here) :]
        return text

    env = {name: move(value) if name in _PLACES else value for name, value in command.env.items()}
    return evolve(command, argv=tuple(move(word) for word in command.argv), env=env, dir=move(command.dir))


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _add(listed: bytearray, data: bytes) -> None:
    listed += data
    if len(listed) > MOST_LISTED:
        message = "there are too many files to look through"
        raise UnpackError(message)


def _write_all(data: bytes, target: int) -> None:
    with open(target, "wb", closefd=False) as file:
        file.write(data)
