"""Retries, timeouts and the run's own limit: one budget for attempts and the waits between them."""

from itertools import pairwise

import pytest
import trio

from aegisd.core.model import Result
from tests.engine.kit import House, failing, open_house, step, workflow
from tests.engine.scripted import Play, Stage

_FAIL, _PASS = Play(delay=1.0, result=Result.FAILURE), Play(delay=1.0)


def _count(house: House, run: int, kind: str) -> int:
    return sum(event.type == kind for event in house.events(run))


async def test_no_retries(autojump_clock: trio.abc.Clock) -> None:
    """S42: without retries there is exactly one call."""
    stage = Stage()
    async with open_house(stage=stage) as house:
        run = await house.run(workflow(failing("a")))
    assert stage.calls.total() == 1
    assert _count(house, run, "step.retrying") == 0
    assert len(house.datum(run, "step.completed").attempts) == 1


async def test_retries_are_used_up(autojump_clock: trio.abc.Clock) -> None:
    """S43, S44, S46: N + 1 calls at most, the waits double, every attempt is recorded."""
    stage = Stage()
    async with open_house(stage=stage) as house:
        run = await house.run(workflow(step("a", _FAIL, retries=3, retry_delay=2.0)))
    assert stage.calls.total() == 4
    retrying = [event.data for event in house.events(run) if event.type == "step.retrying"]
    assert [(data.delay_s, data.retries_left) for data in retrying] == [(2.0, 2), (4.0, 1), (8.0, 0)]
    completed = house.datum(run, "step.completed")
    assert [attempt.attempt for attempt in completed.attempts] == [1, 2, 3, 4]
    assert [attempt.duration_s for attempt in completed.attempts] == [1.0] * 4
    assert completed.duration_s == 4 * 1.0 + 2.0 + 4.0 + 8.0


async def test_the_first_success_stops(autojump_clock: trio.abc.Clock) -> None:
    """S43, W1.13: the first success ends the step, which has passed."""
    stage = Stage()
    async with open_house(stage=stage) as house:
        run = await house.run(workflow(step("a", _FAIL, _PASS, _FAIL, retries=5)))
    assert stage.calls.total() == 2
    completed = house.datum(run, "step.completed")
    assert completed.success
    assert [attempt.result for attempt in completed.attempts] == [Result.FAILURE, Result.SUCCESS]
    assert house.datum(run, "workflow.completed").success


async def test_jitter_is_within_its_bounds(autojump_clock: trio.abc.Clock) -> None:
    """S44: chance spreads a wait by 20 % to both sides, and the wait is as long as was told."""
    for chance, delay in ((0.0, 8.0), (0.5, 10.0), (0.75, 11.0)):
        async with open_house(chance=lambda chance=chance: chance) as house:  # type: ignore[misc]
            run = await house.run(workflow(step("a", _FAIL, retries=1, retry_delay=10.0)))
        assert house.datum(run, "step.retrying").delay_s == pytest.approx(delay)
        assert house.datum(run, "step.completed").duration_s == pytest.approx(2.0 + delay)


async def test_a_thousand_retries(autojump_clock: trio.abc.Clock) -> None:
    """S44, W2.13: a thousand retries wait at most the cap each, and the run ends."""
    async with open_house() as house:
        run = await house.run(workflow(step("a", Play(result=Result.FAILURE), retries=1000, max_retry_delay=30.0)))
    completed = house.datum(run, "step.completed")
    assert len(completed.attempts) == 1001
    assert completed.duration_s <= 1000 * 30.0


async def test_timeouts_are_per_attempt(autojump_clock: trio.abc.Clock) -> None:
    """S47: each attempt has its own timeout; its result says so in words that no other failure has."""
    slow = Play(delay=60.0)
    async with open_house() as house:
        run = await house.run(workflow(step("a", slow, slow, _PASS, timeout=5.0, retries=2, retry_delay=1.0)))
    assert house.datum(run, "step.started").timeout_s == 5.0
    completed = house.datum(run, "step.completed")
    assert [a.result for a in completed.attempts] == [Result.TIMEOUT, Result.TIMEOUT, Result.SUCCESS]
    assert [a.error for a in completed.attempts] == ["no end after 5s", "no end after 5s", None]
    assert completed.duration_s == 5.0 + 1.0 + 5.0 + 2.0 + 1.0


async def test_a_long_timeout_fires(autojump_clock: trio.abc.Clock) -> None:
    """S47, W1.6: a timeout above 30 s is the one that counts, and its error is not empty."""
    async with open_house() as house:
        run = await house.run(workflow(step("a", delay=999.0, timeout=90.0)))
    assert house.datum(run, "step.completed").duration_s == 90.0
    assert house.datum(run, "failure.detected").error == "no end after 1m30s"
    assert house.datum(run, "workflow.completed").result is Result.FAILURE


async def test_the_run_has_a_limit(autojump_clock: trio.abc.Clock) -> None:
    """S48: nothing outlives the run: what executes is ended, what has not begun is skipped, the run is a timeout."""
    steps = (step("a", delay=60.0, parallel=True), step("b", delay=1.0, parallel=True), step("c"))
    async with open_house() as house:
        run = await house.run(workflow(*steps, timeout=10.0))
    cut = house.datum(run, "step.completed", "a")
    assert (cut.result, cut.duration_s, cut.error) == (Result.TIMEOUT, 10.0, "the run's limit of 10s was reached")
    assert house.datum(run, "step.completed", "b").success
    assert house.datum(run, "step.skipped", "c").reason == "the run's limit of 10s was reached"
    completed = house.datum(run, "workflow.completed")
    assert (completed.result, completed.duration_s) == (Result.TIMEOUT, 10.0)
    assert completed.reason == "the run's limit of 10s was reached"
    assert completed.steps == {"success": 1, "timeout": 1, "skip": 1}


async def test_retries_draw_on_the_run(autojump_clock: trio.abc.Clock) -> None:
    """S48, W2.15: attempts and waits share the run's budget; the end comes in the middle of a wait."""
    async with open_house() as house:
        run = await house.run(workflow(step("a", _FAIL, retries=100, retry_delay=4.0), timeout=12.0))
    completed = house.datum(run, "step.completed")
    assert completed.result is Result.TIMEOUT
    assert completed.duration_s == 12.0
    assert [attempt.result for attempt in completed.attempts] == [Result.FAILURE, Result.FAILURE]
    assert completed.error == "the run's limit of 12s was reached"


async def test_a_wait_after_a_timeout_has_its_own_reason(autojump_clock: trio.abc.Clock) -> None:
    """S48: when the run's limit comes in the wait after an attempt that timed out, the run's limit is the reason."""
    slow = Play(delay=60.0)
    async with open_house() as house:
        run = await house.run(workflow(step("a", slow, timeout=5.0, retries=9, retry_delay=9.0), timeout=8.0))
    completed = house.datum(run, "step.completed")
    assert [attempt.error for attempt in completed.attempts] == ["no end after 5s"]
    assert completed.error == "the run's limit of 8s was reached"


async def test_always_does_not_outlive_the_run(autojump_clock: trio.abc.Clock) -> None:
    """S48: a step with condition always does not begin after the run's limit."""
    async with open_house() as house:
        run = await house.run(workflow(step("a", delay=60.0), step("b", condition="always"), timeout=1.0))
    assert "step.skipped b" in house.told(run)


async def test_a_run_that_ends_at_its_limit(autojump_clock: trio.abc.Clock) -> None:
    """A run whose last step passes before the limit has passed, however close."""
    async with open_house() as house:
        run = await house.run(workflow(step("a", delay=9.9375), timeout=10.0))
    assert house.datum(run, "workflow.completed").success


@pytest.mark.parametrize("limit", [None, 3.0])
async def test_tidying_up_that_breaks(
    limit: float | None, autojump_clock: trio.abc.Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """W1.10, S65: a step type that raises while it is cancelled keeps nobody from the end: the reason is still the
    timeout, the defect is in the log."""
    burst = step("a", Play(delay=60.0, manners="burst"), timeout=limit)
    async with open_house() as house:
        run = await house.run(workflow(burst, step("b", delay=1.0, condition="always"), timeout=5.0))
    assert house.datum(run, "step.completed", "a").result is Result.TIMEOUT
    assert house.told(run)[-1] == "workflow.completed"
    assert "broke aegisd's code" in caplog.text


async def test_durations_are_monotonic(autojump_clock: trio.abc.Clock) -> None:
    """S52, W2.17: every duration is there, not negative, and covers what it says."""
    async with open_house() as house:
        run = await house.run(workflow(step("a", _FAIL, _PASS, retries=1), step("b", delay=2.0)))
    assert house.datum(run, "step.completed", "a").duration_s == 3.0
    assert house.datum(run, "workflow.completed").duration_s == 5.0
    times = [event.time for event in house.events()]
    assert all(one <= other for one, other in pairwise(times))
