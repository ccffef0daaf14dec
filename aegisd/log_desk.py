"""What can be asked about the output of one attempt of a step, line by line: how many lines, some of them, which match.

A log may have ten GiB and come from anybody's program. So nothing is read whole, everything that takes long is bounded,
and what is not known yet is said to be unknown: the lines of a log are counted by reading it once, as far as the
patience of who asks goes; the next one goes on from there. What was counted is kept for the logs that were asked for
last.
"""

import json
import subprocess
from collections import OrderedDict
from collections.abc import Callable
from functools import partial

import trio
from attrs import define, evolve, field, frozen

from aegisd.core.model import State
from aegisd.core.state import StepState, fold
from aegisd.explanation import read_history
from aegisd.programs import list_arguments
from aegisd.programs.log_search import find_failing, find_first, find_text, search
from aegisd.store import Store
from aegisd.store.log_lines import STRIDE, LineIndex, LogLine, Note, read_lines, read_tail
from aegisd.store.logs import LogStore
from aegisd.timeline.recorder import Recorder
from aegisd.wire.errors import CallError

__all__ = ["Found", "Log", "LogDesk", "LogLine", "Note"]

SEARCH_S = 5.0
_COUNT_S = 1.0
_GRACE_S = 2.0
_LOOK_S = 0.1
_AT_ONCE = 64 * STRIDE
_KEPT = 64
_READERS = 4
_SEARCHES = 2
_MOST_WAITING = 8
_LONGEST = 500


@frozen(kw_only=True)
class Log:
    """The log of an attempt as it stands: `size` bytes, of which `lines` lines are known, which are all of them when
    `is_counted`. `attempt` 0: none has begun. `is_over`: it gets no longer. `last`: the newest attempt."""

    run: int
    step: str
    attempt: int
    last: int
    is_over: bool
    path: str
    size: int = 0
    lines: int = 0
    is_counted: bool = True
    notes: tuple[Note, ...] = ()
    note_count: int = 0


@frozen(kw_only=True)
class Found:
    """What a search came to: `count` lines match, `earlier` of them before the line that it was made at; `lines` are
    some around that, as (number, text). `looked` of the log's bytes were looked at; `wrong` says why there is nothing.
    """

    count: int = 0
    earlier: int = 0
    lines: tuple[tuple[int, str], ...] = ()
    looked: int = 0
    wrong: str | None = None


@define(eq=False)
class _Counted:
    index: LineIndex
    lock: trio.Lock = field(factory=trio.Lock)


class LogDesk:
    """See the module."""

    def __init__(self, *, logs: LogStore, recorder: Recorder, store: Store) -> None:
        self._logs = logs
        self._recorder = recorder
        self._store = store
        self._counted: OrderedDict[str, _Counted] = OrderedDict()
        self._readers = trio.CapacityLimiter(_READERS)
        self._searches = trio.CapacityLimiter(_SEARCHES)

    async def find(self, run: int, step: str, attempt: int) -> Log:
        """The log of an attempt of a step, as far as its lines are counted; 0 is the newest. Raises CallError."""
        state = await self._find_state(run, step)
        last = state.attempt if state is not None else 0
        if attempt > last:
            message = f"{step} of run #{run} has no attempt {attempt}"
            raise CallError("NoSuchStep", message, hint=f"it has had {last}")
        shown = attempt or last
        is_over = state is not None and (state.state is State.FINISHED or shown < last)
        path = "" if state is None else self._logs.path(run, state.index, step, shown)
        log = Log(run=run, step=step, attempt=shown, last=last, is_over=is_over, path=path)
        return await self._count(log) if shown else log

    async def read(self, log: Log, *, first: int, count: int) -> list[LogLine]:
        """Up to `count` lines from number `first` on; they must be among those that are counted."""
        if not log.size:
            return []
        start = self._counted[log.path].index.find(first) if log.path in self._counted else (0, 0)
        read = partial(read_lines, log.path, start=start, first=first, count=count, stop=log.size)
        return await trio.to_thread.run_sync(read, limiter=self._readers)

    async def read_tail(self, log: Log, *, count: int) -> list[LogLine]:
        """The last lines, at most `count`, of a log whose lines are not counted."""
        if not log.size:
            return []
        read = partial(read_tail, log.path, count=count, stop=log.size)
        return await trio.to_thread.run_sync(read, limiter=self._readers)

    async def wait(self, seen: Log, *, size: int) -> None:
        """Until the log has another size than `size`, has ended, or another attempt has begun."""
        while True:
            state = await self._find_state(seen.run, seen.step)
            if state is None:
                if seen.last or seen.run not in self._recorder.folds:
                    return
            elif state.state is State.FINISHED or state.attempt != seen.last or self._logs.size(seen.path) != size:
                return
            with trio.move_on_after(_LOOK_S):
                await self._logs.wait_grown()

    async def search(self, log: Log, text: str, *, at: int, is_expression: bool) -> Found:
        """The lines that hold `text`, or match it as a regular expression, around line `at`."""
        if not text.strip("\n") or len(text) > _LONGEST or "\n" in text or "\0" in text:
            return Found(wrong=f"what is searched for is one line of at most {_LONGEST} characters")
        if not log.size:
            return Found()
        if self._searches.statistics().tasks_waiting >= _MOST_WAITING:
            return Found(wrong="too many searches are under way: try again in some seconds")
        if is_expression:
            return await self._match(log, text, at)
        is_over = _after(SEARCH_S)
        run = partial(search, log.path, stop=log.size, at=at, find=find_text(text), is_over=is_over)
        return _read_found(await trio.to_thread.run_sync(run, limiter=self._searches))

    async def find_failing(self, log: Log) -> int | None:
        """The number of the first line that looks like a failure; None where none does within the time there is."""
        if not log.size or self._searches.statistics().tasks_waiting >= _MOST_WAITING:
            return None
        run = partial(find_first, log.path, stop=log.size, find=find_failing, is_over=_after(SEARCH_S))
        return await trio.to_thread.run_sync(run, limiter=self._searches)

    async def _find_state(self, run: int, step: str) -> StepState | None:
        live = self._recorder.folds.get(run)
        state = live if live is not None else fold(run, await read_history(self._store, run))
        return next((each for each in state.steps.values() if each.name == step), None)

    async def _count(self, log: Log) -> Log:
        size = self._logs.size(log.path)
        counted = self._counted.setdefault(log.path, _Counted(index=LineIndex(path=log.path)))
        self._counted.move_to_end(log.path)
        while len(self._counted) > _KEPT:
            self._counted.popitem(last=False)
        index = counted.index
        async with counted.lock:
            if size < index.scanned:  # another log lies there now
                index = counted.index = LineIndex(path=log.path)
            is_over, is_counted = _after(_COUNT_S), index.scanned >= size
            while not is_counted:
                extend = partial(index.extend, size, most=_AT_ONCE)
                is_counted = await trio.to_thread.run_sync(extend, limiter=self._readers)
                if is_over():
                    break
        return _attach(log, index, size=size, is_counted=is_counted)

    async def _match(self, log: Log, expression: str, at: int) -> Found:
        arguments = list_arguments("log_search", log.path, str(log.size), str(at), expression, str(SEARCH_S))
        async with self._searches:
            with trio.move_on_after(SEARCH_S + _GRACE_S):
                done = await trio.run_process(
                    arguments, stdin=subprocess.DEVNULL, capture_stdout=True, capture_stderr=True, check=False, env={}
                )
                if done.returncode == 0:
                    return _read_found(json.loads(done.stdout))
        return Found(wrong=f"this expression takes longer than {SEARCH_S:g} s for a line: search for a plain text")


def _attach(log: Log, index: LineIndex, *, size: int, is_counted: bool) -> Log:
    """`log` with what is known of its lines."""
    return evolve(
        log,
        size=size,
        lines=index.total(size) if is_counted else index.lines,
        is_counted=is_counted,
        notes=tuple(index.notes),
        note_count=index.note_count,
    )


def _after(seconds: float) -> Callable[[], bool]:
    end = trio.current_time() + seconds
    clock = trio.lowlevel.current_clock()
    return lambda: clock.current_time() > end


def _read_found(found: dict[str, object]) -> Found:
    values = dict(found)
    lines = values.pop("lines", [])
    return Found(lines=tuple((number, text) for number, text in lines), **values)  # type: ignore[attr-defined,arg-type]
