"""How workflows stand: the last run that says so, and when it is looked up again."""

from attrs import evolve

from aegisd.core.model import Result, RunSummary, State
from aegisd.core.record import RunFilter
from aegisd.standing import Standing
from aegisd.store.memory import MemoryStore
from tests.store.kit import make_run, write


class CountingStore(MemoryStore):
    """Counts how often runs are asked for; `meanwhile` happens while they are read."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.meanwhile = lambda: None

    async def list_runs(self, wanted: RunFilter) -> list[RunSummary]:
        """As the store."""
        self.asked += 1
        found = await super().list_runs(wanted)
        self.meanwhile()
        return found


def _of(run: RunSummary, ref: str | None) -> RunSummary:
    return evolve(run, trigger=evolve(run.trigger, ref=ref))


async def test_the_last_run_that_tells() -> None:
    """What was cancelled, skipped or goes on says nothing, and neither do pull requests."""
    store = CountingStore()
    await write(
        store,
        runs=[
            make_run(1),
            _of(make_run(2, result=Result.FAILURE), "refs/heads/main"),
            _of(make_run(3), "refs/pull/7/head"),
            _of(make_run(4), "refs/merge-requests/8/head"),
            make_run(5, result=Result.CANCELLATION),
            make_run(6, result=Result.SKIP),
            make_run(7, result=None, state=State.EXECUTING),
            make_run(8, workflow="other", result=Result.CANCELLATION),
        ],
    )
    standing = Standing(store)

    async def find(branch: str | None = None) -> int | None:
        run = await standing.find("w", branch=branch)
        return None if run is None else run.id

    assert await find() == await find("main") == 2
    assert await find("refs/pull/7/head") == 3
    assert await find("next") is None
    assert {name: run.id for name, run in (await standing.find_all(["w", "other", "none"])).items()} == {"w": 2}


async def test_it_is_remembered_until_a_run_ends() -> None:
    """One question for many looks; the end of a run is seen by the next look, also when it comes during one."""
    store = CountingStore()
    standing = Standing(store)
    await write(store, runs=[make_run(1)])
    assert [(await standing.find("w")) is not None for _ in range(3)] == [True] * 3
    assert store.asked == 1
    await write(store, runs=[make_run(2, result=Result.ERROR)])
    standing.forget("other")
    assert (await standing.find("w")) is not None
    assert store.asked == 1
    store.meanwhile = lambda: standing.forget("w")
    standing.forget("w")
    run = await standing.find("w")
    assert run is not None
    assert run.id == 2
    store.meanwhile = lambda: None
    await standing.find("w")
    assert store.asked == 3
    standing.forget_all()
    await standing.find("w")
    assert store.asked == 4
