"""What the jobs of a run have in common: told to executors with each job, and that the run has ended."""

from pathlib import Path

import pytest
import trio
import trio.testing
from attrs import evolve

from aegisd.core.model import Step, Trigger, Workflow
from aegisd.core.placement import Resources
from aegisd.engine.job_groups import list_groups
from aegisd.engine.order import RunOrder
from aegisd.executors.driving import PATIENCE_S
from aegisd.helpers import FOLDER
from aegisd.steps.command import CommandSpec
from tests.engine.test_places import STEP, Far, Road


def _step(name: str, executor: str | None, cpus: int) -> Step:
    return Step(name=name, type="command", spec=CommandSpec(run="x"), executor=executor, resources=Resources(cpus=cpus))


STEPS = (_step("a", "far", 1), _step("b", "far", 8), _step("c", "other", 2), _step("d", None, 3), _step("e", "far", 4))
ORDER = RunOrder(
    run=7, workflow=Workflow(name="w", steps=STEPS, timeout=60.0), digest="", dir="/runs/7", trigger=Trigger()
)


def test_what_they_have_in_common() -> None:
    """At each executor what the run's steps there ask for, its limit, its directory and what they may read beside."""
    groups = list_groups(ORDER, instance="1a2b")
    assert set(groups) == {"far", "other"}
    far = groups["far"]
    assert (far.name, far.limit, far.dir, far.reads) == ("ae.1a2b.far.7", 60.0, "/runs/7", (FOLDER,))
    assert [ask.cpus for ask in far.asks] == [1, 8, 4]


def test_what_is_not_carried_out_asks_for_nothing() -> None:
    """Steps that are left out, or that an earlier run has passed, do not make it greater."""
    order = evolve(ORDER, reused=frozenset({"b"}), left_out={"a": "not asked for"}, trigger_file="/hook.json")
    far = list_groups(order, instance="1a2b")["far"]
    assert ([ask.cpus for ask in far.asks], far.reads) == ([4], (FOLDER, "/hook.json"))
    assert list_groups(evolve(ORDER, workflow=Workflow(name="w")), instance="1a2b") == {}


@pytest.fixture
def far() -> Far:
    """An executor."""
    return Far()


@pytest.fixture
def road(far: Far, tmp_path: Path) -> Road:
    """The way through it."""
    (tmp_path / "log").touch()
    return Road(far, tmp_path / "log")


async def test_executors_are_told_of_both(road: Road, far: Far, autojump_clock: trio.testing.MockClock) -> None:
    """A job comes with its group and with what is looked at afterwards; the end of the run is told once, and waited
    for. One executor of the run is not there any more, which is nobody's fault."""
    async with road.places.open_run(ORDER):
        await road.go(step=evolve(STEP, artifacts=("a/*",), reports=("r.xml",)))
        assert far.did[-1].startswith("stream")
    assert far.did[-1:] == ["release ae.1a2b.far.7"]
    assert (far.jobs[0].group, far.jobs[0].keeps) == (list_groups(ORDER, instance="1a2b")["far"], ("a/*", "r.xml"))
    await road.go()
    assert far.jobs[1].group is None


async def test_a_cancelled_run_is_told_too(road: Road, far: Far, autojump_clock: trio.testing.MockClock) -> None:
    """However the run ends, and also when the executor does not answer: then not for ever."""
    far.runs = 10 * PATIENCE_S
    begun = trio.current_time()
    with trio.move_on_after(1):
        async with road.places.open_run(ORDER):
            await trio.sleep_forever()
    assert far.did == ["release ae.1a2b.far.7"]
    assert trio.current_time() - begun == pytest.approx(1 + PATIENCE_S)
