"""What belongs to an attempt, and how all of it ends: the one room for containment.

`SessionContainment` finds the processes of an attempt as the descendants of its main process and the members of its
session, and kills until a full pass over /proc finds none. A process that leaves the session *and* whose parents are
gone escapes it.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import trio
from attrs import frozen

_PASS_S = 0.02
_PASSES = 500
_PASSES_IN_HURRY = 50


@frozen(kw_only=True)
class _Process:
    pid: int
    parent: int
    session: int
    zombie: bool
    started: int


class SessionContainment:
    """The tree of an attempt whose main process is `pid` and leads a session of its own."""

    name = "session"

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._known: dict[int, int] = {}

    async def terminate(self, grace: float, hurry: trio.Event) -> tuple[int, ...]:
        """SIGTERM to all; SIGKILL to what is left after `grace` seconds or once `hurry` is set. Call it shielded.

        Returns the pids that did not die.
        """
        with trio.move_on_after(grace):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_cancel_when, hurry, nursery.cancel_scope)
                self._signal_all(signal.SIGTERM)
                while self._members():  # noqa: ASYNC110 - the kernel tells of processes only when asked
                    await trio.sleep(_PASS_S)
                nursery.cancel_scope.cancel()
        return await self.kill(hurry)

    async def kill(self, hurry: trio.Event) -> tuple[int, ...]:
        """SIGKILL until a full pass finds nothing. Gives up after 10 s, or 1 s after `hurry`, and returns what is
        left."""
        passes = 0
        while self._signal_all(signal.SIGKILL):
            passes += 1
            if passes > (_PASSES_IN_HURRY if hurry.is_set() else _PASSES):
                return tuple(sorted(self._members()))
            await trio.sleep(_PASS_S)
        return ()

    async def sweep(self) -> tuple[int, ...]:
        """The main process has ended by itself: kill what it left behind. Costs one system call when there is
        nothing."""
        try:
            os.killpg(self._pid, 0)
        except (ProcessLookupError, PermissionError):
            return ()
        return await self.kill(trio.Event())

    def _signal_all(self, number: signal.Signals) -> bool:
        """Signal the members, parents before their children: a shell hears of the end before what it waits for is
        gone."""
        members = self._members()
        for pid in sorted(members, key=lambda pid: (self._known[pid], pid)):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        return bool(members)

    def _members(self) -> set[int]:
        """The living processes of the attempt. One that was found once stays known by its start time, so that it is not
        lost when its parent dies."""
        processes = {process.pid: process for process in _list_processes()}
        children: dict[int, list[int]] = {}
        for process in processes.values():
            children.setdefault(process.parent, []).append(process.pid)
        waiting = [p.pid for p in processes.values() if p.session == self._pid or self._known.get(p.pid) == p.started]
        found: set[int] = set()
        while waiting:
            pid = waiting.pop()
            if pid not in found:
                found.add(pid)
                waiting.extend(children.get(pid, ()))
        self._known = {pid: processes[pid].started for pid in found}
        return {pid for pid in found if not processes[pid].zombie}


async def _cancel_when(event: trio.Event, scope: trio.CancelScope) -> None:
    await event.wait()
    scope.cancel()


def _list_processes() -> Iterator[_Process]:
    for entry in os.listdir("/proc"):  # noqa: PTH208 - half the time of pathlib
        if not entry.isdigit():
            continue
        try:
            text = Path("/proc", entry, "stat").read_text(errors="replace")
        except OSError:
            continue
        fields = text[text.rindex(")") + 2 :].split()
        yield _Process(
            pid=int(entry),
            parent=int(fields[1]),
            session=int(fields[3]),
            zombie=fields[0] in "ZX" and int(fields[17]) <= 1,  # threads: the first one may end before the others
            started=int(fields[19]),
        )
