"""The definition that a run was started with, as the doors show it: what it did, without values that may be secret."""

from collections.abc import Mapping
from typing import Any

from aegisd.core.model import RunSummary, Workflow
from aegisd.steps.base import StepType
from aegisd.views import env_names, show_plan_steps


def show_definition(summary: RunSummary, definition: Workflow, step_types: Mapping[str, StepType]) -> dict[str, Any]:
    """A `Definition`: settings and steps; of the environment the names only. Equal digests are equal definitions."""
    return {
        "digest": summary.definition,
        "workflow": definition.name,
        "description": definition.description,
        "timeout_s": definition.timeout,
        "max_concurrent": definition.max_concurrent,
        "on_busy": definition.on_busy.value,
        "on_restart": definition.on_restart.value,
        "priority": definition.priority,
        "dir": definition.dir,
        "params": [parameter.name for parameter in definition.params],
        "env": env_names(definition),
        "steps": show_plan_steps(definition, step_types),
    }
