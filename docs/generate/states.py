"""`docs/reference/states.md`, from the transition tables of `aegisd.core.state`."""

from collections.abc import Mapping
from typing import Any

from aegisd.core.model import Result, State
from aegisd.core.state import RUN_TRANSITIONS, STEP_TRANSITIONS

_HEAD = """\
# States of runs and steps

<!-- made by `make docs` from aegisd/core/state.py -->

A run or step *is* in a state, and has *ended* with a result. What it goes through is the fold of its events: these
tables are all that the code knows about it, and an event that they do not have is refused.

"""
_RESULTS = """
## Results

| result | means | exit status of `aegisctl run` |
|---|---|---|
"""
_MEANINGS = {
    Result.SUCCESS: ("all is well", 0),
    Result.FAILURE: ("a command failed: yours to repair", 1),
    Result.ERROR: ("aegis or the host failed, or aegisd was cut short: not your code", 5),
    Result.TIMEOUT: ("a limit of time was reached", 4),
    Result.CANCELLATION: ("somebody or something asked for the end", 3),
    Result.SKIP: ("not run, for a reason in words", 0),
}


def render_page() -> str:
    """The whole page."""
    steps: dict[tuple[Any, str], State] = {(None, "workflow.queued"): State.PENDING, **STEP_TRANSITIONS}
    parts = [_HEAD, "## Runs\n\n", _draw(RUN_TRANSITIONS), "\n## Steps\n\n", _draw(steps), _RESULTS]
    parts += [f"| `{result}` | {_MEANINGS[result][0]} | {_MEANINGS[result][1]} |\n" for result in Result]
    return "".join(parts)


def _draw(transitions: Mapping[tuple[Any, str], State]) -> str:
    arrows = [f"    {before or '[*]'} --> {after} : {event}" for (before, event), after in transitions.items()]
    lines = ["```mermaid", "stateDiagram-v2", *arrows, f"    {State.FINISHED} --> [*]", "```"]
    rows = [f"| {before or '-'} | `{event}` | {after} |" for (before, event), after in transitions.items()]
    return "\n".join([*lines, "", "| from | event | to |", "|---|---|---|", *rows]) + "\n"
