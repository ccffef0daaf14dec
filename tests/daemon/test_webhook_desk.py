"""What can be asked of the webhooks, in virtual time."""

import json

import pytest
import trio

from aegisd.core import events
from aegisd.core.delivery import DeliveryFilter, DeliveryState
from aegisd.sinks.fate import Answer
from aegisd.wire.errors import CallError
from tests.sinks.webhook_kit import DOWN, OK, House, Script, make_config, open_house

BAD = Answer(status=500, text="no")


async def _kinds(house: House) -> list[str]:
    return [type(told).__name__ for told in house.told()]


async def test_names_that_are_not_there(autojump_clock: trio.abc.Clock) -> None:
    """A misspelt name gets the nearest; a number that is not there says where to look."""
    async with open_house(make_config("slack")) as house:
        for ask in (house.desk.test("slakc"), house.desk.enable("slakc", by="x"), house.desk.redeliver([7], by="x")):
            with pytest.raises(CallError) as refused:
                await ask
            assert refused.value.exit_status == 66
            assert refused.value.hint
        with pytest.raises(CallError, match="no delivery d-7"):
            await house.desk.get_delivery(7)
        with pytest.raises(CallError, match='no webhook "x"'):
            await house.desk.list_deliveries(DeliveryFilter(webhook="x"))


async def test_a_ping(autojump_clock: trio.abc.Clock) -> None:
    """Sent at once and signed, also by a webhook that is disabled; nothing is stored of it."""
    script = Script(answers=[BAD])
    async with open_house(make_config(), scripts={"ci": script}) as house:
        await house.desk.disable("ci", by="dev1", reason=None)
        answer = await house.desk.test("ci")
        assert (answer["success"], answer["status"], answer["url"]) == (False, 500, "https://ci.example.org/hook")
        assert json.loads(script.bodies[0])["type"] == "ping"
        assert answer["size"] == len(script.bodies[0])
        assert await house.deliveries() == []


async def test_on_and_off(autojump_clock: trio.abc.Clock) -> None:
    """What changes nothing is no event; what waits stays, and goes first afterwards."""
    script = Script()
    async with open_house(make_config(), scripts={"ci": script}) as house:
        await house.desk.enable("ci", by="dev1")
        await house.desk.disable("ci", by="dev1", reason="moving")
        await house.desk.disable("ci", by="dev2", reason="again")
        (view,) = house.desk.list_webhooks()
        assert (view["state"], view["error"], view["by"]) == ("disabled", "moving", "dev1")
        await house.happen()
        await trio.sleep(10)
        assert script.seen == []
        await house.desk.enable("ci", by="dev2")
        await house.happen()
        await trio.sleep(10)
        assert len(script.seen) == 1
        assert await _kinds(house) == ["WebhookDisabled", "WebhookEnabled"]


async def test_once_more(autojump_clock: trio.abc.Clock) -> None:
    """By number, with the same id; what was delivered too. An event says who asked."""
    script = Script()
    async with open_house(make_config(), scripts={"ci": script}) as house:
        await house.happen(3)
        await trio.sleep(10)
        assert await house.desk.redeliver([2], by="dev1") == 1
        await trio.sleep(10)
        detail = await house.desk.get_delivery(2)
        assert len(detail["tries"]) == 2
        assert detail["delivery"]["state"] == "delivered"
        assert [name for _, name, _ in script.seen] == [
            *(row.message for row in await house.deliveries()),
            script.seen[1][1],
        ]
        (told,) = house.told()
        assert told == events.WebhookReplayed(by="dev1", count=1)


async def test_all_that_failed(autojump_clock: trio.abc.Clock) -> None:
    """What is dead, or has failed and waits, of one webhook or all; `dry` only counts."""
    scripts = {"a": Script(then=BAD), "b": Script(then=BAD)}
    configs = [make_config("a", schedule=(0.0,)), make_config("b")]
    async with open_house(*configs, scripts=scripts) as house:
        await house.happen(2)
        await trio.sleep(60)
        assert await house.desk.redeliver_failed(webhook=None, since=None, by="dev1", dry=True) == 3
        assert await house.desk.redeliver_failed(webhook="a", since=None, by="dev1", dry=True) == 2
        scripts["a"].then = OK
        assert await house.desk.redeliver_failed(webhook="a", since=None, by="dev1", dry=False) == 2
        await trio.sleep(10)
        assert {row.state for row in await house.deliveries("a")} == {DeliveryState.DELIVERED}
        assert await house.desk.redeliver_failed(webhook="a", since=None, by="dev1", dry=False) == 0


async def test_from_a_seq_on(autojump_clock: trio.abc.Clock) -> None:
    """Every event from there on, whether or not it was sent: in order, each with the id that it has for everybody."""
    script, late = Script(), Script()
    async with open_house(make_config(), scripts={"ci": script, "late": late}) as house:
        await house.happen(1200)
        await trio.sleep(1000)
        await house.senders.configure({name: make_config(name) for name in ("ci", "late")})
        assert await house.desk.replay(first=11, webhook="late", by="dev1", dry=True) == 1190
        assert await house.desk.replay(first=11, webhook="late", by="dev1", dry=False) == 1190
        await trio.sleep(1000)
        assert [name for _, name, _ in late.seen] == [name for _, name, _ in script.seen[10:]]
        assert len(script.seen) == 1200


async def test_what_is_shown(autojump_clock: trio.abc.Clock) -> None:
    """A delivery that fails is due; one behind it waits for it. Headers as they were sent, with the right signature."""
    script = Script(then=DOWN)
    async with open_house(make_config(), scripts={"ci": script}) as house:
        await house.happen(2)
        await trio.sleep(1)
        second, first = await house.desk.list_deliveries(DeliveryFilter())
        assert (first["attempts"], first["most"], first["last"]["error"]) == (1, 10, "refused")
        assert first["next_at"] is not None
        assert second["next_at"] is None
        detail = await house.desk.get_delivery(1)
        headers = dict(line.split(": ", 1) for line in detail["headers"])
        assert headers["webhook-id"] == script.seen[0][1]
        assert headers["webhook-timestamp"] == str(script.seen[0][2])
        assert detail["body"].encode() == script.bodies[0]


async def test_following(autojump_clock: trio.abc.Clock) -> None:
    """Each attempt is shown once, of one webhook or all, failed ones only on wish."""
    script = Script(answers=[BAD])
    async with open_house(make_config(), scripts={"ci": script}) as house:
        stream, failed = (house.desk.follow_deliveries(webhook="ci", failed=wish) for wish in (False, True))
        seen: list[tuple[str, str]] = []

        async def follow(name: str, each: object) -> None:
            async for delivery in each:  # type: ignore[attr-defined]
                seen.append((name, delivery["state"]))  # noqa: PERF401 - it does not end

        async with trio.open_nursery() as nursery:
            nursery.start_soon(follow, "all", stream)
            nursery.start_soon(follow, "failed", failed)
            await trio.sleep(1)
            await house.happen()
            await trio.sleep(10)
            nursery.cancel_scope.cancel()
    assert sorted(seen) == [("all", "delivered"), ("all", "pending"), ("failed", "pending")]
