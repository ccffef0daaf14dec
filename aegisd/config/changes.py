"""What is different between two configurations, in words: the answer to a reload."""

from collections.abc import Mapping
from typing import Any

import attrs
from attrs import evolve

from aegisd.config.slot import list_slots
from aegisd.config.toml_text import format_value
from aegisd.config.values import AT_START, Config
from aegisd.config.visible import join_names
from aegisd.core.model import Workflow

_RESTART = "takes effect when aegisd is started again"


def describe_changes(old: Config, new: Config) -> tuple[str, ...]:
    """One phrase for each kind of change; `nothing changed` when there is none.

    Lines that only moved are no change. Settings that a reload cannot change are named so.
    """
    found = [
        *_compare("daemon", old.daemon, new.daemon),
        *_compare("control", old.control, new.control),
        *_compare("web", old.web, new.web),
        *_compare_named("webhooks", old.webhooks, new.webhooks),
        *_compare_named("services", old.services, new.services),
        *_compare_executors(old, new),
        *_compare_named("workflows", _workflows(old), _workflows(new)),
        *_compare_named("triggers", _triggers(old), _triggers(new)),
        *_compare("artifacts", old.artifacts, new.artifacts),
        *_compare("telemetry", old.telemetry, new.telemetry),
        *_compare_named("subscriptions", _subscriptions(old), _subscriptions(new)),
    ]
    return tuple(found) or ("nothing changed",)


def _compare(section: str, old: Any, new: Any) -> list[str]:
    found = []
    for name, slot in list_slots(type(new)).items():
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        full = f"{section}.{name}"
        shown = f"{full}: {_show(before, slot.key.kind)} -> {_show(after, slot.key.kind)}"
        found.append(f"{shown} ({_RESTART})" if full in AT_START else shown)
    return found


def _show(value: Any, kind: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple) and any(attrs.has(type(each)) for each in value):
        return join_names([each.name for each in value])
    if attrs.has(type(value)):
        slots = list_slots(type(value)).values()
        return ", ".join(f"{slot.name} {format_value(getattr(value, slot.name), slot.key.kind)}" for slot in slots)
    return format_value(value, kind)


def _compare_named(section: str, old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    added = [name for name in new if name not in old]
    removed = [name for name in old if name not in new]
    changed = [name for name in new if name in old and old[name] != new[name]]
    groups = ((added, "added"), (removed, "removed"), (changed, "changed"))
    parts = [f"{len(names)} {word} ({join_names(names)})" for names, word in groups if names]
    return [f"{section}: {', '.join(parts)}"] if parts else []


def _compare_executors(old: Config, new: Config) -> list[str]:
    """Added ones come with the reload; one that changed or went may have jobs, and needs another start."""
    before = {name: evolve(each, origin=None) for name, each in old.executors.items()}
    after = {name: evolve(each, origin=None) for name, each in new.executors.items()}
    found = _compare_named("executors", before, after)
    is_more = all(after.get(name) == each for name, each in before.items())
    return found if is_more else [f"{each} ({_RESTART})" for each in found]


def _workflows(config: Config) -> dict[str, object]:
    return {name: _without_places(workflow) for name, workflow in config.workflows.items()}


def _triggers(config: Config) -> dict[str, object]:
    return {name: evolve(trigger, origin=None) for name, trigger in config.triggers.items()}


def _subscriptions(config: Config) -> dict[str, object]:
    return {name: evolve(subscription, origin=None) for name, subscription in config.subscriptions.items()}


def _without_places(workflow: Workflow) -> Workflow:
    return evolve(workflow, origin=None, steps=tuple(evolve(step, origin=None) for step in workflow.steps))
