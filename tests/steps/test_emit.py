"""The step type `emit`."""

from pathlib import Path

import trio

from aegisd.core.events import Custom
from aegisd.core.model import Result
from aegisd.steps.emit import EMIT, EmitSpec
from tests.steps.kit import StepBench
from tests.timeline.kit import open_timeline


async def test_emits_with_parameters(tmp_path: Path, autojump_clock: trio.abc.Clock) -> None:
    """Parameters stand in texts at any depth, numbers stay numbers, and a value is not looked at again."""
    data = {"target": "{target}", "deep": [{"is": "to {target}"}, 3], "on": True, "other": "{nope}"}
    async with open_timeline() as timeline:
        bench = StepBench(folder=tmp_path, params={"target": "{on}"}, recorder=timeline.recorder)
        outcome = await bench.run(EmitSpec(event="custom.done", data=data), type="emit")
        (record,) = timeline.store.records
    assert outcome.result is Result.SUCCESS
    assert outcome.data == {"seq": 1}
    expected = {"target": "{on}", "deep": [{"is": "to {on}"}, 3], "on": True, "other": "{nope}"}
    assert record.event.data == Custom(type="custom.done", fields=expected)
    assert (record.event.run, record.event.step, record.event.attempt) == (842, "unit", 1)


async def test_too_large_with_its_parameters(tmp_path: Path) -> None:
    """Data that only the parameters make too large fails the step, with words."""
    bench = StepBench(folder=tmp_path, params={"target": "x" * 70_000})
    outcome = await bench.run(EmitSpec(event="custom.done", data={"target": "{target}"}), type="emit")
    assert outcome.result is Result.FAILURE
    assert "64 KiB" in (outcome.error or "")


def test_what_people_see() -> None:
    """The event's type."""
    assert EMIT.describe(EmitSpec(event="custom.done")) == "emit custom.done"
