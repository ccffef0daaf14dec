"""`aegisctl explain`: the long text behind a code (`AEG012`) or a key (`step.timeout`, `timeout`)."""

import textwrap
from collections.abc import Collection, Mapping

from aegisd.config import later
from aegisd.config.code import Code
from aegisd.config.codes import CODES
from aegisd.config.topics import iter_topics, list_tables, render_key, render_table
from aegisd.core.nearest import find_close

_WIDTH = 76
_OTHER_NAMES = {
    "webhooks": "webhook",
    "workflows": "workflow",
    "steps": "step",
    "params": "param",
    "parameter": "param",
    "executors": "executor",
    "triggers": "trigger",
}
_KEYS_TOO = {"params", "steps"}


def explain(topic: str, *, step_types: Mapping[str, type]) -> str | None:
    """What is known of `topic`, or None.

    A topic is a code, a table (`daemon`, `workflow`, `step`, a step type), a key of a table (`step.timeout`), or a
    key alone (`timeout`), which is explained for each table that has it."""
    code = CODES.get(topic.strip().upper())
    if code is not None:
        return render_code(code)
    tables = list_tables(step_types)
    wanted = _normalize(topic, [table.name for table in tables])
    for table in tables:
        if wanted == table.name and table.name != "file":
            return render_table(table)
    found = [
        render_key(name, table, slot)
        for name, table, slot in iter_topics(step_types)
        if wanted in _spellings(name, family=_family(table.name, step_types))
    ]
    return "\n\n".join(found) if found else _explain_later(wanted)


def nearest(topic: str, *, step_types: Mapping[str, type]) -> str | None:
    """The topic that `topic` is most likely meant to be."""
    keys = [name for name, _, _ in iter_topics(step_types)]
    names = [table.name for table in list_tables(step_types)]
    known = [*CODES, *names, *keys, *(key.partition(".")[2] for key in keys)]
    wanted = topic.strip()[:100]
    number = wanted.upper().removeprefix("AEG")
    if number.isdecimal() and (code := f"AEG{number.lstrip('0'):0>3}") in CODES:
        return code
    return find_close(wanted.upper(), CODES, cutoff=0.8) or find_close(_normalize(wanted, names), known)


def render_code(code: Code) -> str:
    """The text about a code, with its examples."""
    paragraphs = [f"{code.code}  {code.title}", textwrap.fill(code.text, _WIDTH)]
    for name, example in (("bad", code.bad), ("good", code.good)):
        paragraphs.append(f"{name}:\n{textwrap.indent(example.rstrip(), '    ')}")
    return "\n\n".join(paragraphs)


def _normalize(topic: str, tables: Collection[str]) -> str:
    """`[workflows.ci] timeout`, `workflows.NAME.timeout` and `workflow.timeout` are one topic."""
    parts = [part.strip(" []`") for part in topic.strip().lower().replace(" ", ".").split(".")]
    *path, name = [part for part in parts if part] or [""]
    named = [_OTHER_NAMES.get(part, part) for part in path]
    if not path:
        return name if name in _KEYS_TOO else _OTHER_NAMES.get(name, name)
    table = next((part for part in reversed(named) if part in tables), named[-1])
    return f"{table}.{name}"


def _family(table: str, step_types: Mapping[str, type]) -> str | None:
    """What the keys of a table that belongs to one type may be asked for under."""
    if table in step_types:
        return "step"
    return next((name for name in ("trigger", "executor") if table.endswith(f"-{name}")), None)


def _spellings(name: str, *, family: str | None) -> set[str]:
    """How a key may be asked for."""
    _, _, key = name.partition(".")
    return {name, key, *({f"{family}.{key}"} if family else ())}


def _explain_later(wanted: str) -> str | None:
    name = wanted.rpartition(".")[2]
    if name not in later.SECTIONS:
        return None
    return f"{name}   a section of a later version: {later.SECTIONS[name]}. This version refuses it."
