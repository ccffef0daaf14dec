"""What becomes of a delivery after an attempt, and how a webhook does: decisions without a clock or a network."""

import pytest

from aegisd.config.webhook_values import SCHEDULE
from aegisd.core.delivery import DeliveryState
from aegisd.sinks.fate import Answer, Fate, decide_fate, describe_answer, parse_retry_after
from aegisd.sinks.health import Health, after_answer, count_allowed, new_health

PENDING, DELIVERED, DEAD = DeliveryState.PENDING, DeliveryState.DELIVERED, DeliveryState.DEAD
NOW = 1_795_248_151.0  # Sat, 21 Nov 2026 08:02:31 GMT


def _decide(answer: Answer, *, attempts: int = 0, chance: float = 0.5, probing: bool = False) -> Fate:
    return decide_fate(answer, attempts=attempts, schedule=SCHEDULE, chance=chance, probing=probing)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_delivered(status: int) -> None:
    """The receiver has it."""
    assert _decide(Answer(status=status)) == Fate(state=DELIVERED, attempts=1)


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 408, 429, 500, 502, 503, 504])
def test_everything_else_is_tried_again(status: int) -> None:
    """W1.5: an answer that is no 2xx is a failure, redirects too; the next attempt is due after 5 s."""
    assert _decide(Answer(status=status)) == Fate(state=PENDING, attempts=1, delay_s=5.0)


def test_the_schedule() -> None:
    """Ten attempts in a bit more than three days, each wait spread by 20 %; then it is dead, with the reason."""
    waits = [_decide(Answer(error="timeout"), attempts=done).delay_s for done in range(9)]
    assert waits == list(SCHEDULE[1:])
    assert 3 * 86_400 < sum(waits) < 4 * 86_400
    assert _decide(Answer(status=500), attempts=1, chance=0.0).delay_s == pytest.approx(240)
    assert _decide(Answer(status=500), attempts=1, chance=1.0).delay_s == pytest.approx(360)
    last = _decide(Answer(status=500), attempts=9)
    assert (last.state, last.attempts, last.reason) == (DEAD, 10, "given up after 10 attempts: 500")


def test_gone() -> None:
    """410 disables the webhook and leaves the delivery as it is."""
    assert _decide(Answer(status=410), attempts=4) == Fate(state=PENDING, attempts=4, disable=True)


def test_abort() -> None:
    """A receiver may say that it never wants this one again, with whatever status."""
    fate = _decide(Answer(status=422, abort=True))
    assert (fate.state, fate.reason) == (DEAD, "the receiver asked not to be sent it again")


@pytest.mark.parametrize("status", [429, 503])
def test_come_again_later(status: int) -> None:
    """A 429 or 503 with Retry-After pauses the whole webhook and uses up no attempt."""
    fate = _decide(Answer(status=status, retry_after_s=90.0), attempts=3)
    assert fate == Fate(state=PENDING, attempts=3, delay_s=90.0, pause_s=90.0)
    assert _decide(Answer(status=500, retry_after_s=90.0)).pause_s is None


def test_probes() -> None:
    """While the circuit is open a dead receiver uses up no attempts; one that answers and refuses does."""
    assert _decide(Answer(error="refused"), attempts=5, probing=True) == Fate(state=PENDING, attempts=5)
    assert _decide(Answer(status=503), attempts=5, probing=True).attempts == 5
    assert _decide(Answer(status=400), attempts=5, probing=True).attempts == 6


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("0", 1.0),
        ("999999999999999999999", 86_400.0),
        ("Sat, 21 Nov 2026 08:03:31 GMT", 60.0),
        ("Sat, 21 Nov 2026 08:00:00 GMT", 1.0),
        ("Sat, 21 Nov 2099 08:00:00 GMT", 86_400.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("Sat, 99 Nov 2026 08:03:31 GMT", None),
        ("٣", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    """Seconds or a date, between a second and a day; anything else is not there."""
    assert parse_retry_after(text, now=NOW) == seconds


def test_words() -> None:
    """What came back, in a few words."""
    assert describe_answer(Answer(status=502, text="Bad Gateway")) == "502"
    assert describe_answer(Answer(error="tls", text="certificate of h: expired")) == "tls: certificate of h: expired"


def _fail(health: Health, count: int, *, now: float = 0.0, answer: Answer | None = None) -> Health:
    for _ in range(count):
        health = after_answer(health, answer or Answer(status=500), now=now, chance=0.5)
    return health


def test_the_circuit_opens() -> None:
    """After five failures in a row nothing is sent for 30 s, then a single probe; each failed one doubles the wait, up
    to an hour; one success closes it."""
    health = _fail(new_health(4), 4)
    assert count_allowed(health, now=0.0) == 4
    health = _fail(health, 1, now=100.0)
    assert (count_allowed(health, now=129.9), count_allowed(health, now=130.0)) == (0, 1)
    waits = []
    for _ in range(9):
        now = health.open_until
        health = _fail(health, 1, now=now)
        waits.append(health.open_until - now)
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    health = after_answer(health, Answer(status=200), now=0.0, chance=0.5)
    assert (health.is_open, health.failures, count_allowed(health, now=0.0)) == (False, 0, 4)


def test_half_of_the_last_twenty() -> None:
    """A receiver that fails every other time is left alone too."""
    health = new_health(1)
    for _ in range(9):
        health = after_answer(_fail(health, 1), Answer(status=200), now=0.0, chance=0.5)
    assert not health.is_open
    assert _fail(after_answer(health, Answer(status=200), now=0.0, chance=0.5), 1).is_open


def test_gateways_halve_what_is_under_way() -> None:
    """502 and 504 halve the number of deliveries at once; each success gives one back, up to what is configured."""
    health = _fail(new_health(8), 1, answer=Answer(status=502))
    assert health.limit == 4
    health = _fail(health, 3, answer=Answer(status=504))
    assert health.limit == 1
    for _ in range(20):
        health = after_answer(health, Answer(status=204), now=0.0, chance=0.5)
    assert health.limit == 8


def test_being_throttled_is_no_failure() -> None:
    """A receiver that says when to come again is well."""
    assert _fail(new_health(2), 50, answer=Answer(status=429, retry_after_s=1.0)) == new_health(2)
