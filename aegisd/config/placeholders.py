"""`{name}` in commands and environment values: where it stands for a parameter, and where that would be dangerous.

A value that someone gives with a run must never become code. So `{name}` is refused in a line for the shell, and
pointed out in the script of a list such as `["sh", "-c", "..."]`."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from attrs import frozen

from aegisd.config.index import Span
from aegisd.config.reading import Reading
from aegisd.config.slot import list_slots
from aegisd.config.step import Draft
from aegisd.config.values import Path
from aegisd.config.visible import show_name
from aegisd.core.model import Parameter
from aegisd.core.schema import Kind
from aegisd.core.template import REFERENCE, iter_references

_SHELLS = frozenset({"ash", "bash", "dash", "fish", "ksh", "sh", "zsh"})


@frozen(kw_only=True)
class _Text:
    """A text that may hold `{name}`. `is_shell`: it goes to `sh -c`; `is_script`: a list names a shell."""

    text: str
    path: Path
    where: str
    is_shell: bool = False
    is_script: bool = False


def check_placeholders(
    reading: Reading, *, params: Sequence[Parameter], env: Mapping[str, str], drafts: Sequence[Draft], path: Path
) -> None:
    """Note what is wrong with the placeholders of one workflow."""
    names = {param.name for param in params}
    if not names:
        return
    for text in _inner_texts(env, (*path, "env"), "`env`"):
        _check(reading, text, names)
    for draft in drafts:
        for text in _step_texts(draft):
            _check(reading, text, names)


def _inner_texts(value: Any, path: Path, where: str) -> Iterator[_Text]:
    """The texts in a table, however deep."""
    if isinstance(value, str):
        yield _Text(text=value, path=path, where=where)
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _inner_texts(each, (*path, name), where)
    elif isinstance(value, list | tuple):
        for place, each in enumerate(value):
            yield from _inner_texts(each, (*path, place), where)


def _step_texts(draft: Draft) -> Iterator[_Text]:
    for name, slot in list_slots(draft.spec_class).items() if draft.spec_class else ():
        if slot.key.template and name in draft.values:
            where = f"`{name}` in {draft.where}"
            yield from _value_texts(draft.values[name], (*draft.path, name), where, slot.key.kind)


def _value_texts(value: Any, path: Path, where: str, kind: Kind) -> Iterator[_Text]:
    if isinstance(value, str):
        yield _Text(text=value, path=path, where=where, is_shell=kind is Kind.COMMAND)
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _value_texts(each, (*path, name), where, kind)
    elif kind is not Kind.COMMAND:
        for place, each in enumerate(value if isinstance(value, list | tuple) else ()):
            yield from _value_texts(each, (*path, place), where, kind)
    else:
        script = find_script(value)
        for place, each in enumerate(value):
            yield _Text(text=each, path=(*path, place), where=where, is_script=place == script)


def find_script(argv: Sequence[str]) -> int | None:
    """The place of the script in `sh -c SCRIPT`."""
    if PurePath(argv[0]).name not in _SHELLS or "-c" not in argv:
        return None
    return list(argv).index("-c") + 1


def _check(reading: Reading, text: _Text, names: Collection[str]) -> None:
    for name in dict.fromkeys(iter_references(text.text)):
        if name in names and text.is_shell:
            message = f"{{{name}}} in {text.where}: a shell would run what the parameter holds"
            help_text = f'write "$AEGIS_PARAM_{name.upper()}", with the quotes'
            reading.error("AEG035", message, _find(reading, text, name), path=text.path, help=help_text)
        elif name in names and text.is_script:
            message = f"{{{name}}} in {text.where}: this shell would run what the parameter holds"
            help_text = f'write "$AEGIS_PARAM_{name.upper()}" in the script'
            reading.warn("AEG046", message, _find(reading, text, name), path=text.path, help=help_text)
        elif name not in names and not text.is_shell:
            _warn_if_near(reading, text, name, names)


def _warn_if_near(reading: Reading, text: _Text, name: str, names: Collection[str]) -> None:
    near = reading.nearest(name, names)
    if near:
        message = f"{{{show_name(name)}}} in {text.where} stays as it is: there is no such parameter"
        label = f"did you mean {{{near}}}?"
        reading.warn("AEG044", message, _find(reading, text, name), path=text.path, label=label)


def _find(reading: Reading, text: _Text, name: str) -> Span:
    return reading.within(text.path, REFERENCE, f"{{{name}}}")
