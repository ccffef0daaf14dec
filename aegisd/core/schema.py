"""How a class says which keys of `aegis.toml` it takes: `key()` is attrs' `field()` with a kind and a sentence.

The configuration loader, `aegisctl explain` and the reference page read the same declarations, so that a step type
adds its keys by declaring them and nothing else.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

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
    TABLE = "table"  # another class of keys, from the annotation


@attrs.frozen(kw_only=True)
class Key:
    """What is known of a key. `template`: `{name}` stands for a workflow's parameter. `minimum` and `maximum` bound
    counts, numbers, durations and sizes; `default_text` is shown where the default is not a plain value."""

    kind: Kind
    doc: str
    example: str
    minimum: float | None = None
    maximum: float | None = None
    template: bool = False
    default_text: str | None = None


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
        default_text=default_text,
    )
    return attrs.field(
        default=attrs.Factory(factory) if factory else default, repr=kind is not Kind.SECRETS, metadata={"key": known}
    )


def declared_keys(owner: type[Any]) -> dict[str, tuple["attrs.Attribute[Any]", Key]]:
    """The keys that the class `owner` declares, by name, in order."""
    return {field.name: (field, field.metadata["key"]) for field in attrs.fields(owner) if "key" in field.metadata}
