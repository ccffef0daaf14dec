"""What triggers start and what they tell, with the real engine in virtual time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import trio
from attrs import evolve

from aegisd.acceptance import MOST_DEPTH
from aegisd.config.trigger_keys import TriggerConfig
from aegisd.config.trigger_timer import TimerSpec
from aegisd.config.trigger_workflow import After, AfterSpec
from aegisd.config.values import Config, ControlConfig, DaemonConfig
from aegisd.core import events
from aegisd.core.model import Origin, Part, Result, Trigger, Workflow
from aegisd.core.record import Batch
from aegisd.store.memory import MemoryStore
from aegisd.trigger_desk import TriggerDesk
from aegisd.triggers.due import Action, Due
from tests.engine.kit import House, open_house, step, workflow

ORIGIN = Origin(file="aegis.toml", line=9, column=1)
DUE = Due(action=Action.RUN, at=1_800_003_600, number=3)


def follows(name: str, after: str, starts: str, *, result: After = After.SUCCESS, **keys: Any) -> TriggerConfig:
    """A trigger of type workflow."""
    spec = AfterSpec(after=after, result=result)
    return TriggerConfig(name=name, type="workflow", workflow=starts, spec=spec, origin=ORIGIN, **keys)


def timer(name: str = "nightly", starts: str = "ci", **keys: Any) -> TriggerConfig:
    """A timer, due every hour."""
    spec = TimerSpec(cron="0 * * * *", **keys)
    return TriggerConfig(name=name, type="timer", workflow=starts, spec=spec, origin=ORIGIN)


def configure(*parts: Workflow | TriggerConfig) -> Config:
    """A configuration of workflows and triggers."""
    return Config(
        path="aegis.toml",
        files=("aegis.toml",),
        daemon=DaemonConfig(name="buildhost", state_dir="state"),
        control=ControlConfig(socket="control.sock"),
        workflows={each.name: each for each in parts if isinstance(each, Workflow)},
        triggers={each.name: each for each in parts if isinstance(each, TriggerConfig)},
    )


@asynccontextmanager
async def open_desk(config: Config, **keys: Any) -> AsyncIterator[tuple[House, TriggerDesk]]:
    """The engine with a desk that works."""
    async with open_house(workflows=tuple(config.workflows.values()), **keys) as house, trio.open_nursery() as nursery:
        desk = TriggerDesk(
            config,
            store=house.store,
            recorder=house.recorder,
            acceptance=house.acceptance,
            is_stopping=lambda: house.supervisor.draining,
        )
        house.recorder.follow = desk.follow
        nursery.start_soon(desk.run)
        await trio.testing.wait_all_tasks_blocked()
        yield house, desk
        nursery.cancel_scope.cancel()


def queued(house: House) -> list[tuple[str | None, Trigger, int | None, int]]:
    """Workflow, trigger, parent and depth of all runs."""
    found = [(event.workflow, event.data) for event in house.events()]
    return [(name, d.trigger, d.parent, d.depth) for name, d in found if isinstance(d, events.WorkflowQueued)]


def missed(house: House) -> list[events.TriggerMissed]:
    """What was told of triggers."""
    return [event.data for event in house.events() if isinstance(event.data, events.TriggerMissed)]


async def test_one_run_starts_the_next(autojump_clock: trio.abc.Clock) -> None:
    """A chain of three: each run is queued right behind the end of the one before, in its transaction."""
    parts = [workflow(step("s"), name=name) for name in ("ci", "pack", "ship")]
    batches: list[list[str]] = []

    class Store(MemoryStore):
        async def commit(self, batch: Batch) -> None:
            batches.append([record.event.type for record in batch.records])
            await super().commit(batch)

    config = configure(*parts, follows("b", "ci", "pack", reason="it passed"), follows("c", "pack", "ship"))
    async with open_desk(config, store=Store()) as (house, desk):
        await house.run(parts[0])
        await house.wait_ended(2, 3)
        listed = {each["name"]: each["last_run"] for each in desk.list_triggers()}
    chain = [(name, trigger.name, parent, depth) for name, trigger, parent, depth in queued(house)]
    assert chain == [("ci", None, None, 0), ("pack", "b", 1, 1), ("ship", "c", 2, 2)]
    ends = [batch[batch.index("workflow.completed") :] for batch in batches if "workflow.completed" in batch]
    assert ends[:2] == [["workflow.completed", "workflow.queued"]] * 2
    assert listed == {"b": 2, "c": 3}
    follower = next(e for e in house.events(2) if e.type == "workflow.queued")
    assert follower.cause == next(e.seq for e in house.events(1) if e.type == "workflow.completed")
    assert follower.data.reason == "it passed"  # type: ignore[union-attr]


async def test_only_the_result_that_is_wanted(autojump_clock: trio.abc.Clock) -> None:
    """A failed run fires what waits for failures and for any end, and nothing that is switched off."""
    ci, fix, tell = (workflow(step("s", result=r), name=n) for n, r in WORKFLOWS)
    off = evolve(follows("off", "ci", "tell", result=After.ANY), enabled=False)
    triggers = (
        follows("success", "ci", "tell"),
        follows("failure", "ci", "fix", result=After.FAILURE),
        follows("any", "ci", "tell", result=After.ANY),
        off,
    )
    async with open_desk(configure(ci, fix, tell, *triggers)) as (house, _):
        await house.run(ci)
        await house.wait_ended(2, 3)
    assert [trigger.name for _, trigger, _, _ in queued(house)] == [None, "failure", "any"]


async def test_a_part_is_not_the_whole(autojump_clock: trio.abc.Clock) -> None:
    """A run of a part of a workflow that passes starts nothing that waits for its success; any end is one."""
    ci, ship, tell = (workflow(step("s"), step("t"), name=name) for name in ("ci", "ship", "tell"))
    triggers = (follows("ship", "ci", "ship"), follows("any", "ci", "tell", result=After.ANY))
    async with open_desk(configure(ci, ship, tell, *triggers)) as (house, _):
        await house.acceptance.accept(ci, params={}, trigger=Trigger(), part=Part(only=("s",)))
        await house.wait_ended(1, 2)
        await house.run(ci)
        await house.wait_ended(4, 5)
    assert [trigger.name for _, trigger, _, _ in queued(house)] == [None, "any", None, "ship", "any"]


WORKFLOWS = (("ci", Result.FAILURE), ("fix", Result.SUCCESS), ("tell", Result.SUCCESS))


async def test_a_follower_waits_while_drained(autojump_clock: trio.abc.Clock) -> None:
    """What follows from a run that was accepted is accepted too: drained, it waits in the queue."""
    ci, pack = (workflow(step("s", delay=5.0), name=name) for name in ("ci", "pack"))
    async with open_desk(configure(ci, pack, follows("b", "ci", "pack"))) as (house, _):
        await house.submit(ci)
        await trio.sleep(1)
        house.supervisor.hold("dev1")
        await house.wait_ended(1)
        await trio.sleep(1)
        assert house.supervisor.waiting == [2]
        house.supervisor.hold(None)
        await house.wait_ended(2)
    assert missed(house) == []


async def test_a_full_queue_is_told(autojump_clock: trio.abc.Clock) -> None:
    """A follower that finds no room is an event in the transaction of the end, and is seen in the list."""
    ci, pack = workflow(step("s", delay=1.0), name="ci"), workflow(step("s"), name="pack")
    async with open_desk(configure(ci, pack, follows("b", "ci", "pack")), slots=1, queue_limit=1) as (house, desk):
        await house.submit(ci)
        await trio.sleep(0.5)
        await house.submit(pack)
        await house.wait_ended(1, 2)
        listed = desk.list_triggers()[0]
    assert [(each.name, each.parent, each.reason) for each in missed(house)] == [("b", 1, "the queue is full (1 runs)")]
    assert "the queue is full" in listed["missed"]
    assert listed["last_run"] is None


async def test_a_chain_has_an_end(autojump_clock: trio.abc.Clock) -> None:
    """A circle that was made around the checks of the configuration ends by itself, with an event that says so."""
    ci = workflow(step("s"), name="ci")
    async with open_desk(configure(ci, follows("again", "ci", "ci"))) as (house, _):
        await house.submit(ci)
        await house.wait_ended(*range(1, MOST_DEPTH + 2))
        await trio.sleep(1)
    assert len(queued(house)) == MOST_DEPTH + 1
    assert [each.parent for each in missed(house)] == [MOST_DEPTH + 1]
    assert "each led to the next" in missed(house)[0].reason


async def test_a_cancelled_run_is_an_end_too(autojump_clock: trio.abc.Clock) -> None:
    """A run that is cancelled while it waits in the queue is followed like any other."""
    ci, tell = workflow(step("s", delay=9.0), name="ci"), workflow(step("s"), name="tell")
    config = configure(ci, tell, follows("gone", "ci", "tell", result=After.CANCELLATION))
    async with open_desk(config) as (house, _):
        await house.submit(ci)
        waiting = await house.submit(ci)
        await house.supervisor.cancel(waiting, by="dev1", reason=None)
        await house.wait_ended(waiting, 3)
    assert queued(house)[2][:3] == ("tell", Trigger(kind="workflow", name="gone"), waiting)


async def test_a_timer_starts_a_run(autojump_clock: trio.abc.Clock) -> None:
    """The run says which timer, when it was due and what it makes up for; the mark is written with it."""
    ci = workflow(step("s"), name="ci")
    async with open_desk(configure(ci, timer())) as (house, desk):
        assert await desk.start(timer(), due=DUE, marks={"timer.nightly": "mark"})
        await house.wait_ended(1)
        listed = desk.list_triggers()[0]
        assert desk.labels("ci") == ["timer"]
        assert desk.next_at("ci") == listed["next_at"] == "2027-01-15T09:00:00.000Z"
    trigger = Trigger(kind="timer", name="nightly", due="2027-01-15T09:00:00.000Z", missed=2)
    assert queued(house) == [("ci", trigger, None, 0)]
    assert (listed["last_run"], listed["missed"]) == (1, None)
    assert (await house.store.read_marks())["timer.nightly"] == "mark"


async def test_a_drained_timer_waits_if_it_catches_up(autojump_clock: trio.abc.Clock) -> None:
    """Drained, a timer that catches up keeps its due time and tells once; another has missed it."""
    ci = workflow(step("s"), name="ci")
    with_it, without = timer("with", catch_up=True), timer("without")
    async with open_desk(configure(ci, with_it, without)) as (house, desk):
        house.supervisor.hold("dev1")
        assert not await desk.start(with_it, due=DUE, marks={"timer.with": "x"})
        assert not await desk.start(with_it, due=DUE, marks={"timer.with": "x"})
        assert await desk.start(without, due=DUE, marks={"timer.without": "x"})
        await trio.testing.wait_all_tasks_blocked()
        assert {each["name"]: "drained by dev1" in each["missed"] for each in desk.list_triggers()} == {
            "with": True,
            "without": True,
        }
        marks = await house.store.read_marks()
        house.supervisor.hold(None)
        assert await desk.start(with_it, due=DUE, marks={"timer.with": "x"})
        await house.wait_ended(1)
        assert [each["missed"] is None for each in desk.list_triggers()] == [True, False]
    assert "timer.without" in marks
    assert marks.get("timer.with") != "x"
    assert [(each.name, each.later, each.number) for each in missed(house)] == [
        ("with", True, 3),
        ("without", False, 3),
    ]


async def test_what_came_of_a_trigger_outlives_aegisd(autojump_clock: trio.abc.Clock) -> None:
    """The last run and the last miss of a trigger are known after a restart."""
    ci, store = workflow(step("s"), name="ci"), MemoryStore()
    config = configure(ci, timer("a"), timer("b"))
    async with open_desk(config, store=store) as (house, desk):
        await desk.start(timer("a"), due=DUE, marks={})
        await house.wait_ended(1)
        await desk.miss(timer("b"), due=DUE, marks={})
        await trio.sleep(1)
    async with open_desk(config, store=store, last_seq=100) as (_, desk):
        listed = {each["name"]: each for each in desk.list_triggers()}
    assert (listed["a"]["last_run"], listed["a"]["missed"]) == (1, None)
    assert (listed["b"]["last_run"], "was not running" in listed["b"]["missed"]) == (None, True)
