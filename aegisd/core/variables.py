"""`${NAME}` in the texts of a definition: how it is found and put in, and how a definition is kept without the values.

A definition is stored with each run, and its store ends up in backups; what `${NAME}` stands for is often a secret. So
`Workflow.references` says where which text was written, and what is stored has that text. Whoever is to execute a
stored definition puts the values in again: those of the variables as they are then. Pure: `find` looks them up.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import evolve, frozen, has

from aegisd.core.model import Workflow

VARIABLE = re.compile(r"\$(\$\{)|\$\{([^}]*+)(\}?)")
"""Finds `$${` (group 1: the text itself) and `${NAME}` (group 2; group 3 is empty where the brace is missing)."""

Find = Callable[[str], str]
"""The value of a variable; may raise what it likes when there is none."""

Way = tuple[str, ...]
"""The parts of a JSON Pointer."""


@frozen(kw_only=True)
class Written:
    """A text that became `value`, where `way` leads in a workflow."""

    way: Way
    text: str
    value: str


def has_variable(text: str) -> bool:
    """Whether `text` has a `${NAME}` that is not the text itself."""
    return any(match[2] is not None for match in VARIABLE.finditer(text))


def fill(text: str, find: Find) -> str:
    """`text` with its variables put in; what comes in is not looked at again."""
    return VARIABLE.sub(lambda match: match[1] or find(match[2]), text)


def hide_variables(workflow: Workflow) -> Workflow:
    """`workflow` with the texts of its references as they were written."""
    return _replace_all(workflow, workflow.references) if workflow.references else workflow


def put_variables(workflow: Workflow, find: Find) -> Workflow:
    """`workflow` as it is stored, with the values in place of its references. Raises LookupError for a reference that
    leads nowhere, and whatever `find` raises."""
    values = {pointer: fill(text, find) for pointer, text in workflow.references.items()}
    return _replace_all(workflow, values) if values else workflow


def add_references(workflow: Workflow, texts: Iterable[Written]) -> Workflow:
    """`workflow` with those of `texts` as references that are in it as they came to be. A class of steps that does not
    take what was written (a plugin may look closely) keeps its values."""
    groups: dict[Way, dict[str, str]] = {}
    for written in texts:
        if _is_in(workflow, written):
            groups.setdefault(written.way[:2], {})[_join(written.way)] = written.text
    references: dict[str, str] = {}
    for pointers in groups.values():
        try:
            _replace_all(workflow, pointers)
        except (TypeError, ValueError):
            continue
        references |= pointers
    return evolve(workflow, references=references)


def _is_in(workflow: Workflow, written: Written) -> bool:
    found: Any = workflow
    try:
        for part in written.way:
            found = _step_into(found, part)
    except (LookupError, ValueError):
        return False
    return type(found) is str and found == written.value  # a choice is a str of its own


def _step_into(value: Any, part: str) -> Any:
    if isinstance(value, Mapping):
        return value[part]
    if isinstance(value, list | tuple):
        return value[int(part)]
    if not has(type(value)) or not hasattr(value, part):
        raise LookupError(part)
    return getattr(value, part)


def _replace_all(workflow: Workflow, pointers: Mapping[str, str]) -> Workflow:
    """`workflow` with other texts where `pointers` lead."""
    tree: dict[str, Any] = {}
    for pointer, text in pointers.items():
        *way, last = _split(pointer)
        branch = tree
        for part in way:
            branch = branch.setdefault(part, {})
        branch[last] = text
    replaced: Workflow = _replace(workflow, tree)
    return replaced


def _replace(value: Any, tree: Mapping[str, Any] | str) -> Any:
    """Each container that a pointer passes is made anew once, however many pass it."""
    if isinstance(tree, str):
        return tree
    inner = {part: _replace(_step_into(value, part), below) for part, below in tree.items()}
    if isinstance(value, Mapping):
        return {**value, **inner}
    if isinstance(value, list | tuple):
        return type(value)(inner.get(str(place), each) for place, each in enumerate(value))
    return evolve(value, **inner)


def _join(way: Way) -> str:
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in way)


def _split(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
