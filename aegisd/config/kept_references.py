"""Which texts of a workflow were written with `${NAME}`: in `env`, and in the keys of its steps' types.

The other keys of a step and of a workflow say what it is, and are kept as they are: names, limits, where it runs.
"""

from collections.abc import Iterator

from aegisd.config.definitions import StepKeys
from aegisd.config.reading import Reading
from aegisd.config.slot import list_slots
from aegisd.config.values import Path
from aegisd.core.model import Workflow
from aegisd.core.variables import Way, Written, add_references, has_variable


def keep_references(reading: Reading, workflow: Workflow, path: Path) -> Workflow:
    """`workflow`, which was read at `path`, with its `references`."""
    return add_references(workflow, _list_texts(reading, path))


def _list_texts(reading: Reading, path: Path) -> Iterator[Written]:
    """The texts of the workflow that was read last: those are the last ones."""
    for place, value in reversed(reading.filled.items()):
        if place[: len(path)] != path:
            return
        way, text = _find_way(place[len(path) :]), reading.written[place]
        if way is not None and has_variable(text):
            yield Written(way=way, text=text, value=value)


def _find_way(below: Path) -> Way | None:
    """Where in a `Workflow` the text is that stands `below` the table of its workflow."""
    match below:
        case ("env", name):
            return ("env", str(name))
        case ("steps", place, key, *rest) if key not in list_slots(StepKeys):
            return ("steps", str(place), "spec", str(key), *map(str, rest))
    return None
