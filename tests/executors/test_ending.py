"""How attempts end, in virtual time: what is told, what is waited for, and when patience is over."""

import trio
import trio.testing
from attrs import define, field

from aegisd.core.confinement import Receipt, Usage
from aegisd.executors.ending import end_attempt


@define(eq=False)
class Tree:
    """An attempt that ends `after_term` seconds after SIGTERM and `after_kill` after SIGKILL; None is never."""

    after_term: float | None = None
    after_kill: float | None = None
    status: int | None = None
    killed: int = 0
    told: list[str] = field(factory=list)
    end: float | None = None
    pid: int = 7
    orders: int = 0

    async def wait(self) -> None:
        """Nobody asks."""

    async def wait_empty(self) -> None:
        """Sleep until the end, which an order may bring nearer."""
        while not self.is_empty():  # noqa: ASYNC110 - a stand-in for the kernel
            await trio.sleep(0.01)

    def is_empty(self) -> bool:
        """Whether the end has come."""
        return self.end is not None and trio.current_time() >= self.end

    def terminate(self) -> None:
        """Take SIGTERM."""
        self.orders += 1
        self._take("TERM", self.after_term)

    def kill(self) -> None:
        """Take SIGKILL."""
        self.killed += not self.killed
        self._take("KILL", self.after_kill)

    async def list_left(self) -> tuple[int, ...]:
        """The one process."""
        return (self.pid,)

    async def close(self) -> tuple[Usage, str | None]:
        """Nothing was used."""
        return Usage(), None

    def _take(self, order: str, delay: float | None) -> None:
        if order not in self.told:
            self.told.append(order)
            self.end = None if delay is None else trio.current_time() + delay


async def _end(tree: Tree, *, grace: float = 5.0, hurry_after: float | None = None) -> tuple[Receipt, float]:
    hurry, begun = trio.Event(), trio.current_time()
    async with trio.open_nursery() as nursery:

        async def hasten(delay: float) -> None:
            await trio.sleep(delay)
            hurry.set()

        if hurry_after is not None:
            nursery.start_soon(hasten, hurry_after)
            await trio.testing.wait_all_tasks_blocked()
        receipt = await end_attempt(tree, strategy="s", grace=grace, hurry=hurry)
        took = trio.current_time() - begun
        nursery.cancel_scope.cancel()
    return receipt, took


async def test_nothing_is_left(autojump_clock: trio.testing.MockClock) -> None:
    """An attempt that is empty when its main process has ended costs nothing and is told nothing."""
    tree = Tree(status=0, end=0.0)
    receipt, took = await _end(tree)
    assert (receipt, took, tree.told) == (Receipt(strategy="s"), 0.0, [])


async def test_it_goes_by_itself(autojump_clock: trio.testing.MockClock) -> None:
    """What ends after SIGTERM is not killed, and not waited for any longer."""
    receipt, took = await _end(Tree(after_term=2.0))
    assert (receipt.killed, receipt.empty) == (0, True)
    assert 2.0 <= took < 2.1
    assert 2.0 <= receipt.took_s < 2.1


async def test_it_is_killed_after_the_grace(autojump_clock: trio.testing.MockClock) -> None:
    """What ignores SIGTERM is killed when the grace is over."""
    tree = Tree(after_kill=0.1)
    receipt, took = await _end(tree)
    assert 5 < tree.orders < 20, "what is born meanwhile is told too"
    assert tree.told == ["TERM", "KILL"]
    assert (receipt.killed, receipt.empty) == (1, True)
    assert 5.1 <= took < 5.2


async def test_hurry_ends_the_grace(autojump_clock: trio.testing.MockClock) -> None:
    """A hurry in the middle of the grace ends it; one from the beginning leaves none."""
    _, took = await _end(Tree(after_kill=0.1), grace=60.0, hurry_after=1.0)
    assert 1.1 <= took < 1.2
    tree = Tree(after_kill=0.1)
    hurry = trio.Event()
    hurry.set()
    await end_attempt(tree, strategy="s", grace=60.0, hurry=hurry)
    assert tree.told == ["KILL"]


async def test_what_outlives_its_main_process(autojump_clock: trio.testing.MockClock) -> None:
    """It is killed at once: the step is over and nothing of it has a reason to clean up."""
    tree = Tree(status=0, after_kill=0.0)
    receipt, took = await _end(tree)
    assert tree.told == ["KILL"]
    assert receipt.killed == 1
    assert took < 0.1


async def test_patience_is_over(autojump_clock: trio.testing.MockClock) -> None:
    """A process that cannot die is named after 10 s, in a hurry after 1 s."""
    receipt, took = await _end(Tree(), grace=1.0)
    assert (receipt.empty, receipt.left) == (False, (7,))
    assert 11.0 <= took < 12.0
    receipt, took = await _end(Tree(), grace=60.0, hurry_after=0.0)
    assert (receipt.empty, receipt.left) == (False, (7,))
    assert 1.0 <= took < 2.0
