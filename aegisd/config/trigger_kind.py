"""What a type of trigger is for the configuration: its keys, what is checked of them, and how lists call it."""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from aegisd.config.reading import Reading
from aegisd.config.values import Path


@frozen(kw_only=True)
class TriggerKind:
    """`keys` declares the keys of this type beside those of all triggers. `check(reading, values, path, where)` notes
    what is wrong beyond single keys in the valid `values` of the trigger at `path`. `label(spec)` is what a column of
    workflows has room for (`timer`, `after ci`), `about(spec)` what the list of triggers says of it."""

    name: str
    doc: str
    keys: type[Any]
    label: Callable[[Any], str]
    about: Callable[[Any], str]
    check: Callable[[Reading, Mapping[str, Any], Path, str], None]
