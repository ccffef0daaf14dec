"""A folder on the node of an allocation, with a copy of the run's directory: there before the first step, and gone with
the allocation.

A script of ours makes it and stays until its stdin ends or it is told to go, and then removes it: so the folder goes
also when aegisd is killed, or the allocation is ended by somebody else. What is left of a node that is lost, and of a
script that was killed, is left; aegisd says so where it knows. Below the folder, `work` is the run's directory, `left`
has the `$AEGIS_ARTIFACTS` of attempts, and `reads` what else steps may read here.
"""

import logging
import subprocess
from collections.abc import Callable
from contextlib import suppress

import trio
from attrs import define

from aegisd.core.executor_keys import SlurmKeys
from aegisd.executors.packing import Tree, pack_trees
from aegisd.executors.slurm.allocations import Allocation
from aegisd.executors.slurm.inside import TELL, CopyError, Inside, Script, end_srun, read_stderr
from aegisd.executors.slurm.options import BEGUN, MARK

_log = logging.getLogger("aegisd.executors")

REMOVE_S = 30.0

# a folder that a program has made read-only can be emptied by nobody but root
_KEEP = (
    'n=$1; d=$2; umask 077; trap "exit 143" TERM INT HUP; mkdir -- "$d" || exit 125; '
    'trap \'c=0; chmod -R u+rwX -- "$d" 2>/dev/null; rm -rf -- "$d" || c=1; '
    f'printf "\\n{MARK} %s %s\\n" "$n" "$c" >&2; exit $c\' EXIT; '
    'mkdir -- "$d/work" "$d/left" "$d/reads" || exit 125; '
    f'printf "{BEGUN} %s %s\\n" "$n" "${{SLURMD_NODENAME:-}}" >&2; '
    "exec 3<&0; cat <&3 >/dev/null & wait $!"
)
_FILL = f'n=$1; cd -- "$2" && tar -x -o -f -; c=$?; {TELL}'


@define(eq=False, kw_only=True)
class _Keeper:
    """The script that keeps the folder of an allocation."""

    folder: str
    script: Script
    process: trio.Process


class Scratch:
    """See the module. `note` is told what went wrong."""

    def __init__(self, *, keys: SlurmKeys, inside: Inside, note: Callable[[str], None]) -> None:
        self._keys = keys
        self._inside = inside
        self._note = note
        self._keepers: dict[str, _Keeper] = {}

    def folder(self, allocation: Allocation) -> str:
        """The folder, on the node."""
        return f"{self._keys.scratch}/aegis.{allocation.name}.{allocation.id}"

    async def open(self, allocation: Allocation) -> str:
        """Make the folder and fill it; returns why that cannot be done, or nothing."""
        folder = self.folder(allocation)
        try:
            await self._keep(allocation, folder)
            await self._inside.run(allocation, self._fill(allocation, folder))
        except CopyError as error:
            return f"the run's directory cannot be copied to {folder} on its node: {error}"
        return ""

    async def close(self, allocation: Allocation) -> None:
        """Remove the folder, and say it if that is not certain."""
        keeper = self._keepers.pop(allocation.name, None)
        if keeper is None:
            return
        process, script = keeper.process, keeper.script
        with trio.CancelScope(shield=True):
            with trio.move_on_after(REMOVE_S):
                if process.stdin is not None:
                    await process.stdin.aclose()
                with suppress(trio.ClosedResourceError):
                    await read_stderr(process, script)
                await process.wait()
            await end_srun(process)
        if script.read_told(process.returncode) != 0:
            said = script.read_complaint() or "its node did not say that it was removed"
            self._note(f"{keeper.folder} may still be on its node: {said}")
            _log.warning("executor: %s may still be on its node: %s", keeper.folder, said)

    async def _keep(self, allocation: Allocation, folder: str) -> None:
        script = Script(name=f"{allocation.name}.keep", text=_KEEP, arguments=(folder,))
        process = await self._inside.open(allocation, script, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        self._keepers[allocation.name] = _Keeper(folder=folder, script=script, process=process)
        begun = f"{BEGUN} {script.name} ".encode()
        while process.stderr is not None and (piece := await process.stderr.receive_some()):
            script.stderr += piece
            if begun in script.stderr:
                return
        await process.wait()
        del self._keepers[allocation.name]
        raise CopyError(script.read_complaint() or f"srun left with {process.returncode}")

    def _fill(self, allocation: Allocation, folder: str) -> Script:
        group = allocation.group
        trees = [Tree(path=group.dir, name="work")]
        trees += [Tree(path=path, name=f"reads/{place}") for place, path in enumerate(group.reads)]

        def feed(target: int) -> None:
            pack_trees(trees, target, most=self._keys.copy_limit, check=trio.from_thread.check_cancelled)

        return Script(name=f"{allocation.name}.fill", text=_FILL, arguments=(folder,), feed=feed)
