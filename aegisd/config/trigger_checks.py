"""What can be said of triggers only once all files are read: their workflows, the parameters of these, and circles."""

from collections.abc import Callable, Mapping

from aegisd.config.reading import Reading
from aegisd.config.trigger_keys import TriggerConfig
from aegisd.config.trigger_workflow import AfterSpec
from aegisd.config.values import Path
from aegisd.config.visible import join_names, show_name
from aegisd.core.model import Workflow

_MOST_NAMES = 20


def check_triggers(
    triggers: Mapping[str, TriggerConfig],
    workflows: Mapping[str, Workflow | None],
    *,
    reading_of: Callable[[str], Reading],
) -> None:
    """Note what is wrong with `triggers`. `workflows` has None for those that could not be made; `reading_of` gives the
    file that a trigger stands in."""
    for name, trigger in triggers.items():
        reading, path = reading_of(name), ("triggers", name)
        _check_workflow(reading, trigger.workflow, workflows, (*path, "workflow"), trigger.name)
        if isinstance(trigger.spec, AfterSpec):
            _check_workflow(reading, trigger.spec.after, workflows, (*path, "after"), trigger.name)
        workflow = workflows.get(trigger.workflow)
        if workflow is not None:
            _check_params(reading, trigger, workflow, path)
    _check_circle(triggers, reading_of)


def _check_workflow(
    reading: Reading, wanted: str, workflows: Mapping[str, Workflow | None], path: Path, trigger: str
) -> None:
    if wanted in workflows:
        return
    label = reading.suggest(wanted, workflows, quote='"')
    shown = f"workflows: {join_names(list(workflows))}" if workflows else "there is no workflow"
    message = f'`{path[-1]}` in trigger "{show_name(trigger)}": there is no workflow "{show_name(wanted)}"'
    help_text = None if label else shown
    reading.error("AEG256", message, reading.value(path), path=path, label=label, help=help_text)


def _check_params(reading: Reading, trigger: TriggerConfig, workflow: Workflow, path: Path) -> None:
    known = {param.name: param for param in workflow.params}
    for name in trigger.params:
        if name not in known:
            place = (*path, "params", name)
            label = reading.suggest(name, known, quote='"')
            help_text = None if label else f"its parameters: {join_names(list(known))}" if known else "it takes none"
            message = f'"{show_name(workflow.name)}" has no parameter "{show_name(name)}"'
            reading.error("AEG257", message, reading.key(place), path=place, label=label, help=help_text)
    missing = [name for name, param in known.items() if param.default is None and name not in trigger.params]
    if missing:
        message = f'trigger "{show_name(trigger.name)}" must give {join_names(missing)} to "{show_name(workflow.name)}"'
        example = ", ".join(f'{name} = "..."' for name in missing[:3])
        at = (*path, "params") if trigger.params else path
        reading.error("AEG257", message, reading.key(at), path=at, help=f"params = {{ {example} }}")


def _check_circle(triggers: Mapping[str, TriggerConfig], reading_of: Callable[[str], Reading]) -> None:
    """Runs that start each other would never end. A trigger that is switched off closes no circle."""
    edges: dict[str, list[TriggerConfig]] = {}
    for trigger in triggers.values():
        if trigger.enabled and isinstance(trigger.spec, AfterSpec):
            edges.setdefault(trigger.spec.after, []).append(trigger)
    circle = find_circle(edges)
    if not circle:
        return
    names = [circle[0].spec.after, *(trigger.workflow for trigger in circle)]
    shown = " -> ".join(f'"{show_name(name)}"' for name in names[:_MOST_NAMES])
    more = f" -> ... ({len(circle)} workflows)" if len(names) > _MOST_NAMES else ""
    last = circle[-1]
    path = ("triggers", last.name, "workflow")
    message = f"{shown}{more} start each other without end"
    by = join_names([trigger.name for trigger in circle])
    reading = reading_of(last.name)
    reading.error("AEG260", message, reading.value(path), path=path, help=f"the triggers: {by}")


def find_circle(edges: Mapping[str, list[TriggerConfig]]) -> list[TriggerConfig]:
    """The triggers of one circle in the order in which they would fire; [] when there is none. `edges` are the triggers
    by the workflow that they follow."""
    done: set[str] = set()
    for start in edges:
        way: list[TriggerConfig] = []
        places = {start: 0}
        waiting = [iter(edges[start])]
        while waiting:
            trigger = next(waiting[-1], None)
            if trigger is None:
                waiting.pop()
                done.add(way.pop().workflow if way else start)
                continue
            if trigger.workflow in places and trigger.workflow not in done:
                return [*way[places[trigger.workflow] :], trigger]
            if trigger.workflow not in done:
                way.append(trigger)
                places[trigger.workflow] = len(way)
                waiting.append(iter(edges.get(trigger.workflow, ())))
    return []
