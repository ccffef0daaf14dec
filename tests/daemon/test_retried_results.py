"""A retry of what failed: the steps that run again see the results of those that do not."""

import functools

import trio
from attrs import frozen

from aegisd.core.model import Outcome, Result, Step, Trigger
from aegisd.core.schema import Kind, key
from aegisd.core.state import fold
from aegisd.engine.around import Outside
from aegisd.explanation import read_ends
from aegisd.steps.base import Attempting, StepType
from aegisd.store.memory import MemoryStore
from tests.engine.kit import open_house, workflow


@frozen(kw_only=True)
class Spec:
    """What to say."""

    say: str = key(Kind.TEXT, "A text.", example='"x"', template=True)


class Sayer:
    """Says what it is to say; the first time that it has to use a result it fails."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def execute(self, spec: Spec, attempting: Attempting) -> Outcome:
        """Say it."""
        await trio.lowlevel.checkpoint()
        self.said.append(attempting.expand(spec.say))
        if len(self.said) == 2:
            return Outcome(result=Result.FAILURE, error="no")
        return Outcome(result=Result.SUCCESS, reported_failures=1, data={"said": f"<{self.said[-1]}>"})


async def test_results_of_reused_steps(autojump_clock: trio.abc.Clock) -> None:
    """`retry --failed`: data and reported failures of a step that is not run again count as in the run that passed it,
    also in a retry of the retry."""
    store, sayer = MemoryStore(), Sayer()
    kind = StepType(name="say", spec=Spec, execute=sayer.execute, describe=lambda spec: spec.say)
    definition = workflow(
        Step(name="a", type="say", spec=Spec(say="one")),
        Step(name="b", type="say", spec=Spec(say="{steps.a./said}")),
    )
    outside = Outside(recall=functools.partial(read_ends, store))
    async with open_house(store=store, step_types={"say": kind}, outside=outside) as house:
        first = await house.run(definition)
        summary = await store.get_run(first)
        assert summary is not None
        second = await house.acceptance.accept_again(
            summary, definition, fold(first, house.events(first)), failed=True, trigger=Trigger(by="dev1"), note=None
        )
        await house.wait_ended(second)
    assert sayer.said == ["one", "<one>", "<one>"]
    skipped = house.datum(second, "step.skipped", "a")
    assert (skipped.reused, skipped.data, skipped.reported_failures) == (first, {"said": "<one>"}, 1)
    assert house.datum(second, "workflow.completed").result is Result.SUCCESS
