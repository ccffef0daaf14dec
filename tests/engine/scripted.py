"""A step type that does what its script says: outcomes after delays, in virtual time, and every kind of bad manners.

It is an ordinary step type, handed to the engine like any other; it needs neither processes nor files.
"""

from collections import Counter

import trio
from attrs import field, frozen

from aegisd.core.model import Outcome, Result
from aegisd.steps.base import Attempting, StepType


@frozen(kw_only=True)
class Play:
    """One attempt: it says that it wrote `output` bytes and after `delay` seconds comes to `result`.

    `manners` is one of "" (well-behaved), "raise", "group" (raises an exception group), "none" (returns no outcome),
    "object" and "surrogate" (returns what JSON cannot say), "hold" (a cancellation takes `hold` seconds more) and
    "burst" (its tidying up raises beside the cancellation).
    """

    delay: float = 0.0
    result: Result = Result.SUCCESS
    reported: int = 0
    manners: str = ""
    hold: float = 0.0
    output: int = 0


@frozen(kw_only=True)
class ScriptedSpec:
    """What each attempt does in turn; after the last play it begins anew."""

    plays: tuple[Play, ...] = (Play(),)


@frozen(kw_only=True)
class Stage:
    """Where scripted steps play; `calls` counts the attempts of each script."""

    calls: Counter[ScriptedSpec] = field(factory=Counter)

    def step_type(self) -> StepType:
        """The step type `scripted`."""
        return StepType(name="scripted", spec=ScriptedSpec, execute=self._execute, describe=_describe)

    async def _execute(self, spec: ScriptedSpec, attempting: Attempting) -> Outcome:
        play = spec.plays[self.calls[spec] % len(spec.plays)]
        self.calls[spec] += 1
        attempting.output_bytes = play.output
        if play.manners == "burst":
            await _burst(play)
        try:
            await trio.sleep(play.delay)
        finally:
            if play.manners == "hold":
                with trio.CancelScope(shield=True):
                    await trio.sleep(play.hold)
        return _come_to(play)


def _come_to(play: Play) -> Outcome:
    if play.manners == "raise":
        raise trio.TooSlowError
    if play.manners == "group":
        raise ExceptionGroup("several", [ValueError("one"), KeyError("two")])  # noqa: EM101 - no words needed
    if play.manners == "none":
        return None  # type: ignore[return-value]
    data = {"secret": object()} if play.manners == "object" else {}
    error = None if play.result is Result.SUCCESS else f"came to {play.result.value}"
    error = "file \udcff" if play.manners == "surrogate" else error
    return Outcome(result=play.result, error=error, reported_failures=play.reported, data=data)


async def _burst(play: Play) -> None:
    """Two tasks; when they are cancelled, one of them raises something of its own."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep, play.delay)
        nursery.start_soon(_raise_in_the_end, play.delay)


async def _raise_in_the_end(delay: float) -> None:
    try:
        await trio.sleep(delay)
    except trio.Cancelled:
        raise KeyError from None


def _describe(spec: ScriptedSpec) -> str:
    return f"{len(spec.plays)} plays"
