"""Webhooks on their way in: from the bytes of a `POST /hooks/NAME` to a run, in the order in which it is safe.

Nothing that a sender says is looked at before it has proved who it is, and a name that is not there is refused as a
wrong signature is. What started a run is recorded with the run, so that the same delivery never starts a second one and
one that failed can be sent again.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping

import trio
from attrs import evolve

from aegisd.acceptance import Acceptance
from aegisd.config.trigger_keys import TriggerConfig
from aegisd.config.trigger_webhook import Provider, WebhookSpec
from aegisd.config.values import Config
from aegisd.core.hook import Admission, Delivery, HookAnswer, HookCall
from aegisd.core.model import Result, Trigger
from aegisd.core.record import StoreError
from aegisd.hook_log import HookLog
from aegisd.store import Store
from aegisd.timeline.identity import Clock, format_time
from aegisd.triggers.bucket import Buckets
from aegisd.triggers.facts import Facts, clean
from aegisd.triggers.filters import find_reason
from aegisd.triggers.headers import DoubledError, HeaderView
from aegisd.triggers.payload import Payload, UnreadableError, parse_payload
from aegisd.triggers.pointer import UnfitValueError, read_params
from aegisd.triggers.providers import SENDERS
from aegisd.triggers.providers.sender import Proof
from aegisd.triggers.signature import UnprovenError
from aegisd.wire.errors import CallError

_log = logging.getLogger("aegisd.hooks")

_REMEMBERED_S = 7 * 86400.0
_LARGE = 64 * 1024  # bytes that are parsed beside the event loop

# what a name is measured by that is not there, so that the answer takes as long
_NOBODY = WebhookSpec(provider=Provider.GITHUB, secrets=("nobody knows this",))


class HookDesk:
    """See the module. `current` gives the configuration in force, `remember` the marks that are written with a run that
    a trigger starts."""

    def __init__(
        self,
        *,
        acceptance: Acceptance,
        store: Store,
        clock: Clock,
        current: Callable[[], Config],
        remember: Callable[[TriggerConfig], Callable[[int], Mapping[str, str]]],
    ) -> None:
        self._remember = remember
        self._acceptance = acceptance
        self._store = store
        self._clock = clock
        self._current = current
        self._buckets = Buckets()
        self._turns: dict[str, trio.Lock] = defaultdict(trio.Lock)
        self.log = HookLog(store=store, clock=clock)

    def admit(self, name: str, *, source: str) -> Admission:
        """Whether the body of a delivery to `name` from `source` is to be read."""
        trigger = self._find(name)
        spec = _NOBODY if trigger is None else trigger.spec
        now, whose = self._clock.monotonic(), "" if trigger is None else name
        for key in (f"source {source} {whose}", f"trigger {whose}"):
            wait = self._buckets.take(key, rate=spec.rate, now=now)
            if wait is not None:
                self.log.note_refusal(whose, source=source, status=429, reason="too many at once (rate)")
                detail = "too many deliveries; come again later"
                return Admission(refusal=HookAnswer(status=429, detail=detail, code="AEG246", retry_after_s=wait))
        return Admission(max_body=spec.max_body)

    async def receive(self, call: HookCall) -> HookAnswer:
        """What becomes of a delivery. Raises CallError when it would start a run and none can be accepted."""
        trigger = self._find(call.trigger)
        spec = _NOBODY if trigger is None else trigger.spec
        headers = HeaderView(call.headers)
        proof = Proof(headers=headers, body=call.body, spec=spec, now=self._clock.wall(), is_private=call.is_private)
        try:
            SENDERS[spec.provider].verify(proof)
            keys = SENDERS[spec.provider].keys(proof)
        except (UnprovenError, DoubledError) as error:
            reason = f"the header {error} is there twice" if isinstance(error, DoubledError) else str(error)
            return self._refuse(call, trigger, reason)
        if trigger is None:
            return self._refuse(call, trigger, "there is no such trigger")
        async with self._turns[trigger.name]:
            since = format_time(self._clock.wall() - _REMEMBERED_S)
            earlier = await self._store.find_delivered_run(trigger.name, keys, since=since)
            if earlier is not None:
                return HookAnswer(status=200, run=earlier, is_duplicate=True)
            delivery = Delivery(
                trigger=trigger.name,
                time=self._clock.now(),
                outcome="failed",
                source=call.source,
                size=len(call.body),
                keys=keys,
                headers=headers.shown(),
                body=call.body,
            )
            return await self._decide(trigger, delivery, headers)

    async def replay(self, number: int, *, by: str) -> int:
        """Start a run from a delivery that is kept, whatever became of it; filters do not count. Raises CallError."""
        kept = await self._store.read_delivery(number)
        if kept is None or kept.body is None:
            message = f"there is no delivery {number}" if kept is None else f"the body of delivery {number} is gone"
            raise CallError("NoSuchDelivery", message, hint="aegisctl triggers deliveries")
        trigger = self._find(kept.trigger)
        if trigger is None:
            message = f'there is no webhook trigger "{kept.trigger}" any more'
            raise CallError("NotPossible", message, hint="aegisctl triggers")
        headers = HeaderView(tuple(kept.headers.items()))
        try:
            payload = await _parse(headers.get("content-type"), kept.body)
            facts = SENDERS[trigger.spec.provider].facts(headers, payload.value, trigger.spec)
        except (UnreadableError, DoubledError) as error:
            message = f"delivery {number} cannot be read: {error}"
            raise CallError("NotPossible", message) from None
        replayed = evolve(kept, time=self._clock.now(), replay_of=kept.replay_of or kept.id, by=by, keys=(), body=None)
        note = clean(f"delivery {number} replayed: {facts.title}")
        return await self._start(trigger, replayed, payload, facts, note=note, by=by)

    async def _decide(self, trigger: TriggerConfig, delivery: Delivery, headers: HeaderView) -> HookAnswer:
        spec = trigger.spec
        try:
            payload = await _parse(headers.get("content-type"), delivery.body or b"")
            facts = SENDERS[spec.provider].facts(headers, payload.value, spec)
        except UnreadableError as error:
            await self.log.keep(evolve(delivery, reason=error.detail))
            return HookAnswer(status=error.status, detail=error.detail, code="AEG247")
        except DoubledError as error:
            return self._refuse_proven(trigger, delivery, f"the header {error} is there twice")
        delivery = evolve(delivery, event=facts.event)
        reason = find_reason(spec, facts) if trigger.enabled else f"the trigger {trigger.name} is switched off"
        if reason is not None:
            await self.log.keep(evolve(delivery, outcome="ignored", reason=reason))
            return HookAnswer(status=200, ignored=reason)
        note = clean(f"{trigger.reason}: {facts.title}" if trigger.reason else facts.title)
        try:
            run = await self._start(trigger, delivery, payload, facts, note=note)
        except CallError as error:
            await self.log.keep(evolve(delivery, reason=error.message))
            raise
        return await self._answer(run)

    async def _start(
        self,
        trigger: TriggerConfig,
        delivery: Delivery,
        payload: Payload,
        facts: Facts,
        *,
        note: str,
        by: str | None = None,
    ) -> int:
        workflow = self._current().workflows[trigger.workflow]
        try:
            params = read_params(payload.value, trigger.params)
        except UnfitValueError as error:
            raise CallError("BadParameter", str(error)) from None
        started_by = Trigger(kind="webhook", name=trigger.name, by=by, ref=facts.ref, sha=facts.sha)
        with trio.CancelScope(shield=True):  # a sender that leaves now must not leave half of it behind
            run = await self._acceptance.accept(
                workflow,
                params=params,
                trigger=started_by,
                note=note or None,
                marks=self._remember(trigger),
                delivery=delivery,
                file=payload.text.encode(),
            )
        await self.log.tidy(delivery.size)
        return run

    async def _answer(self, run: int) -> HookAnswer:
        """What the sender is told of a run that is accepted; one that `on_busy` skips has ended already."""
        try:
            summary = await self._store.get_run(run)
        except StoreError:
            return HookAnswer(status=202, run=run)
        if summary is not None and summary.result is Result.SKIP:
            return HookAnswer(status=200, run=run, ignored=summary.reason or "skipped")
        return HookAnswer(status=202, run=run)

    def _find(self, name: str) -> TriggerConfig | None:
        trigger = self._current().triggers.get(name)
        return trigger if trigger is not None and isinstance(trigger.spec, WebhookSpec) else None

    def _refuse(self, call: HookCall, trigger: TriggerConfig | None, reason: str) -> HookAnswer:
        """The same words whatever is wrong; the operator finds the reason."""
        self.log.note_refusal("" if trigger is None else trigger.name, source=call.source, status=401, reason=reason)
        return HookAnswer(
            status=401,
            detail="this delivery does not prove where it comes from",
            hint="check the name in the URL and the secret; the host's admin sees more: aegisctl triggers deliveries",
            code="AEG245",
        )

    def _refuse_proven(self, trigger: TriggerConfig, delivery: Delivery, reason: str) -> HookAnswer:
        self.log.note_refusal(trigger.name, source=delivery.source, status=400, reason=reason)
        return HookAnswer(status=400, detail=reason, code="AEG247")


async def _parse(content_type: str | None, body: bytes) -> Payload:
    if len(body) < _LARGE:
        return parse_payload(content_type, body)
    return await trio.to_thread.run_sync(parse_payload, content_type, body)
