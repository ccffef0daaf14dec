"""The tables and keys of a configuration as topics: what `aegisctl explain` and the reference page tell of them."""

import textwrap
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from attrs import frozen

from aegisd.config.artifact_keys import ArtifactsConfig
from aegisd.config.definitions import ParameterKeys, StepKeys, WorkflowKeys
from aegisd.config.executor_kinds import EXECUTOR_KINDS
from aegisd.config.executor_values import CommonExecutorKeys
from aegisd.config.sections import INCLUDE
from aegisd.config.service_values import ServiceConfig
from aegisd.config.sink_kinds import SINK_KINDS
from aegisd.config.slot import Slot, list_slots
from aegisd.config.subscription_keys import SubscriptionKeys
from aegisd.config.telemetry_keys import TelemetryConfig
from aegisd.config.tls_pair import TlsKeys
from aegisd.config.toml_text import format_value
from aegisd.config.trigger_keys import TriggerKeys
from aegisd.config.trigger_kind import TriggerKind
from aegisd.config.trigger_kinds import TRIGGER_KINDS
from aegisd.config.values import AT_START, ControlConfig, DaemonConfig, Keep
from aegisd.config.web_keys import TokenKeys, WebConfig
from aegisd.config.webhook_values import WebhookConfig
from aegisd.core.placement import Resources
from aegisd.core.schema import Kind

_WIDTH = 76


@frozen(kw_only=True)
class Table:
    """A table: its short `name`, how it is headed in a file, its keys, and a sentence."""

    name: str
    heading: str
    doc: str
    slots: Mapping[str, Slot]


def list_tables(step_types: Mapping[str, type]) -> list[Table]:
    """All tables, those of the step types last."""
    include = Slot(name="include", key=INCLUDE, hint=tuple[str, ...], default=())
    tables = [
        Table(name="file", heading="top of a file", doc="What stands before all tables.", slots={"include": include}),
        _table("daemon", "[daemon]", "The daemon as a whole.", DaemonConfig),
        _table("keep", "keep in [daemon]", "How much history is kept; the oldest goes first.", Keep),
        _table("control", "[control]", "The socket that aegisctl connects to, and who may do what.", ControlConfig),
        _table("web", "[web]", "The HTTP door: where it is, and to what names it answers.", WebConfig),
        _table(
            "artifacts", "[artifacts]", "How much runs may leave behind, and how much of it is kept.", ArtifactsConfig
        ),
        _table("telemetry", "[telemetry]", "Where spans of runs and metrics are sent.", TelemetryConfig),
        _table("webhook", "[[webhooks]]", "Where events are sent, and how.", WebhookConfig),
        _table("tls", "[web.tls]", "HTTPS: a certificate and its key.", TlsKeys),
        _table("token", "tokens in [web]", "A token for the HTTP API.", TokenKeys),
        _table("workflow", "[workflows.NAME]", "What can be run. Every file may define some.", WorkflowKeys),
        _table("param", "[workflows.NAME.params.PARAMETER]", "A parameter of a workflow.", ParameterKeys),
        _table("trigger", "[triggers.NAME]", "What starts runs by itself, whatever its type.", TriggerKeys),
        *(_trigger_table(kind) for kind in TRIGGER_KINDS.values()),
        _table("subscription", "[[subscriptions]]", "Which events go where, whatever its type.", SubscriptionKeys),
        *(_sink_table(name, kind) for name, kind in SINK_KINDS.items()),
        _table("step", "[[workflows.NAME.steps]]", "A step, whatever its type.", StepKeys),
        _table("service", "[services.NAME]", "An HTTP service that steps call.", ServiceConfig),
        _table("executor", "[executors.NAME]", "Where steps run, whatever its type.", CommonExecutorKeys),
        *(_executor_table(name, kind) for name, kind in EXECUTOR_KINDS.items()),
        _table("resources", "resources in [[workflows.NAME.steps]]", "What a step asks its executor for.", Resources),
    ]
    return [*tables, *(_step_table(name, kind) for name, kind in step_types.items())]


def describe_type(slot: Slot) -> str:
    """The type of a key in words, with its bounds or choices."""
    if slot.key.kind is Kind.CHOICE:
        return "one of " + ", ".join(format_value(member) for member in slot.hint)
    if slot.key.kind is Kind.TABLE:
        origin = typing.get_origin(slot.hint)
        return "list of tables" if origin is tuple else "table" if origin is None else "table of tables"
    if slot.key.kind is Kind.COMMAND:
        return "string, or list of strings"
    return slot.key.kind.value + _describe_bounds(slot)


def describe_default(slot: Slot) -> str:
    """The default of a key as TOML or in words; empty for a key that must be given."""
    if slot.key.default_text is not None:
        return slot.key.default_text
    if slot.default is attrs.NOTHING:
        return ""
    is_nothing = slot.default is None or slot.default in ("", {}, ())
    return "none" if is_nothing else format_value(slot.default, slot.key.kind)


def iter_topics(step_types: Mapping[str, type]) -> Iterator[tuple[str, Table, Slot]]:
    """Every key by its full topic, `step.timeout`. Keys of a step type are found under `step.` as well."""
    for table in list_tables(step_types):
        for name, slot in table.slots.items():
            yield f"{table.name}.{name}", table, slot


def render_key(topic: str, table: Table, slot: Slot) -> str:
    """What is told of one key."""
    default = describe_default(slot)
    lines = [f"{topic}   {describe_type(slot)}, {f'default: {default}' if default else 'must be given'}", ""]
    lines += textwrap.wrap(slot.key.doc, _WIDTH, initial_indent="  ", subsequent_indent="  ")
    if topic in AT_START:
        lines.append("  A change takes effect at the next start of aegisd, not with a reload.")
    lines += ["", f"  {table.heading}", f"  {slot.name} = {slot.key.example}"]
    return "\n".join(lines)


def render_table(table: Table) -> str:
    """The keys of a table, a line each."""
    width = max((len(name) for name in table.slots), default=0)
    lines = [f"{table.heading}   {table.doc}", ""]
    lines += [f"  {name:<{width}}  {describe_type(slot)}" for name, slot in table.slots.items()]
    return "\n".join([*lines, "", f"aegisctl explain {table.name}.KEY tells about one of them."])


def _table(name: str, heading: str, doc: str, owner: type[Any]) -> Table:
    return Table(name=name, heading=heading, doc=doc, slots=list_slots(owner))


def _trigger_table(kind: TriggerKind) -> Table:
    return _table(f"{kind.name}-trigger", f'[triggers.NAME] with type = "{kind.name}"', kind.doc, kind.keys)


def _sink_table(name: str, kind: type[Any]) -> Table:
    doc = " ".join((kind.__doc__ or "").split())
    return _table(f"{name}-subscription", f'[[subscriptions]] with type = "{name}"', doc, kind)


def _executor_table(name: str, kind: type[Any]) -> Table:
    doc = " ".join((kind.__doc__ or "").split())
    return _table(f"{name}-executor", f'[executors.NAME] with type = "{name}"', doc, kind)


def _step_table(name: str, owner: type[Any]) -> Table:
    heading = "[[workflows.NAME.steps]]" if name == "command" else f'[[workflows.NAME.steps]] with type = "{name}"'
    return _table(name, heading, f"The further keys of a `{name}` step.", owner)


def _describe_bounds(slot: Slot) -> str:
    low, high = slot.key.minimum, slot.key.maximum
    if slot.key.kind is Kind.DURATION:
        more = " above 0" if low else ""
        return f"{more}, at most {format_value(high, Kind.DURATION)}" if high is not None else more
    if low is not None and high is not None:
        return f", {low:,.10g} to {high:,.10g}"
    return f", at least {low:g}" if low is not None else ""
