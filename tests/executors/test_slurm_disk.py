"""Questions to a shared disk: answered together, and one that hangs holds up few."""

import threading
from pathlib import Path

import trio
import trio.testing

from aegisd.executors.slurm.disk import Disk


async def test_many_questions() -> None:
    """Each gets its own answer, and not each a thread's turn of its own."""
    disk, threads, answers = Disk(), set[tuple[int, int]](), dict[int, int | None]()

    def square(number: int) -> int:
        threads.add((threading.get_ident(), number))
        return number * number

    async def ask(number: int) -> None:
        answers[number] = await disk.ask(square, number)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(disk.run)
        async with trio.open_nursery() as asking:
            for number in range(1000):
                asking.start_soon(ask, number)
        nursery.cancel_scope.cancel()
    assert answers == {number: number * number for number in range(1000)}
    assert len({thread for thread, _ in threads}) <= 2


async def test_large_answers() -> None:
    """Answers that do not fit into memory together are brought one after the other; none is left out."""
    disk, sizes = Disk(), list[int]()

    async def ask() -> None:
        answer = await disk.ask(bytes, 1024 * 1024)
        assert answer is not None
        sizes.append(len(answer))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(disk.run)
        async with trio.open_nursery() as asking:
            for _ in range(50):
                asking.start_soon(ask)
        nursery.cancel_scope.cancel()
    assert sizes == [1024 * 1024] * 50


async def test_what_is_not_there(tmp_path: Path) -> None:
    """A file that is not there is no answer, and no reason for others to have none."""
    disk = Disk()
    (tmp_path / "there").write_text("x")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(disk.run)
        assert await disk.ask((tmp_path / "missing").read_text) is None
        assert await disk.ask((tmp_path / "there").read_text) == "x"
        nursery.cancel_scope.cancel()


async def test_a_disk_that_hangs() -> None:
    """What hangs holds up what is asked together with it; others are answered."""
    disk, healed, answers = Disk(), threading.Event(), list[object]()

    async def hang() -> None:
        answers.append(await disk.ask(healed.wait))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(disk.run)
        async with trio.open_nursery() as asking:
            asking.start_soon(hang)
            await trio.testing.wait_all_tasks_blocked()
            assert await disk.ask(lambda: 7) == 7
            assert answers == []
            healed.set()
        assert answers == [True]
        nursery.cancel_scope.cancel()


async def test_a_disk_that_never_answers() -> None:
    """It is not waited for for ever."""
    disk, healed = Disk(limit=0.1), threading.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(disk.run)
        assert await disk.ask(healed.wait) is None
        healed.set()
        nursery.cancel_scope.cancel()


async def test_what_nobody_waits_for() -> None:
    """What was asked of a disk that hangs, and given up, is not begun once it answers again."""
    disk, healed, begun = Disk(), threading.Event(), list[int]()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(disk.run)
        async with trio.open_nursery() as asking:
            for _ in range(2):
                asking.start_soon(disk.ask, healed.wait)
                await trio.testing.wait_all_tasks_blocked()
            with trio.move_on_after(0):
                await disk.ask(begun.append, 1)
            healed.set()
        assert await disk.ask(lambda: 7) == 7
        nursery.cancel_scope.cancel()
    assert begun == []
