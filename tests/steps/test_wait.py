"""The step type `wait`: sleeps, in process."""

from pathlib import Path

import pytest
import trio

from aegisd.core.model import Result
from aegisd.steps import SPECS, STEP_TYPES
from aegisd.steps.wait import WaitSpec
from tests.steps.kit import StepBench


@pytest.mark.parametrize("seconds", [0.0, 0.5, 3600.0])
async def test_sleeps(seconds: float, autojump_clock: trio.abc.Clock, tmp_path: Path) -> None:
    """It takes as long as it says, and passes."""
    bench = StepBench(folder=tmp_path)
    outcome = await bench.run(WaitSpec(seconds=seconds), type="wait")
    assert outcome.result is Result.SUCCESS
    assert trio.current_time() == seconds


async def test_is_bounded(autojump_clock: trio.abc.Clock, tmp_path: Path) -> None:
    """S47: a timeout ends it."""
    bench = StepBench(folder=tmp_path)
    outcome = await bench.run(WaitSpec(seconds=3600.0), type="wait", timeout=90.0)
    assert (outcome.result, outcome.error) == (Result.TIMEOUT, "no end after 1m30s")


def test_what_people_see() -> None:
    """A wait is shown in the spelling of the configuration."""
    assert STEP_TYPES["wait"].describe(WaitSpec(seconds=90.0)) == "wait 1m30s"


def test_the_registry() -> None:
    """S27: each step type is registered by its own name, with the class of its keys."""
    assert all(name == kind.name for name, kind in STEP_TYPES.items())
    assert {name: kind.spec for name, kind in STEP_TYPES.items()} == SPECS
