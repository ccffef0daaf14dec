"""The step types: one file each, with the keys it takes (a spec) and `execute`. A new type is a file and a line
here."""

from aegisd.steps import command, emit, wait
from aegisd.steps.base import StepType

STEP_TYPES: dict[str, StepType] = {kind.name: kind for kind in (command.COMMAND, wait.WAIT, emit.EMIT)}

SPECS = {kind.name: kind.spec for kind in STEP_TYPES.values()}
