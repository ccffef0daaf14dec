"""What steps may use and see: the workflow's word for steps that say nothing, and what this host cannot honour.

A limit that would not hold is refused, never passed over in silence. What the host can do is found out only when a step
asks for it, by the function in `Surroundings`; this room itself looks at nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve

from aegisd.config.reading import Reading, Surroundings
from aegisd.config.values import DaemonConfig, Path
from aegisd.config.visible import show_name
from aegisd.core.model import Step, Workflow
from aegisd.core.obstacle import Obstacle, Obstacles

_INHERITED = ("sandbox", "network")
_CODES = {"sandbox": "AEG211", "network": "AEG211", "memory": "AEG212", "cpus": "AEG212", "pids": "AEG212"}


def inherit_confinement(
    reading: Reading, steps: Sequence[Step], values: Mapping[str, Any], path: Path
) -> tuple[Step, ...]:
    """`steps` with the workflow's `sandbox` and `network` where they have none of their own. `values` are the
    workflow's keys, at `path`."""
    return tuple(_inherit(reading, step, values, path, place) for place, step in enumerate(steps))


def check_confinement(
    workflows: Mapping[str, Workflow | None],
    readings: Mapping[Path, Reading],
    daemon: DaemonConfig,
    around: Surroundings,
) -> None:
    """Note each demand of a step that this host, with aegisd as in `daemon`, cannot honour. `readings` has the file
    of each workflow."""
    if around.find_obstacles is None:
        return
    asked = [
        (name, place, demand)
        for name, workflow in workflows.items()
        if workflow is not None
        for place, step in enumerate(workflow.steps)
        for demand in _list_demands(step)
    ]
    if not asked:
        return
    obstacles = around.find_obstacles(daemon, frozenset(demand for _, _, demand in asked))
    for name, place, demand in asked:
        _refuse(readings["workflows", name], (name, place), demand, obstacles)


def _inherit(reading: Reading, step: Step, values: Mapping[str, Any], path: Path, place: int) -> Step:
    own: Path = (*path, "steps", place)
    given = {
        name: values[name] for name in _INHERITED if name in values and getattr(step.spec, name, values[name]) is None
    }
    for name in given:
        reading.origins[*own, name] = reading.origin((*path, name))
    made = evolve(step, spec=evolve(step.spec, **given)) if given else step
    if getattr(made.spec, "network", None) is False and made.spec.sandbox in (None, "none"):
        at = _find_key(reading, path, place, "network")
        message = f'`network = false` for step "{show_name(step.name)}" needs a sandbox'
        reading.error("AEG210", message, reading.value(at), path=at, help='sandbox = "bwrap"')
    return made


def _list_demands(step: Step) -> list[str]:
    asked = {name: getattr(step.spec, name, None) for name in _CODES}
    return [name for name, value in asked.items() if value not in (None, "none", True)]


def _refuse(reading: Reading, step: tuple[str, int], demand: str, obstacles: Obstacles) -> None:
    obstacle: Obstacle | None = obstacles.get(demand)
    if obstacle is None or (demand == "network" and "sandbox" in obstacles):
        return
    name, place = step
    at = _find_key(reading, ("workflows", name), place, demand)
    if obstacle.certain:
        message = f"`{demand}` cannot be honoured on this host: {obstacle.reason}"
        reading.error(_CODES[demand], message, reading.value(at), path=at, help=obstacle.fix)
    else:
        message = f"`{demand}` could not be honoured if you started aegisd: {obstacle.reason}"
        help_text = "aegisd runs as another user, and refuses to start where it cannot either: aegisctl doctor"
        reading.warn("AEG213", message, reading.value(at), path=at, help=help_text)


def _find_key(reading: Reading, workflow: Path, place: int, name: str) -> Path:
    """Where `name` is said for a step: in it, or in its workflow."""
    own: Path = (*workflow, "steps", place, name)
    inherited: Path = (*workflow, name)
    is_own = inherited not in reading.origins or reading.origins.get(own) != reading.origins[inherited]
    return own if is_own else inherited
