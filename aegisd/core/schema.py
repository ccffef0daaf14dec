"""How a class says which keys of `aegis.toml` it takes: `key()` is attrs' `field()` with a kind and a sentence.

The configuration loader, `aegisctl explain` and the reference page read the same declarations, so that a step type
adds its keys by declaring them and nothing else.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, Protocol

import attrs


class Kind(StrEnum):
    """What a key may hold in TOML. The Python value's type is in brackets."""

    TEXT = "string"  # str
    NAME = "name"  # str: letters, digits, `.`, `_`, `-`, at most 64, first one a letter or digit
    FLAG = "true or false"  # bool
    COUNT = "whole number"  # int
    NUMBER = "number"  # float
    DURATION = "duration"  # float, seconds
    SIZE = "size"  # int, bytes
    PATH = "path"  # str, made absolute from the directory of its file
    CHOICE = "choice"  # a StrEnum, from the annotation
    COMMAND = "command line"  # str (sh -c) or tuple[str, ...] (no shell)
    TEXTS = "list of strings"  # tuple[str, ...]
    SOME_TEXTS = "string or list of strings"  # tuple[str, ...]
    DURATIONS = "list of durations"  # tuple[float, ...], seconds
    COUNTS = "list of whole numbers"  # tuple[int, ...]
    SECRETS = "string, or list of strings"  # tuple[str, ...]; never shown
    TEXT_MAP = "table of strings"  # dict[str, str]
    EVENT = "type of event"  # str: one that users may emit
    DATA = "table of values"  # dict[str, Any]: what JSON can say
    HEADERS = "table of headers"  # dict[str, str], by names that HTTP takes
    FIELDS = "table of texts, numbers and flags"  # dict[str, str]: strings, numbers and flags as text
    JSON = "any value"  # what JSON can say: Any
    TABLE = "table"  # another class of keys, from the annotation


@attrs.frozen(kw_only=True)
class Key:
    """What is known of a key. `template`: `{name}` stands for a workflow's parameter, `{steps.NAME./pointer}` for a
    result of an earlier step. `names_steps`: the value names earlier steps. `secret`: it is never shown. `minimum` and
    `maximum` bound counts, numbers, durations and sizes; `default_text` is shown where the default is not a plain
    value."""

    kind: Kind
    doc: str
    example: str
    minimum: float | None = None
    maximum: float | None = None
    template: bool = False
    names_steps: bool = False
    secret: bool = False
    default_text: str | None = None


@attrs.frozen(kw_only=True)
class Complaint:
    """What is wrong with several keys of a table together; `key` is the one to point at (None: the table)."""

    message: str
    key: str | None = None
    help: str | None = None


class SelfChecking(Protocol):
    """A class of keys that looks at all of them together."""

    @classmethod
    def list_complaints(cls, values: Mapping[str, Any]) -> Iterable[Complaint]:
        """What is wrong with the given keys of one table, each valid by itself."""


def key(
    kind: Kind,
    doc: str,
    *,
    example: str,
    default: Any = attrs.NOTHING,
    factory: Callable[[], Any] | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    template: bool = False,
    names_steps: bool = False,
    secret: bool = False,
    default_text: str | None = None,
) -> Any:
    """An attrs field that is a key of the configuration. Without `default` and `factory` the key must be given."""
    known = Key(
        kind=kind,
        doc=doc,
        example=example,
        minimum=minimum,
        maximum=maximum,
        template=template,
        names_steps=names_steps,
        secret=secret,
        default_text=default_text,
    )
    return attrs.field(
        default=attrs.Factory(factory) if factory else default,
        repr=not secret and kind is not Kind.SECRETS,
        metadata={"key": known},
    )


def declared_keys(owner: type[Any]) -> dict[str, tuple["attrs.Attribute[Any]", Key]]:
    """The keys that the class `owner` declares, by name, in order."""
    return {field.name: (field, field.metadata["key"]) for field in attrs.fields(owner) if "key" in field.metadata}
