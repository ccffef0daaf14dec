"""What becomes of a webhook's deliveries, written down: progress, dead letters, trouble and recovery, each with its
event in the same transaction. Also what is remembered of the webhook itself: disabled, failing, left alone.
"""

import hashlib
import logging
from collections.abc import Callable

import trio
from attrs import evolve

from aegisd.core import events
from aegisd.core.delivery import (
    Delivery,
    DeliveryState,
    DeliveryUpdate,
    Load,
    OutboxChange,
    Progress,
    Try,
    WebhookState,
)
from aegisd.core.events import EventData
from aegisd.core.masking import mask_url
from aegisd.core.record import StoreError
from aegisd.sinks.changes import Changes
from aegisd.sinks.fate import Answer, Fate, describe_answer
from aegisd.store.outbox import OutboxStore
from aegisd.timeline.recorder import Emission, Recorder
from aegisd.wire.units import format_duration

_log = logging.getLogger("aegisd.webhooks")

MOST_WAITING = 100_000
MOST_BYTES = 256 * 2**20
_DROP_TO = 0.95
_DISABLE_AFTER_S = 5 * 86_400.0
_MOST_TRIES = 20
_AGAIN_S = 1.0


class Books:
    """Those of one webhook. `state` is what is remembered of it; `changes` is told of each delivery that was tried,
    `reroute` called when the webhook was disabled or enabled."""

    def __init__(
        self,
        *,
        state: WebhookState,
        url: str,
        store: OutboxStore,
        recorder: Recorder,
        changes: Changes,
        reroute: Callable[[], None],
    ) -> None:
        self.state = state
        self._reroute = reroute
        self._shown = mask_url(url)
        self._store = store
        self._recorder = recorder
        self._clock = recorder.clock
        self._changes = changes
        self._most = Load(count=MOST_WAITING, size=MOST_BYTES)

    def left_alone_s(self) -> float:
        """For how long the receiver asked not to be sent anything."""
        return self.state.pause_s - self._clock.since(self.state.paused) if self.state.paused else 0.0

    async def settle(
        self, delivery: Delivery, answer: Answer, fate: Fate, *, began: str, opened: bool, waiting: int
    ) -> Delivery:
        """Write what an attempt came to. `opened`: the circuit opened by it. Returns the delivery as it is now."""
        progress = self._progress(delivery, answer, fate, began)
        after = evolve(delivery, state=fate.state, progress=progress)
        update = DeliveryUpdate(id=delivery.id, state=fate.state, progress=progress)
        state = self._judge(answer, fate, opened=opened)
        told = self._tell(delivery, answer, fate, state, waiting=waiting)
        self._log_attempt(after, answer)
        changes: list[OutboxChange] = [update]
        if state != self.state:
            changes.append(state)
            self._remember(state)
        await self._write(changes, told)
        self._changes.add(after)
        return after

    async def disable(self, reason: str, *, by: str | None) -> None:
        """Send nothing until `enable`."""
        self._remember(self._disabled(self.state, reason, by=by))
        await self._write([self.state], [events.WebhookDisabled(webhook=self.state.name, reason=reason, by=by)])

    async def enable(self, *, by: str) -> None:
        """Send again."""
        self._remember(WebhookState(name=self.state.name, target=self.state.target))
        await self._write([self.state], [events.WebhookEnabled(webhook=self.state.name, by=by)])

    async def shrink(self, load: Load) -> bool:
        """Give up the oldest when more waits than the outbox holds; whether anything was given up."""
        if load.count <= self._most.count and load.size <= self._most.size:
            return False
        reason = f"more than {self._most.count} deliveries or {self._most.size >> 20} MiB waited"
        count = await self._store.shrink(
            self.state.name,
            count=int(self._most.count * _DROP_TO),
            size=int(self._most.size * _DROP_TO),
            at=self._clock.now(),
            reason=reason,
        )
        if count:
            _log.error("webhook %s: %s; %d were given up", self.state.name, reason, count)
            await self._write([], [events.WebhookDropped(webhook=self.state.name, count=count, reason=reason)])
        return count > 0

    def _progress(self, delivery: Delivery, answer: Answer, fate: Fate, began: str) -> Progress:
        attempt = Try(
            time=began, duration_s=answer.duration_s, status=answer.status, error=answer.error, text=answer.text
        )
        return Progress(
            attempts=fate.attempts,
            tried=self._clock.mark(),
            delay_s=fate.delay_s,
            tries=(*delivery.progress.tries, attempt)[-_MOST_TRIES:],
            finished_at=None if fate.state is DeliveryState.PENDING else self._clock.now(),
            reason=fate.reason,
        )

    def _judge(self, answer: Answer, fate: Fate, *, opened: bool) -> WebhookState:
        """What is to be remembered of the webhook after an attempt."""
        state = self.state
        if answer.is_success:
            return evolve(state, failing=None, told=False, error=None, paused=None, pause_s=0.0)
        if fate.pause_s is not None:
            state = evolve(state, paused=self._clock.mark(), pause_s=fate.pause_s)
        state = evolve(
            state,
            failing=state.failing or self._clock.mark(),
            told=state.told or opened,
            error=describe_answer(answer)[:200],
        )
        reason = self._find_reason(fate, state)
        return state if reason is None or state.disabled else self._disabled(state, reason, by=None)

    def _find_reason(self, fate: Fate, state: WebhookState) -> str | None:
        """Why the webhook is to be disabled."""
        if fate.disable:
            return "the receiver says that it is gone (410)"
        if state.failing is not None and self._clock.since(state.failing) >= _DISABLE_AFTER_S:
            return f"nothing but failures for 5 days, the last: {state.error}"
        return None

    def _tell(
        self, delivery: Delivery, answer: Answer, fate: Fate, after: WebhookState, *, waiting: int
    ) -> list[EventData]:
        """The events of an attempt. That one about a webhook is given up is none: two that fail would go on for
        ever."""
        name, found, error = self.state.name, list[EventData](), describe_answer(answer)[:200]
        if fate.state is DeliveryState.DEAD and not delivery.type.startswith("webhook."):
            found.append(
                events.WebhookExhausted(
                    webhook=name,
                    delivery=delivery.id,
                    event_type=delivery.type,
                    event_seq=delivery.seq,
                    attempts=fate.attempts,
                    reason=fate.reason or "",
                )
            )
        if after.disabled is not None and self.state.disabled is None:
            found.append(events.WebhookDisabled(webhook=name, reason=after.disabled))
        elif after.told and not self.state.told:
            found.append(events.WebhookFailing(webhook=name, error=error, waiting=waiting))
        if answer.is_success and self.state.told:
            failing_s = round(self._clock.since(self.state.failing), 3)
            found.append(events.WebhookRecovered(webhook=name, failing_s=failing_s, waiting=max(0, waiting - 1)))
        return found

    def _log_attempt(self, after: Delivery, answer: Answer) -> None:
        if answer.is_success:
            _log.debug("webhook %s: %s took %s", self.state.name, self._shown, after.type)
            return
        progress = after.progress
        then = progress.reason or f"again in {format_duration(progress.delay_s)}"
        words = (self.state.name, after.type, after.id, self._shown, describe_answer(answer)[:300], then)
        _log.warning("webhook %s: %s (d-%d) to %s failed: %s; %s", *words)

    def _disabled(self, state: WebhookState, reason: str, *, by: str | None) -> WebhookState:
        return evolve(state, disabled=reason, disabled_at=self._clock.now(), by=by)

    def _remember(self, state: WebhookState) -> None:
        rerouted = (state.disabled is None) != (self.state.disabled is None)
        self.state = state
        if rerouted:
            self._reroute()

    async def _write(self, changes: list[OutboxChange], told: list[EventData]) -> None:
        """Until it is written, or aegisd ends: an outcome that is lost makes a delivery twice."""
        if told:
            emissions = [Emission(data=data, time=self._clock.now()) for data in told]
            emissions[0].changes = tuple(changes)
            await self._recorder.record(*emissions)
            return
        while True:
            try:
                with trio.CancelScope(shield=True):
                    await self._store.write(changes)
            except StoreError as error:
                _log.error("webhook %s: cannot write what became of a delivery: %s", self.state.name, error)
                await trio.sleep(_AGAIN_S)
            else:
                return


def digest_target(url: str) -> str:
    """What tells an address from another without saying it."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]
