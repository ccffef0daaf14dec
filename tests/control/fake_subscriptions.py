"""Subscriptions of the daemon in memory: a test adds the sinks that it needs."""

from typing import Any

from aegisd.sinks.subscriptions import Subscriptions
from aegisd.store.memory import MemoryStore
from aegisd.timeline.identity import Clock
from aegisd.timeline.ring import Ring


def make_subscriptions(store: MemoryStore, ring: Ring) -> Subscriptions:
    """None yet; there are no sinks in the configuration, and what they would tell nobody hears."""
    return Subscriptions(
        store=store, ring=ring, clock=Clock(), open_sink=_open_no_sink, tell=_tell_nobody, chance=lambda: 0.5
    )


def _open_no_sink(_: object) -> Any:
    raise AssertionError


async def _tell_nobody(_: object) -> None:
    pass
