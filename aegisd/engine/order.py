"""What the engine is asked to do: one run with everything it needs, frozen when it was accepted."""

from collections.abc import Mapping

from attrs import field, frozen

from aegisd.core.events import CancellationRequested
from aegisd.core.model import Result, Trigger, Workflow
from aegisd.engine.resumption import Resumption
from aegisd.timeline.recorder import Emission


@frozen(kw_only=True)
class RunOrder:
    """A run to carry out. `workflow` is the definition it was accepted with, `dir` its absolute directory.

    `reused` names the steps that passed in run `retry_of` and are not run again; `left_out` says of the steps that were
    not asked for why. `accepted` is when it was queued
    (monotonic seconds), `queued_seq` the event that says so. `resumption` says where a run goes on that was cut short,
    `trigger_file` where the body of the webhook is that started it.
    """

    run: int
    workflow: Workflow
    digest: str
    dir: str
    trigger: Trigger
    params: Mapping[str, str] = field(factory=dict)
    priority: int = 0
    note: str | None = None
    retry_of: int | None = None
    reused: frozenset[str] = frozenset()
    left_out: Mapping[str, str] = field(factory=dict)
    parent: int | None = None
    own_dir: bool = True
    accepted: float = 0.0
    queued_seq: int = 0
    resumption: Resumption | None = None
    trigger_file: str | None = None


@frozen(kw_only=True)
class Ending:
    """Why a run ends before its steps do: `result` cancellation or timeout, and the reason in words."""

    result: Result
    reason: str
    cause: Emission | int | None = None


def explain_cancellation(asked: CancellationRequested) -> str:
    """Why a run ended whose end was asked for."""
    return f"cancelled by {asked.by}" + (f": {asked.reason}" if asked.reason else "")
