"""What the executor asks of the directory that detached jobs write into, which all nodes see: it may be slow, and hang.

What many jobs ask at once, as they do after each poll, goes to a thread together: for a file that has nothing new the
way to a thread costs ten times what the file does. A disk that hangs holds up these threads and nothing else.
"""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar, cast

import trio
from attrs import define, field

_T = TypeVar("_T")

_WORKERS = 2
_THREADS = 8
_LIMIT_S = 30.0
_TOGETHER = 256
_MOST_BYTES = 1024 * 1024


@define(eq=False)
class _Question:
    call: Callable[[], object]
    answer: object = None
    answered: trio.Event = field(factory=trio.Event)


class Disk:
    """See the module. What is not answered in `limit` seconds is not waited for."""

    def __init__(self, *, limit: float = _LIMIT_S) -> None:
        self._limit = limit
        self._threads = trio.CapacityLimiter(_THREADS)
        self._pending: deque[_Question] = deque()
        self._asked = trio.Event()

    async def run(self) -> None:
        """Answer until cancelled."""
        async with trio.open_nursery() as nursery:
            for _ in range(_WORKERS):
                nursery.start_soon(self._work)

    async def ask(self, ask: Callable[..., _T], *arguments: object) -> _T | None:
        """What `ask` returns, None where it raises OSError or the disk does not answer. It may be under way then, so
        it has to be something that does no harm later."""
        question = _Question(partial(ask, *arguments))
        self._pending.append(question)
        self._asked.set()
        try:
            with trio.move_on_after(self._limit):
                await question.answered.wait()
        finally:
            with suppress(ValueError):  # what nobody waits for any more is not begun
                self._pending.remove(question)
        return cast("_T | None", question.answer)

    async def _work(self) -> None:
        while True:
            while not self._pending:
                if self._asked.is_set():
                    self._asked = trio.Event()
                await self._asked.wait()
            batch = [self._pending.popleft() for _ in range(min(_TOGETHER, len(self._pending)))]
            answers: Sequence[object] = [None] * len(batch)
            with trio.move_on_after(self._limit):
                call = partial(_answer, [each.call for each in batch])
                answers = await trio.to_thread.run_sync(call, limiter=self._threads, abandon_on_cancel=True)
            for question, answer in zip(batch, answers, strict=False):
                question.answer = answer
                question.answered.set()
            self._pending.extendleft(reversed(batch[len(answers) :]))


def _answer(calls: Sequence[Callable[[], object]]) -> list[object]:
    """What the first of `calls` return: of so many as may be in memory together."""
    answers: list[object] = []
    size = 0
    for call in calls:
        try:
            answer = call()
        except OSError:
            answer = None
        answers.append(answer)
        size += len(answer) if isinstance(answer, bytes) else 0
        if size >= _MOST_BYTES:
            break
    return answers
