"""The desk of webhooks on the real engine: what starts a run, what is ignored, and that nothing starts two."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
from attrs import define, evolve

from aegisd.config.trigger_keys import TriggerConfig
from aegisd.config.values import Config, ControlConfig, DaemonConfig
from aegisd.core.hook import HookAnswer, HookCall
from aegisd.core.model import OnBusy, Parameter, Workflow
from aegisd.hook_desk import HookDesk
from aegisd.trigger_file import trigger_file
from aegisd.wire.errors import CallError
from tests.engine.kit import House, open_house, step, workflow
from tests.triggers import hooks

PARAMS = (Parameter(name="sha"), Parameter(name="ref", default="none"))
PUSH = hooks.payload("github")


@define
class Office:
    """The desk, the engine behind it, and where its files are."""

    desk: HookDesk
    house: House
    runs_dir: Path
    config: Config

    async def receive(self, body: bytes = PUSH, *, name: str = "push", **more: str) -> HookAnswer:
        """A delivery of GitHub."""
        return await self.send(hooks.github(body, **more), body, name=name)

    async def send(self, headers: list[tuple[str, str]], body: bytes, *, name: str = "push") -> HookAnswer:
        """Any delivery."""
        call = HookCall(trigger=name, headers=tuple(headers), body=body, source="192.0.2.1", is_private=True)
        return await self.desk.receive(call)

    async def kept(self) -> list[dict[str, Any]]:
        """The deliveries that are kept, the newest first."""
        deliveries: list[dict[str, Any]] = (await self.desk.log.list(None, limit=99))["deliveries"]
        return deliveries


@asynccontextmanager
async def open_office(folder: Path, flow: Workflow | None = None, **keys: Any) -> AsyncIterator[Office]:
    """An office with the trigger `push` of GitHub, which starts the workflow `w`."""
    flow = flow or workflow(step("a"), params=PARAMS)
    enabled = keys.pop("enabled", True)
    trigger = TriggerConfig(
        name="push",
        type="webhook",
        workflow="w",
        spec=hooks.make_spec("github", **keys),
        params={"sha": "after", "ref": "ref"},
        enabled=enabled,
    )
    config = Config(
        path="aegis.toml",
        files=(),
        daemon=DaemonConfig(name="host", state_dir=str(folder)),
        control=ControlConfig(socket="s"),
        workflows={"w": flow},
        triggers={"push": trigger},
    )
    async with open_house(runs_dir=folder, workflows=(flow,)) as house:
        office = Office(desk=None, house=house, runs_dir=folder, config=config)  # type: ignore[arg-type]
        office.desk = HookDesk(
            acceptance=house.acceptance,
            store=house.store,
            clock=house.recorder.clock,
            current=lambda: office.config,
            remember=lambda trigger: lambda run: {f"trigger.{trigger.name}": str(run)},
        )
        yield office


async def test_a_push_starts_a_run(tmp_path: Path) -> None:
    """The run has its parameters, what it is about, its payload as a file for its owner alone, and a delivery."""
    async with open_office(tmp_path) as office:
        answer = await office.receive()
        assert (answer.status, answer.run) == (202, 1)
        queued = office.house.datum(1, "workflow.queued")
        assert dict(queued.params) == {"ref": "refs/heads/main", "sha": json.loads(PUSH)["after"]}
        assert (queued.trigger.kind, queued.trigger.name, queued.trigger.has_file) == ("webhook", "push", True)
        assert (queued.trigger.ref, queued.trigger.sha) == ("refs/heads/main", json.loads(PUSH)["after"])
        assert queued.reason == "push to main by octavia"
        path = trigger_file(tmp_path, 1)
        assert path.read_bytes() == PUSH
        assert path.stat().st_mode & 0o777 == 0o600
        (kept,) = await office.kept()
        assert (kept["outcome"], kept["run"], kept["event"], kept["has_body"]) == ("run", 1, "push", True)


async def test_fifty_at_once_are_one_run(tmp_path: Path) -> None:
    """The same delivery fifty times at the same time, and once more later, starts one run and always names it."""
    answers: list[HookAnswer] = []
    async with open_office(tmp_path) as office:

        async def deliver() -> None:
            answers.append(await office.receive())

        async with trio.open_nursery() as nursery:
            for _ in range(50):
                nursery.start_soon(deliver)
        again = await office.receive(id="a new id for a recorded body")
        assert sorted(answer.status for answer in answers) == [200] * 49 + [202]
        assert {answer.run for answer in [*answers, again]} == {1}
        assert again.is_duplicate
        assert [event.type for event in office.house.events()].count("workflow.queued") == 1


async def test_what_failed_can_be_sent_again(tmp_path: Path) -> None:
    """A delivery that found aegisd stopping or drained starts its run when it comes again."""
    async with open_office(tmp_path) as office:
        office.house.supervisor.hold("dev1")
        with pytest.raises(CallError) as caught:
            await office.receive()
        assert caught.value.name.endswith(".Draining")
        office.house.supervisor.hold(None)
        assert (await office.receive()).status == 202
        newest, oldest = await office.kept()
        assert (newest["outcome"], oldest["outcome"], oldest["run"]) == ("run", "failed", None)
        assert list((tmp_path / ".incoming").iterdir()) == []


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"branches": ("docs",)}, "branch main not in docs"),
        ({"events": ("release",)}, "event push not in release"),
        ({"enabled": False}, "the trigger push is switched off"),
    ],
)
async def test_ignored_deliveries(keys: dict[str, Any], reason: str, tmp_path: Path) -> None:
    """What a filter stops is answered with the reason, kept, and judged again when it comes again."""
    async with open_office(tmp_path, **keys) as office:
        for _ in range(2):
            answer = await office.receive()
            assert (answer.status, answer.run, answer.ignored) == (200, None, reason)
        assert [(each["outcome"], each["reason"]) for each in await office.kept()] == [("ignored", reason)] * 2
        assert office.house.events() == []


async def test_refused_deliveries_look_alike(tmp_path: Path) -> None:
    """A wrong signature, none at all, two, and a name that is not there get one answer; nothing is written."""
    async with open_office(tmp_path) as office:
        headers = hooks.github(PUSH)
        answers = [
            await office.receive(secret=hooks.OTHER),
            await office.send([], PUSH),
            await office.send([*headers, headers[-1]], PUSH),
            await office.receive(name="nobody"),
            await office.receive(name="nobody", secret="nobody knows this"),  # noqa: S106 - what it is measured by
        ]
        assert len(set(answers)) == 1
        assert answers[0].status == 401
        listed = await office.desk.log.list(None, limit=99)
        assert listed["deliveries"] == []
        assert {each["trigger"] for each in listed["refusals"]} == {"push", ""}
        assert {each["reason"] for each in listed["refusals"]} == {
            "there is no X-Hub-Signature-256",
            "the header X-Hub-Signature-256 is there twice",
            "the signature is that of another body or another secret",
            "there is no such trigger",
        }
        assert office.house.events() == []
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - a test


async def test_unreadable_and_unfit_bodies(tmp_path: Path) -> None:
    """A proven body that cannot be read, or lacks a parameter, is refused in words and starts nothing."""
    async with open_office(tmp_path) as office:
        deep = b"[" * 100 + b"]" * 100
        assert (await office.receive(deep)).status == 400
        headers = hooks.replaced(hooks.github(PUSH), content_type="text/plain")
        assert (await office.send(headers, PUSH)).status == 415
        with pytest.raises(CallError) as caught:
            await office.receive(b'{"ref":"refs/heads/main"}')
        assert caught.value.message == "w needs sha"
        assert [each["outcome"] for each in await office.kept()] == ["failed"] * 3
        assert office.house.events() == []


async def test_busy_workflows_skip(tmp_path: Path) -> None:
    """With `on_busy = "skip"` the sender is told that its run was skipped, and because of which."""
    flow = workflow(step("a", delay=5), params=PARAMS, on_busy=OnBusy.SKIP)
    async with open_office(tmp_path, flow) as office:
        await office.receive()
        answer = await office.receive(PUSH.replace(b"Tighten", b"Loosen!"), id="2")
        assert (answer.status, answer.run) == (200, 2)
        assert answer.ignored == "w is busy with #1 and on_busy is skip"


async def test_replay(tmp_path: Path) -> None:
    """A delivery that was ignored starts a run when somebody asks for it, with the trigger as it is now; who asked is
    recorded."""
    async with open_office(tmp_path, branches=("docs",)) as office:
        await office.receive()
        run = await office.desk.replay(1, by="dev1")
        queued = office.house.datum(run, "workflow.queued")
        assert (queued.trigger.by, queued.trigger.name, queued.trigger.ref) == ("dev1", "push", "refs/heads/main")
        assert queued.reason == "delivery 1 replayed: push to main by octavia"
        assert trigger_file(tmp_path, run).read_bytes() == PUSH
        again = await office.desk.replay(2, by="dev1")
        assert again == run + 1
        newest, second, _ = await office.kept()
        assert (second["replay_of"], newest["replay_of"], newest["by"]) == (1, 1, "dev1")
        with pytest.raises(CallError, match="there is no delivery 99"):
            await office.desk.replay(99, by="dev1")
        office.config = evolve(office.config, triggers={})
        with pytest.raises(CallError, match="no webhook trigger"):
            await office.desk.replay(1, by="dev1")


async def test_rate(tmp_path: Path) -> None:
    """More than the rate allows are told when to come again; an unknown name is measured like a known one."""
    async with open_office(tmp_path, rate=2.0) as office:
        for name in ("push", "nobody"):
            limit = 10 if name == "push" else 50
            told = [office.desk.admit(name, source="192.0.2.1").refusal for _ in range(limit + 1)]
            assert told[:limit] == [None] * limit
            assert told[limit] is not None
            assert (told[limit].status, told[limit].retry_after_s) == (429, 1)
        assert (
            office.desk.admit("push", source="192.0.2.9").refusal is not None
        )  # the trigger's own bucket is empty too


async def test_a_retry_has_the_same_payload(tmp_path: Path) -> None:
    """A retry of a run that a webhook started finds what was delivered, also when the first run's is gone."""
    async with open_office(tmp_path) as office:
        await office.receive()
        await office.house.wait_ended(1)
        summary = await office.house.store.get_run(1)
        assert summary is not None
        from aegisd.core.model import Trigger
        from aegisd.core.state import fold

        flow = office.config.workflows["w"]
        state = fold(1, office.house.events(1))
        asked = {"failed": False, "trigger": Trigger(by="dev1"), "note": None}
        second = await office.house.acceptance.accept_again(summary, flow, state, **asked)
        assert trigger_file(tmp_path, second).read_bytes() == PUSH
        trigger = office.house.datum(second, "workflow.queued").trigger
        assert (trigger.kind, trigger.ref, trigger.has_file) == ("manual", "refs/heads/main", True)
        trigger_file(tmp_path, 1).unlink()
        third = await office.house.acceptance.accept_again(summary, flow, state, **asked)
        assert office.house.datum(third, "workflow.queued").trigger.has_file is None


async def test_a_full_disk_refuses(tmp_path: Path) -> None:
    """When the payload cannot be written the delivery is refused, no number is lost, and it can come again."""
    async with open_office(tmp_path) as office:
        (tmp_path / ".incoming").write_text("in the way")
        with pytest.raises(CallError) as caught:
            await office.receive()
        assert caught.value.name.endswith(".StoreFailed")
        (tmp_path / ".incoming").unlink()
        assert (await office.receive()).run == 1
