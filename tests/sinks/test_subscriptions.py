"""Subscriptions: what those promise who listen to events, and what those are promised who cause them."""

from typing import Any

import pytest
import trio

from aegisd.config.sink_kinds import JsonlKeys
from aegisd.config.subscription_keys import Subscription
from aegisd.core.event_filter import EventFilter
from aegisd.core.events import Event, SubscriptionFailing, SubscriptionRecovered
from aegisd.core.place import Place
from aegisd.sinks.base import SinkError, Terms
from aegisd.store.memory import MemoryStore
from tests.sinks.kit import Listener, World, fail, open_world

_ALL = EventFilter()


async def _add(world: World, name: str, listener: Listener, **terms: Any) -> Listener:
    await world.subscriptions.add(name, _ALL, listener, Terms(**terms))
    return listener


def _show(world: World, name: str) -> dict[str, Any]:
    return next(each for each in world.subscriptions.show(recent=True) if each["name"] == name)


async def test_each_event_reaches_everyone(autojump_clock: trio.abc.Clock) -> None:
    """S1, S12: every listener gets every event, in the order of the timeline; they are listed in the order in which
    they were added, whatever they are."""
    async with open_world() as world:
        listeners = [await _add(world, name, Listener()) for name in ("first", "second", "third")]
        await world.say(50)
        await world.settle()
        assert [listener.seen for listener in listeners] == [list(range(1, 51))] * 3
        assert [each["name"] for each in world.subscriptions.show()] == ["first", "second", "third"]


async def test_a_failing_listener_is_alone(autojump_clock: trio.abc.Clock) -> None:
    """S24, S2, S26, S80: an exception in one listener reaches neither the others nor those who emit; it is told
    once."""

    async def break_down(_: Event) -> None:
        message = "a defect"
        raise ValueError(message)

    async with open_world() as world:
        bad = await _add(world, "bad", Listener(break_down))
        good = await _add(world, "good", Listener())
        await world.say(5)
        await world.settle()
        assert good.seen[:5] == [1, 2, 3, 4, 5]
        assert bad.seen == []
        assert _show(world, "bad")["error"] == "a defect in aegisd: ValueError: a defect"
        assert _show(world, "bad")["lost"] == 5
        told = [record.event.data for record in world.timeline.store.records if record.event.type.startswith("sub")]
        assert [type(data) for data in told] == [SubscriptionFailing]


async def test_nobody_waits_for_a_listener(autojump_clock: trio.abc.Clock) -> None:
    """W2.10, S22, S78, W3.4, W3.10: one that hangs, or takes its time, delays neither events nor other listeners."""

    async def hang(_: Event) -> None:
        await trio.sleep_forever()

    async def dawdle(_: Event) -> None:
        await trio.sleep(3600)

    async with open_world() as world:
        await _add(world, "hangs", Listener(hang), timeout=3600.0)
        await _add(world, "slow", Listener(dawdle), timeout=7200.0)
        quick = await _add(world, "quick", Listener())
        begun = trio.current_time()
        await world.say(100)
        await world.wait(lambda: len(quick.seen) == 100)
        assert trio.current_time() - begun < 1
        assert _show(world, "hangs")["behind"] == 100


async def test_handlers_run_concurrently(autojump_clock: trio.abc.Clock) -> None:
    """W2.9, S79, S82: as many deliveries at once as `max_concurrent` says, and never more; with 1 they are in
    order."""
    running, most = [0], [0]

    async def work(_: Event) -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        await trio.sleep(1)
        running[0] -= 1

    async with open_world() as world:
        await _add(world, "four", Listener(work), max_concurrent=4)
        begun = trio.current_time()
        await world.say(20)
        await world.settle()
        assert most == [4]
        assert trio.current_time() - begun == pytest.approx(5, abs=0.5)
        await world.subscriptions.remove("four")
        most[0] = 0
        one = await _add(world, "one", Listener(work), max_concurrent=1)
        await world.say(5)
        await world.settle()
        assert most == [1]
        assert one.seen == sorted(one.seen)


async def test_retries_with_backoff(autojump_clock: trio.abc.Clock) -> None:
    """S83, W3.1: a failed delivery is made again, after waits that double, as often as `max_retries` says."""
    async with open_world() as world:
        again = await _add(world, "again", Listener(fail(3)), max_retries=3, retry_backoff=1.0)
        begun = trio.current_time()
        await world.say(1)
        await world.wait(lambda: again.seen == [1])
        assert trio.current_time() - begun == pytest.approx(1 + 2 + 4, abs=0.2)
        assert _show(world, "again")["deliveries"][0]["attempts"] == 4
        never = await _add(world, "never", Listener(fail(99)), max_retries=2, retry_backoff=1.0)
        await world.say(1)
        await world.wait(lambda: _show(world, "never")["lost"] >= 1)
        assert never.seen == []


async def test_a_wait_does_not_hold_a_place(autojump_clock: trio.abc.Clock) -> None:
    """W3.4: while one delivery waits for its next attempt, others take its place; in order nothing overtakes it."""

    async def fail_first(event: Event) -> None:
        if event.seq == 1 and trio.current_time() < 50:
            message = "not yet"
            raise SinkError(message)

    async with open_world() as world:
        apart = await _add(world, "apart", Listener(fail_first), max_concurrent=2, max_retries=9, retry_backoff=60.0)
        strict = await _add(world, "strict", Listener(fail_first), max_concurrent=1, max_retries=9, retry_backoff=60.0)
        await world.say(9)
        await world.wait(lambda: len(apart.seen) >= 8)
        assert strict.seen == []
        assert _show(world, "apart")["done"] == 0
        await world.settle()
        said = [r.seq for r in world.timeline.store.records if not r.event.type.startswith("subscription.")]
        mine = [seq for seq in apart.seen if seq in said]
        assert (sorted(mine), mine[-1]) == (said, 1)
        assert [seq for seq in strict.seen if seq in said] == said


async def test_each_delivery_has_a_result(autojump_clock: trio.abc.Clock) -> None:
    """S81, W3.5: success is success and failure is failure, with its reason, its attempts and how long it took; a
    delivery that is cut short by its timeout is a failure."""

    async def judge(event: Event) -> None:
        if event.seq == 2:
            message = "refused"
            raise SinkError(message)
        if event.seq == 3:
            await trio.sleep_forever()

    async with open_world() as world:
        await _add(world, "judge", Listener(judge), timeout=2.0)
        await world.say(4)
        await world.settle()
        ended = {each["first_seq"]: each for each in _show(world, "judge")["deliveries"]}
        assert [ended[seq]["success"] for seq in (1, 2, 3, 4)] == [True, False, False, True]
        assert [ended[seq]["error"] for seq in (1, 2, 3)] == [None, "refused", "no end after 2s"]
        assert ended[3]["duration_s"] == pytest.approx(2, abs=0.1)
        assert _show(world, "judge")["state"] == "working"


async def test_filters_choose(autojump_clock: trio.abc.Clock) -> None:
    """S19: a subscription gets what its filter passes and nothing else, and is not behind because of the rest."""
    async with open_world() as world:
        none = Listener()
        await world.subscriptions.add("none", EventFilter(types=frozenset({"step.*"})), none, Terms())
        await world.say(30)
        await world.settle()
        assert none.seen == []
        assert _show(world, "none")["done"] == 30


async def test_ending_one(autojump_clock: trio.abc.Clock) -> None:
    """A subscription that is removed gets nothing more, is closed, and its name is free again; others go on."""
    async with open_world() as world:
        gone, stays = await _add(world, "gone", Listener()), await _add(world, "stays", Listener())
        await world.say(2)
        await world.settle()
        with pytest.raises(ValueError, match="there is a subscription 'gone' already"):
            await _add(world, "gone", Listener())
        assert await world.subscriptions.remove("gone")
        assert not await world.subscriptions.remove("gone")
        assert gone.closed
        await world.say(2)
        await world.settle()
        assert (gone.seen, stays.seen) == ([1, 2], [1, 2, 3, 4])
        assert (await _add(world, "gone", Listener())).seen == []


async def test_its_place_outlasts_aegisd(autojump_clock: trio.abc.Clock) -> None:
    """W2.8, W2.11: after a restart a subscription goes on where it was: what was not delivered comes, what was does
    not."""
    store = MemoryStore()
    async with open_world(store=store) as world:
        before = await _add(world, "s", Listener())
        await world.say(5)
        await world.settle()
        await world.subscriptions.finish(5)
    assert before.seen == [1, 2, 3, 4, 5]
    async with open_world(store=store, last_seq=5) as world:
        await world.say(3)
        after = await _add(world, "s", Listener())
        await world.settle()
        assert after.seen == [6, 7, 8]
        assert _show(world, "s")["delivered"] == 8


async def test_a_crash_repeats_and_loses_nothing(autojump_clock: trio.abc.Clock) -> None:
    """W2.8: a delivery that was on its way when aegisd was killed is made again, and so is what was delivered since the
    place was last kept."""

    async def dawdle(_: Event) -> None:
        await trio.sleep(0.4)

    store = MemoryStore()
    async with open_world(store=store) as world:
        await _add(world, "s", Listener(dawdle))
        await world.say(9)
        await trio.sleep(2)
        kept = (await store.read_places())["s"].done
    assert 0 < kept < 9
    await store.keep_place(Place(name="s", done=kept))
    async with open_world(store=store, last_seq=9) as world:
        after = await _add(world, "s", Listener())
        await world.settle()
        assert after.seen == list(range(kept + 1, 10))


async def test_what_it_tells(autojump_clock: trio.abc.Clock) -> None:
    """There is an event when a subscription begins to fail and one when it works again, for others to see and not for
    itself."""
    async with open_world() as world:
        other = await _add(world, "other", Listener())
        await _add(world, "s", Listener(fail(4)), max_retries=1, retry_backoff=1.0)
        await world.say(3)
        await world.settle()
        told = {r.seq: r.event.data for r in world.timeline.store.records if r.event.type.startswith("subscription.")}
        assert list(told.values()) == [
            SubscriptionFailing(name="s", error="the other side is down", first_seq=1, last_seq=1),
            SubscriptionRecovered(name="s", failures=4, lost=2),
        ]
        assert set(told) <= set(other.seen)
        assert _show(world, "s")["delivered"] == 1


async def test_what_retention_took_is_said(autojump_clock: trio.abc.Clock) -> None:
    """A subscription that was so far behind that its events are no longer kept says how many it missed."""
    store = MemoryStore()
    async with open_world(store=store) as world:
        await _add(world, "s", Listener())
        await world.say(2)
        await world.subscriptions.finish(5)
        await world.say(20)
    store._gone += range(5, 9)
    store.records = [record for record in store.records if record.seq not in range(5, 9)]
    async with open_world(store=store, last_seq=22) as world:
        after = await _add(world, "s", Listener())
        await world.settle()
        assert after.seen == [3, 4, *range(9, 23)]
        assert _show(world, "s")["missed"] == 4


async def test_reconfiguring(autojump_clock: trio.abc.Clock) -> None:
    """A reload leaves alone what is as it was, begins what is new, ends what is gone and begins anew what changed, at
    its place."""
    opened: list[tuple[str, Listener]] = []

    def open_sink(subscription: Subscription) -> tuple[Listener, Terms]:
        opened.append((subscription.name, Listener()))
        return opened[-1][1], Terms()

    def make(name: str, events: tuple[str, ...] = ("*",)) -> Subscription:
        return Subscription(name=name, type="jsonl", spec=JsonlKeys(), events=events)

    async with open_world(open_sink=open_sink) as world:
        inner = await _add(world, "inner", Listener())
        await world.subscriptions.configure({"a": make("a"), "b": make("b"), "c": make("c")})
        await world.say(2)
        await world.settle()
        await world.subscriptions.configure({"d": make("d"), "a": make("a"), "b": make("b", ("cancellation.*",))})
        await world.say(2)
        await world.settle()
        assert [name for name, _ in opened] == ["a", "b", "c", "d", "b"]
        seen = [listener.seen for _, listener in opened]
        assert seen == [[1, 2, 3, 4], [1, 2], [1, 2], [3, 4], [3, 4]]
        assert inner.seen == [1, 2, 3, 4]
        assert [each["name"] for each in world.subscriptions.show()] == ["d", "a", "b", "inner"]
        assert set(await world.timeline.store.read_places()) == {"a", "b", "d", "inner"}
