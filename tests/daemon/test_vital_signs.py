"""What systemd is told: signs of life at half of the watchdog's time, and requests for time while aegisd stops."""

from typing import Any

import pytest
import trio

from aegisd.core.record import StoreError
from aegisd.vital_signs import ask_for_time, feed_watchdog, watchdog_interval


@pytest.mark.parametrize(
    ("environment", "interval"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_who_is_watched(environment: dict[str, str], interval: float | None) -> None:
    """Only a process that systemd watches says that it lives."""
    assert watchdog_interval(environment, pid=7) == interval


async def _feed(sent: list[tuple[float, Any]], *, stuck: str = "", broken: bool = False) -> None:
    """Watch for 20 s with $WatchdogSec=10s; from 12 s on, the part called `stuck` does not answer any more."""

    async def answer(name: str) -> None:
        if name == stuck and trio.current_time() > 12:
            await trio.sleep_forever()
        if broken and name == "store":
            message = "the disk is full"
            raise StoreError(message)

    def send(**state: object) -> None:
        sent.append((trio.current_time(), state))

    with trio.move_on_after(19):
        await feed_watchdog(
            send,
            {"WATCHDOG_USEC": "10000000"},
            pid=7,
            turn=lambda: answer("loop"),
            read=lambda: answer("store"),
        )


async def test_a_healthy_aegisd(autojump_clock: trio.abc.Clock) -> None:
    """A sign of life at half of the time."""
    sent: list[tuple[float, Any]] = []
    await _feed(sent)
    assert sent == [(at, {"WATCHDOG": 1}) for at in (0.0, 5.0, 10.0, 15.0)]


@pytest.mark.parametrize("stuck", ["loop", "store"])
async def test_a_stuck_aegisd(stuck: str, autojump_clock: trio.abc.Clock) -> None:
    """When the engine's loop or the store does not come back, there is no further sign."""
    sent: list[tuple[float, Any]] = []
    await _feed(sent, stuck=stuck)
    assert [at for at, _ in sent] == [0.0, 5.0, 10.0]


async def test_a_failing_store(autojump_clock: trio.abc.Clock, caplog: pytest.LogCaptureFixture) -> None:
    """A store that says what is wrong is not stuck."""
    sent: list[tuple[float, Any]] = []
    await _feed(sent, broken=True)
    assert len(sent) == 4
    assert "the disk is full" in caplog.text


async def test_nobody_watches() -> None:
    """Without $WATCHDOG_USEC nothing is sent."""
    await feed_watchdog(pytest.fail, {}, pid=7, turn=trio.lowlevel.checkpoint, read=trio.lowlevel.checkpoint)


async def test_time_to_stop(autojump_clock: trio.abc.Clock) -> None:
    """Each request comes well before the last one runs out, and none after the time in which all could have ended."""
    sent: list[float] = []

    def send(**state: object) -> None:
        assert state == {"EXTEND_TIMEOUT_USEC": 15_000_000}
        sent.append(trio.current_time())

    await ask_for_time(send, grace=20.0)
    assert sent == [5.0 * number for number in range(20)]
