"""Which events a reader wants: one value for the ring, the store, subscriptions and all doors.

Values of one field are alternatives, fields narrow each other, an empty field lets everything pass. A type may end in
`.*` (`step.*`) or be `*`; nothing else is a pattern, so that what a filter means can be read off it.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import attrs
from attrs import frozen

if TYPE_CHECKING:
    from aegisd.core.events import Event

_IN_DATA = ("result", "task", "role")


@frozen(kw_only=True)
class EventFilter:
    """See the module. `steps` and `phases` are those of the envelope; `results`, `tasks` and `roles` keep only events
    whose data say so. `since` and `until` are RFC 3339 in UTC with milliseconds, both inclusive."""

    types: frozenset[str] = frozenset()
    workflows: frozenset[str] = frozenset()
    run: int | None = None
    steps: frozenset[str] = frozenset()
    phases: frozenset[str] = frozenset()
    results: frozenset[str] = frozenset()
    tasks: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    since: str | None = None
    until: str | None = None

    def matches(self, event: "Event") -> bool:
        """Whether `event` passes."""
        return make_predicate(self)(event)


def make_predicate(wanted: EventFilter) -> Callable[["Event"], bool]:
    """`wanted.matches` for one who asks often: only the fields that narrow are looked at."""
    checks = list(_list_checks(wanted))
    if not checks:
        return _pass_all
    if len(checks) == 1:
        return checks[0]
    return lambda event: all(check(event) for check in checks)


def split_types(types: frozenset[str]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The exact types and the prefixes (`step.`) of a filter; no limits at all when one of them is `*`."""
    if "*" in types:
        return frozenset(), ()
    exact = frozenset(name for name in types if not name.endswith(".*"))
    return exact, tuple(sorted(name[:-1] for name in types - exact))


def is_type_pattern(text: str) -> bool:
    """Whether a filter may have `text` among its types."""
    return text == "*" or (bool(text.removesuffix(".*")) and "*" not in text.removesuffix(".*"))


def get_detail(event: "Event", name: str) -> str | None:
    """`result`, `task` or `role` from the data of `event`; None where its type has no such field."""
    data: Any = event.data
    kind: Any = type(data)
    known = _list_details(kind)
    value = getattr(data, name) if name in known else data.fields.get(name) if "fields" in known else None
    return str(value) if isinstance(value, str) else None


@cache
def _list_details(kind: Any) -> frozenset[str]:
    return frozenset(field.name for field in attrs.fields(kind)) & {*_IN_DATA, "fields"}


def _list_checks(wanted: EventFilter) -> "list[Callable[[Event], bool]]":
    checks: list[Callable[[Event], bool]] = []
    exact, prefixes = split_types(wanted.types)
    if exact or prefixes:
        checks.append(lambda event: event.type in exact or event.type.startswith(prefixes))
    if wanted.run is not None:
        checks.append(lambda event: event.run == wanted.run)
    if wanted.workflows:
        checks.append(lambda event: event.workflow in wanted.workflows)
    if wanted.steps:
        checks.append(lambda event: event.step in wanted.steps)
    if wanted.phases:
        checks.append(lambda event: event.phase in wanted.phases)
    details = {name: getattr(wanted, f"{name}s") for name in _IN_DATA}
    checks += [_make_detail_check(name, chosen) for name, chosen in details.items() if chosen]
    if wanted.since is not None or wanted.until is not None:
        since, until = wanted.since or "", wanted.until or "~"
        checks.append(lambda event: since <= event.time <= until)
    return checks


def _make_detail_check(name: str, chosen: frozenset[str]) -> "Callable[[Event], bool]":
    return lambda event: get_detail(event, name) in chosen


def _pass_all(_: "Event") -> bool:
    return True
