"""What attempts leave behind, brought in by the real engine: kept after any end, announced before it, never half."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from aegisd.core import events
from aegisd.core.model import Outcome, Result, Step, Trigger, Workflow
from aegisd.engine.harvest import Harvester
from aegisd.engine.order import RunOrder
from aegisd.store.artifacts import ArtifactStore
from aegisd.store.gathering import Gathering
from aegisd.timeline.identity import Clock
from aegisd.timeline.recorder import Emission
from tests.timeline.kit import FailingStore, Timeline, open_timeline


class Farm:
    """A harvester on a real folder, and a run whose directory is `run`."""

    def __init__(self, folder: Path, timeline: Timeline, *, run_files: int = 100) -> None:
        self.run = folder / "run"
        self.run.mkdir()
        self.content = ArtifactStore(folder / "artifacts", durable=True)
        self.content.prepare()
        self.store = timeline.store
        self.harvester = Harvester(
            content=self.content, store=timeline.store, recorder=timeline.recorder, run_files=run_files, run_bytes=1000
        )

    def order(self, run: int = 1) -> RunOrder:
        """The order of a run of the workflow `w`."""
        return RunOrder(run=run, workflow=Workflow(name="w"), digest="", dir=str(self.run), trigger=Trigger())

    async def bring_in(self, step: Step, outcome: Outcome, *, run: int = 1) -> Outcome:
        """What an attempt comes to that ended with `outcome`."""

        def tell(data: events.EventData) -> Emission:
            return Emission(data=data, time="t", workflow="w", run=run, step=step.name, index=0, attempt=3)

        return await self.harvester.bring_in(self.order(run), step, outcome, tell=tell, since=0.0)

    def told(self, kind: str) -> list[Any]:
        """The data of the events of that type."""
        return [record.event.data for record in self.store.records if record.event.type == kind]


@asynccontextmanager
async def open_farm(folder: Path, *, store: FailingStore | None = None, run_files: int = 100) -> AsyncIterator[Farm]:
    """A farm in real time: its files are real."""
    async with open_timeline(store=store, clock=Clock()) as timeline:
        yield Farm(folder, timeline, run_files=run_files)


_PASSED, _FAILED = Outcome(result=Result.SUCCESS), Outcome(result=Result.FAILURE, error="exit 1", data={"own": 1})


def _step(*, artifacts: tuple[str, ...] = (), reports: tuple[str, ...] = ()) -> Step:
    return Step(name="unit", type="command", spec=None, artifacts=artifacts, reports=reports)


@pytest.mark.parametrize("outcome", [_PASSED, _FAILED])
async def test_artifacts_are_kept_after_any_end(tmp_path: Path, outcome: Outcome) -> None:
    """What the step names is kept and announced with step and attempt, and what was refused is told; its own end stays
    what it was."""
    async with open_farm(tmp_path) as farm:
        (farm.run / "a").write_text("a")
        assert await farm.bring_in(_step(artifacts=("a", "b")), outcome) == outcome
        (kept,) = await farm.store.artifacts.page(1)
        assert (kept.artifact.key, kept.step, kept.attempt) == ("a", "unit", 3)
    (refused,) = farm.told("artifact.refused")
    assert [(r.name, r.reason) for r in refused.refused] == [("b", "nothing matches")]
    assert farm.content._pins == {}


async def test_many_artifacts_are_few_events(tmp_path: Path) -> None:
    """A hundred artifacts are one event; what the run may have counts those of its earlier steps."""
    async with open_farm(tmp_path, run_files=250) as farm:
        for number in range(150):
            (farm.run / f"{number}.a").touch()
            (farm.run / f"{number}.b").touch()
        await farm.bring_in(_step(artifacts=("*.a",)), _PASSED)
        await farm.bring_in(_step(artifacts=("*.b",)), _PASSED)
    assert [len(saved.artifacts) for saved in farm.told("artifact.saved")] == [100, 50, 100]
    (refused,) = farm.told("artifact.refused")
    assert len(refused.refused) + refused.more == 50


async def test_parallel_steps_share_the_room(tmp_path: Path) -> None:
    """Steps of one run that end together never keep more than the run may."""
    async with open_farm(tmp_path, run_files=5) as farm:
        for number in range(4):
            (farm.run / f"{number}").touch()
        async with trio.open_nursery() as nursery:
            for number in range(4):
                (farm.run / f"d{number}").mkdir()
                (farm.run / f"d{number}" / "x").touch()
                (farm.run / f"d{number}" / "y").touch()
                nursery.start_soon(farm.bring_in, _step(artifacts=(f"d{number}",)), _PASSED)
        assert (await farm.store.artifacts.measure(1)).count == 5


async def test_a_cancelled_run_keeps_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cancellation ends the copying: what was announced stays, no draft and no pin is left."""
    async with open_farm(tmp_path) as farm:
        for number in range(50):
            (farm.run / f"{number}").write_text("x")
        with trio.CancelScope() as scope:
            copy, calls = Gathering._copy, []

            def cancel_in_the_middle(self: Gathering, found: Any) -> Any:
                calls.append(found)
                if len(calls) == 10:
                    trio.from_thread.run_sync(scope.cancel)
                return copy(self, found)

            monkeypatch.setattr(Gathering, "_copy", cancel_in_the_middle)
            await farm.bring_in(_step(artifacts=("*",)), _PASSED)
        assert scope.cancelled_caught
        assert len(calls) < 50
        assert list((tmp_path / "artifacts" / "incoming").iterdir()) == []
        assert await farm.store.artifacts.page(1) == []
        assert farm.content._pins == {}


async def test_a_store_that_fails_for_a_while(tmp_path: Path) -> None:
    """While the store cannot commit, kept bytes are spared by the collection of garbage; then they are in the index."""
    store = FailingStore(failures=1)
    async with open_farm(tmp_path, store=store) as farm:
        (farm.run / "a").write_text("a")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(farm.bring_in, _step(artifacts=("a",)), _PASSED)
            await store.failed.wait()
            assert await trio.to_thread.run_sync(farm.content.collect_garbage, lambda _: []) == (0, 0)
        (kept,) = await farm.store.artifacts.page(1)
        farm.content.open(kept.artifact.sha256).close()


async def test_reports_become_part_of_the_result(tmp_path: Path) -> None:
    """W1.3: failing tests are reported failures of the step, beside what its type said; its result is not changed."""
    async with open_farm(tmp_path) as farm:
        text = "<testsuite><testcase name='a'><failure message='m'/></testcase><testcase name='b'/></testsuite>"
        (farm.run / "junit.xml").write_text(text)
        outcome = await farm.bring_in(_step(reports=("junit.xml", "gone.xml")), _FAILED)
        assert (outcome.result, outcome.reported_failures, outcome.data["own"]) == (Result.FAILURE, 1, 1)
        tests = outcome.data["tests"]
        assert (tests["total"], tests["failed"], tests["new"]) == (2, 1, None)
        assert [dict(problem) for problem in tests["problems"]] == [{"name": "gone.xml", "reason": "nothing matches"}]
