"""Triggers of type `workflow`: a run that ended starts another."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from attrs import frozen

from aegisd.config.reading import Reading
from aegisd.config.trigger_kind import TriggerKind
from aegisd.config.values import Path
from aegisd.core.schema import Kind, key


class After(StrEnum):
    """Which ends of a run count. The words of `core.model.Result`, and `any`."""

    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"
    TIMEOUT = "timeout"
    CANCELLATION = "cancellation"
    SKIP = "skip"
    ANY = "any"


@frozen(kw_only=True)
class AfterSpec:
    """The keys of a trigger of type `workflow`."""

    after: str = key(Kind.NAME, "The workflow whose runs are followed.", example='"ci"')
    result: After = key(  # noqa: RUF009 - attrs' field()
        Kind.CHOICE, "How the followed run must have ended.", example='"failure"', default=After.SUCCESS
    )


def check_nothing(reading: Reading, values: Mapping[str, Any], path: Path, where: str) -> None:
    """There is nothing to check in one table alone; `trigger_checks` looks at all workflows and triggers."""


def _label(spec: AfterSpec) -> str:
    return f"after {spec.after}"


def _about(spec: AfterSpec) -> str:
    return f"after {spec.after} ({spec.result})"


WORKFLOW = TriggerKind(
    name="workflow",
    doc="Starts a run when another has ended.",
    keys=AfterSpec,
    label=_label,
    about=_about,
    check=check_nothing,
)
