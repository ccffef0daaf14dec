"""Senders in virtual time: the schedule, order, circuits, dead letters, and what a restart finds."""

import pytest
import trio

from aegisd.core import events
from aegisd.core.delivery import DeliveryState
from aegisd.core.events import CancellationRequested
from aegisd.sinks import books
from aegisd.sinks.fate import Answer
from aegisd.store.memory import MemoryStore
from tests.sinks.webhook_kit import DOWN, OK, Script, make_config, open_house
from tests.timeline.kit import virtual_clock

BAD = Answer(status=500, text="no")
DAY_S = 86_400.0


async def test_in_order_with_one_id_each(autojump_clock: trio.abc.Clock) -> None:
    """S9, W2.8: deliveries arrive in the order of their events, one after the other, each once, with its own id."""
    script = Script(takes=0.2)
    async with open_house(make_config(), scripts={"ci": script}) as house:
        await house.happen(250)
        await trio.sleep(100)
        found = await house.deliveries()
    assert [seq for _, seq in sorted((row.id, row.seq) for row in found)] == list(range(1, 251))
    assert {row.state for row in found} == {DeliveryState.DELIVERED}
    assert [name for _, name, _ in script.seen] == [row.message for row in found]
    assert script.bodies == [row.body for row in found]
    assert script.most_at_once == 1


async def test_the_schedule_is_kept(autojump_clock: trio.abc.Clock) -> None:
    """Row 66: 500 a few times, then 200: exact times (chance is in the middle), the same id, a new timestamp, one
    success."""
    script = Script(answers=[BAD] * 4)
    async with open_house(make_config(), scripts={"ci": script}) as house:
        await house.happen()
        await trio.sleep(DAY_S)
        (row,) = await house.deliveries()
    waits = [after - before for before, after in zip(script.times, script.times[1:], strict=False)]
    assert waits == pytest.approx([5, 300, 1800, 7200], abs=0.1)
    assert len({name for _, name, _ in script.seen}) == 1
    assert len({timestamp for _, _, timestamp in script.seen}) == 5
    assert (row.state, row.progress.attempts) == (DeliveryState.DELIVERED, 5)
    assert [each.status for each in row.progress.tries] == [500, 500, 500, 500, 200]
    assert row.progress.tries[0].text == "no"


async def test_a_dead_letter_has_an_event(autojump_clock: trio.abc.Clock) -> None:
    """After the last attempt a delivery is dead, and an event says so in the same transaction; the next one goes on."""
    script = Script(answers=[BAD] * 3)
    config = make_config(schedule=(0.0, 5.0, 10.0))
    async with open_house(config, scripts={"ci": script}) as house:
        await house.happen(2)
        await trio.sleep(100)
        first, second = await house.deliveries()
    assert (first.state, first.progress.reason) == (DeliveryState.DEAD, "given up after 3 attempts: 500")
    assert second.state is DeliveryState.DELIVERED
    (told,) = house.told()
    assert isinstance(told, events.WebhookExhausted)
    assert (told.webhook, told.delivery, told.event_seq, told.attempts) == ("ci", first.id, 1, 3)


async def test_others_go_on(autojump_clock: trio.abc.Clock) -> None:
    """S26: a receiver that hangs, one that fails and one that is well: the last gets everything at once."""
    scripts = {"hangs": Script(takes=1e9), "fails": Script(then=BAD), "well": Script()}
    async with open_house(*(make_config(name) for name in scripts), scripts=scripts) as house:
        begun = trio.current_time()
        await house.happen(50)
        assert trio.current_time() - begun < 0.1
        await trio.sleep(2)
        assert len(scripts["well"].seen) == 50
        assert scripts["well"].times[-1] < begun + 1
        states = {each["name"]: (each["state"], each["waiting"]) for each in house.desk.list_webhooks()}
    assert states == {"hangs": ("fine", 50), "fails": ("retrying", 50), "well": ("fine", 0)}


async def test_several_at_once(autojump_clock: trio.abc.Clock) -> None:
    """max_concurrent = 4 sends four at once, and one that fails does not hold the others."""
    script = Script(answers=[BAD], takes=1.0)
    async with open_house(make_config(max_concurrent=4), scripts={"ci": script}) as house:
        await house.happen(40)
        await trio.sleep(30)
        assert script.most_at_once == 4
        assert len(script.seen) == 41
        assert {row.state for row in await house.deliveries()} == {DeliveryState.DELIVERED}


async def test_a_dead_receiver_uses_up_nothing(autojump_clock: trio.abc.Clock) -> None:
    """Down for three days and back: after five failures only the oldest is tried, ever more seldom; nothing is
    dead-lettered, all arrives in order, and two events tell of it."""
    script = Script(then=DOWN)
    config = make_config(schedule=(0.0, 1.0, 1.0, 1.0, 1.0, 1.0))
    async with open_house(config, scripts={"ci": script}) as house:
        await house.happen(100)
        await trio.sleep(3 * DAY_S)
        tried = len(script.seen)
        assert 70 < tried < 100
        assert len({name for _, name, _ in script.seen}) == 1
        assert house.desk.list_webhooks()[0]["state"] == "failing"
        script.then = OK
        await trio.sleep(7200)
        rows = await house.deliveries()
        assert {row.state for row in rows} == {DeliveryState.DELIVERED}
        assert [name for _, name, _ in script.seen[tried:]] == [row.message for row in rows]
        assert house.desk.list_webhooks()[0]["state"] == "fine"
    failing, recovered = house.told()
    assert isinstance(failing, events.WebhookFailing)
    assert isinstance(recovered, events.WebhookRecovered)
    assert failing.error == "refused: h refused the connection"
    assert recovered.failing_s > 3 * DAY_S - 60


async def test_gone_disables(autojump_clock: trio.abc.Clock) -> None:
    """410: nothing more is sent or collected, an event says so; enabled again, what waited goes first."""
    script = Script(answers=[Answer(status=410)])
    async with open_house(make_config(), scripts={"ci": script}) as house:
        await house.happen(3)
        await trio.sleep(DAY_S)
        assert len(script.seen) == 1
        await house.happen(2)
        assert len(await house.deliveries()) == 3
        (view,) = house.desk.list_webhooks()
        assert (view["state"], view["error"], view["by"]) == (
            "disabled",
            "the receiver says that it is gone (410)",
            None,
        )
        await house.desk.enable("ci", by="dev1")
        await house.happen()
        await trio.sleep(10)
        assert len(script.seen) == 5
    assert [type(told) for told in house.told()] == [events.WebhookDisabled, events.WebhookEnabled]


async def test_retry_after(autojump_clock: trio.abc.Clock) -> None:
    """429 with Retry-After: the whole webhook waits that long, and no attempt is used up."""
    script = Script(answers=[Answer(status=429, retry_after_s=600.0)])
    async with open_house(make_config(max_concurrent=4), scripts={"ci": script}) as house:
        await house.happen()
        await trio.sleep(1)
        await house.happen(3)
        await trio.sleep(1000)
        assert script.times[1] - script.times[0] == pytest.approx(600, abs=0.1)
        assert len(script.seen) == 5
        assert [row.progress.attempts for row in await house.deliveries()] == [1, 1, 1, 1]


async def test_five_days_of_failures(autojump_clock: trio.abc.Clock) -> None:
    """Row 72: a webhook that only failed for five days is disabled, never silently; what waited for four is given up
    with an event."""
    script = Script(then=DOWN)
    async with open_house(make_config(), scripts={"ci": script}) as house:
        for _ in range(6):
            await house.happen()
            await trio.sleep(DAY_S)
        assert house.desk.list_webhooks()[0]["state"] == "disabled"
        states = [row.state for row in await house.deliveries()]
    kinds = [type(told) for told in house.told()]
    assert kinds.count(events.WebhookDisabled) == 1
    assert kinds.count(events.WebhookFailing) == 1
    dropped = [told for told in house.told() if isinstance(told, events.WebhookDropped)]
    assert sum(told.count for told in dropped) == states.count(DeliveryState.DEAD) > 0


async def test_the_outbox_is_bounded(autojump_clock: trio.abc.Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than the outbox holds: the oldest are given up, and an event counts them."""
    monkeypatch.setattr(books, "MOST_WAITING", 100)
    script = Script(then=DOWN)
    async with open_house(make_config(), scripts={"ci": script}) as house:
        for _ in range(10):
            await house.happen(50)
            await trio.sleep(300)
        rows = await house.deliveries()
    waiting = [row for row in rows if row.state is DeliveryState.PENDING]
    assert len(waiting) <= 150
    assert waiting == rows[-len(waiting) :]
    dropped = [told for told in house.told() if isinstance(told, events.WebhookDropped)]
    assert sum(told.count for told in dropped) == len(rows) - len(waiting) > 0


async def test_no_loops(autojump_clock: trio.abc.Clock) -> None:
    """Two webhooks that get all events and always fail: each is told of the other, never of itself, and what they
    cause comes to an end."""
    scripts = {"a": Script(then=BAD), "b": Script(then=BAD)}
    configs = [make_config(name, events=("*",), schedule=(0.0, 1.0)) for name in scripts]
    async with open_house(*configs, scripts=scripts) as house:
        await house.happen()
        await trio.sleep(3 * DAY_S)
        about = {(row.webhook, row.type) for row in await house.deliveries()}
        told = [getattr(each, "webhook", None) for each in house.told("webhook.exhausted")]
    assert ("a", "webhook.exhausted") in about
    assert sorted(told) == ["a", "b"]
    assert len(house.told()) < 10


@pytest.mark.parametrize("ahead", [0.0, -3600.0, 40 * 365 * DAY_S, -20 * 365 * DAY_S])
async def test_a_restart_goes_on(ahead: float, autojump_clock: trio.abc.Clock) -> None:
    """W1.2, row 25: what waited is tried when it was due, also when the clock was set while aegisd was away; what was
    under way is sent again with its id."""
    store, script = MemoryStore(), Script(answers=[BAD, BAD])
    async with open_house(make_config(), scripts={"ci": script}, store=store) as house:
        await house.happen(2)
        await trio.sleep(100)
        assert len(script.seen) == 2
    due = script.times[1] + 300
    async with open_house(
        make_config(), scripts={"ci": script}, store=store, clock=virtual_clock(ahead=ahead), last_seq=2
    ) as house:
        await trio.sleep(400)
        rows = await house.deliveries()
    assert script.times[2] == pytest.approx(due, abs=0.1)
    assert [row.state for row in rows] == [DeliveryState.DELIVERED] * 2
    assert [name for _, name, _ in script.seen[2:]] == [row.message for row in rows]


async def test_what_is_remembered(autojump_clock: trio.abc.Clock) -> None:
    """A disabled webhook stays so over a restart, and is new once it has another address."""
    store = MemoryStore()
    async with open_house(make_config(), store=store) as house:
        await house.desk.disable("ci", by="dev1", reason="moving")
    async with open_house(make_config(), store=store, last_seq=1) as house:
        assert house.desk.list_webhooks()[0]["by"] == "dev1"
    async with open_house(make_config(url="https://other.example.org/"), store=store, last_seq=1) as house:
        assert house.desk.list_webhooks()[0]["state"] == "fine"


async def test_a_reload_loses_nothing(autojump_clock: trio.abc.Clock) -> None:
    """Changed, taken out and put back while something is under way: everything arrives, in order."""
    script = Script(takes=1.0)
    async with open_house(make_config(), scripts={"ci": script}) as house:
        await house.happen(5)
        await trio.sleep(1.5)
        await house.senders.configure({"ci": make_config(timeout=5.0)})
        await trio.sleep(1.0)
        await house.senders.configure({})
        await house.happen(2)  # nobody wants these
        await trio.sleep(10)
        await house.senders.configure({"ci": make_config(), "new": make_config("new")})
        await house.happen()
        await trio.sleep(20)
        rows = await house.deliveries("ci")
        assert {row.state for row in await house.deliveries()} == {DeliveryState.DELIVERED}
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5, 8]
    assert list(dict.fromkeys(name for _, name, _ in script.seen)) == [row.message for row in rows]


async def test_a_webhook_that_is_switched_off(autojump_clock: trio.abc.Clock) -> None:
    """`enabled = false` collects and sends nothing, and `enable` says why it cannot help."""
    async with open_house(make_config(enabled=False)) as house:
        await house.happen()
        assert await house.deliveries() == []
        assert house.desk.list_webhooks()[0]["state"] == "off"
        with pytest.raises(Exception, match="switched off in the configuration"):
            await house.desk.enable("ci", by="dev1")


async def test_nothing_is_sent_before_it_is_on_disk(autojump_clock: trio.abc.Clock) -> None:
    """The deliveries of a batch are written with its events; a store that fails delays both."""
    from tests.timeline.kit import FailingStore

    store, script = FailingStore(failures=3), Script()
    async with open_house(make_config(), scripts={"ci": script}, store=store) as house:
        await house.happen(data=lambda _: CancellationRequested(by="x"))
        assert trio.current_time() >= 3
        await trio.sleep(1)
    assert script.times[0] >= 3
    assert len(script.seen) == 1
