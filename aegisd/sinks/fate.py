"""What becomes of a delivery after an attempt. Pure: the answer, the schedule and a number drawn by chance go in."""

from collections.abc import Sequence
from datetime import UTC

from attrs import frozen

from aegisd.core.delivery import DeliveryState
from aegisd.core.retry import spread_delay

_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 86_400.0


@frozen(kw_only=True)
class Answer:
    """What came of an attempt: the status of HTTP, or else the kind of `error`. `text` is the start of the answer or
    the error in words, fit to be shown. `abort`: the receiver asks never to be sent this again."""

    status: int | None = None
    error: str | None = None
    text: str = ""
    duration_s: float = 0.0
    retry_after_s: float | None = None
    abort: bool = False

    @property
    def is_success(self) -> bool:
        """Whether the receiver has taken it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_refusal(self) -> bool:
        """Whether the receiver is well and does not want this one."""
        return self.status is not None and 400 <= self.status < 500 and self.status not in {408, 425, 429}

    @property
    def is_throttle(self) -> bool:
        """Whether the receiver says when to come again."""
        return self.status in {429, 503} and self.retry_after_s is not None


@frozen(kw_only=True)
class Fate:
    """What becomes of the delivery and its webhook: `attempts` used up so far, when the next one is due, why it is
    dead, for how long the webhook is left alone, and whether it is disabled."""

    state: DeliveryState
    attempts: int
    delay_s: float = 0.0
    reason: str | None = None
    pause_s: float | None = None
    disable: bool = False


def decide_fate(answer: Answer, *, attempts: int, schedule: Sequence[float], chance: float, probing: bool) -> Fate:
    """The fate of a delivery that had used up `attempts` places of `schedule` before. `chance` lies in 0 to 1.

    What says nothing about the delivery itself uses up no place: a 410 (the webhook is disabled), a 429 or 503 that
    says when to come again, and the failure of a probe (`probing`: the circuit is open), unless it was a refusal.
    """
    state, pause_s = DeliveryState.PENDING, answer.retry_after_s
    if answer.is_success:
        return Fate(state=DeliveryState.DELIVERED, attempts=attempts + 1)
    if answer.abort:
        reason = "the receiver asked not to be sent it again"
        return Fate(state=DeliveryState.DEAD, attempts=attempts + 1, reason=reason)
    if answer.is_throttle:
        return Fate(state=state, attempts=attempts, delay_s=pause_s or 0.0, pause_s=pause_s)
    if answer.status == 410 or (probing and not answer.is_refusal):
        return Fate(state=state, attempts=attempts, disable=answer.status == 410)
    return _count_attempt(answer, attempts + 1, schedule, chance)


def _count_attempt(answer: Answer, used: int, schedule: Sequence[float], chance: float) -> Fate:
    if used >= len(schedule):
        reason = f"given up after {used} attempts: {describe_answer(answer)}"
        return Fate(state=DeliveryState.DEAD, attempts=used, reason=reason)
    return Fate(state=DeliveryState.PENDING, attempts=used, delay_s=spread_delay(schedule[used], chance))


def describe_answer(answer: Answer) -> str:
    """`502`, `timeout: no answer within 10 s`."""
    if answer.status is not None:
        return str(answer.status)
    return f"{answer.error}: {answer.text}" if answer.text else str(answer.error)


def parse_retry_after(text: str, *, now: float) -> float | None:
    """Seconds to wait by a `Retry-After` (RFC 9110, 10.2.3: seconds, or a date), between a second and a day; None for
    anything else. `now` is seconds since 1970."""
    stripped = text.strip()
    if stripped.isascii() and stripped.isdigit():
        seconds = float(stripped[:12])
    else:
        try:
            from email.utils import parsedate_to_datetime  # noqa: PLC0415 - half a MiB that most receivers never ask for

            date = parsedate_to_datetime(stripped)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        seconds = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now
    return min(max(seconds, _SHORTEST_PAUSE_S), _LONGEST_PAUSE_S)
