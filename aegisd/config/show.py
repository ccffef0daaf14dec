"""The configuration in force as TOML, and what a reload changes.

What stands in a file as `${NAME}` is shown as that, never as what it stands for. A literal value whose name says that
it is secret is shown by its length. Everything else reads back as the same configuration."""

import re
from collections.abc import Mapping
from typing import Any

import attrs

from aegisd.config.changes import describe_changes
from aegisd.config.definitions import ParameterKeys, StepKeys, WorkflowKeys
from aegisd.config.executor_values import CommonExecutorKeys, ExecutorConfig
from aegisd.config.service_values import ServiceConfig
from aegisd.config.slot import Slot, list_slots
from aegisd.config.subscription_keys import Subscription, SubscriptionKeys
from aegisd.config.toml_text import format_key, format_table, format_text, format_value
from aegisd.config.trigger_keys import TriggerConfig, TriggerKeys
from aegisd.config.values import Config, Path
from aegisd.config.webhook_values import WebhookConfig
from aegisd.core.masking import mask_url
from aegisd.core.model import Step, Workflow
from aegisd.core.schema import Kind
from aegisd.core.token import AccessToken

__all__ = ["describe_changes", "render_config"]

_SECRET = re.compile(
    r"secret|token|passw|credential|(?:^|[_-])(?:key|pass|pat)(?:$|[_-])|apikey|authorization|cookie", re.IGNORECASE
)
_COLUMN = 44


def render_config(config: Config, *, origin: bool) -> str:
    """`config` as TOML; with `origin` each key has a comment with its file and line, or `default`.

    `[daemon]`, `[control]`, `[web]`, `[artifacts]` and `[telemetry]` are shown with all keys, the others with those
    that are not at their default.
    """
    page = _Page(config, origin=origin)
    page.add_section("daemon", config.daemon)
    page.add_section("control", config.control)
    page.add_section("web", config.web)
    page.add_section("artifacts", config.artifacts)
    page.add_section("telemetry", config.telemetry)
    for webhook in config.webhooks.values():
        page.add_webhook(webhook)
    for name, service in config.services.items():
        page.add_service(name, service)
    for executor in config.executors.values():
        page.add_executor(executor)
    for workflow in config.workflows.values():
        page.add_workflow(workflow)
    for trigger in config.triggers.values():
        page.add_trigger(trigger)
    for subscription in config.subscriptions.values():
        page.add_subscription(subscription)
    return "\n".join(page.lines).lstrip("\n") + "\n"


class _Page:
    def __init__(self, config: Config, *, origin: bool) -> None:
        self.lines: list[str] = []
        self._config = config
        self._origin = origin

    def add_section(self, name: str, section: Any) -> None:
        self._add_header(f"[{name}]", (name,))
        for slot in list_slots(type(section)).values():
            self._add((name, slot.name), slot, getattr(section, slot.name))

    def add_webhook(self, webhook: WebhookConfig) -> None:
        path: Path = ("webhooks", webhook.name)
        self._add_header("[[webhooks]]", path)
        for slot in list_slots(WebhookConfig).values():
            value = getattr(webhook, slot.name)
            if value != slot.default or self._is_given((*path, slot.name)):
                self._add((*path, slot.name), slot, mask_url(value) if slot.name == "url" else value)

    def add_service(self, name: str, service: ServiceConfig) -> None:
        path: Path = ("services", name)
        self._add_header(f"[services.{format_key(name)}]", path)
        for slot in list_slots(ServiceConfig).values():
            value = getattr(service, slot.name)
            if value != slot.default or self._is_given((*path, slot.name)):
                self._add((*path, slot.name), slot, value)

    def add_executor(self, executor: ExecutorConfig) -> None:
        path: Path = ("executors", executor.name)
        self._add_header(f"[executors.{format_key(executor.name)}]", path)
        common = (executor, list_slots(CommonExecutorKeys))
        self._add_given(path, common, (executor.spec, list_slots(type(executor.spec))))

    def add_workflow(self, workflow: Workflow) -> None:
        path: Path = ("workflows", workflow.name)
        self._add_header(f"[workflows.{format_key(workflow.name)}]", path)
        slots = list_slots(WorkflowKeys)
        for slot in slots.values():
            value = getattr(workflow, slot.name)
            if slot.name not in {"steps", "params"} and (value != slot.default or self._is_given((*path, slot.name))):
                self._add((*path, slot.name), slot, value)
        params = {each.name: self._show_parameter(workflow.name, each) for each in workflow.params}
        if params:
            self._add_line((*path, "params"), f"params = {format_table(params)}")
        for place, step in enumerate(workflow.steps):
            self._add_step(step, (*path, "steps", place))

    def _add_step(self, step: Step, path: Path) -> None:
        self._add_header(f"[[workflows.{format_key(str(path[1]))}.steps]]", path)
        self._add_given(path, (step, list_slots(StepKeys)), (step.spec, list_slots(type(step.spec))))

    def add_trigger(self, trigger: TriggerConfig) -> None:
        path: Path = ("triggers", trigger.name)
        self._add_header(f"[triggers.{format_key(trigger.name)}]", path)
        self._add_given(path, (trigger, list_slots(TriggerKeys)), (trigger.spec, list_slots(type(trigger.spec))))

    def add_subscription(self, subscription: Subscription) -> None:
        path: Path = ("subscriptions", subscription.name)
        self._add_header("[[subscriptions]]", path)
        spec = (subscription.spec, list_slots(type(subscription.spec)))
        self._add_given(path, (subscription, list_slots(SubscriptionKeys)), spec)

    def _add_given(self, path: Path, *owners: tuple[Any, Mapping[str, Slot]]) -> None:
        """The keys that are not at their default, or were written out."""
        for owner, slots in owners:
            for slot in slots.values():
                value = getattr(owner, slot.name)
                if value != slot.default or self._is_given((*path, slot.name)):
                    self._add((*path, slot.name), slot, value)

    def _show_parameter(self, workflow: str, parameter: Any) -> str:
        path: Path = ("workflows", workflow, "params", parameter.name)
        values = {name: getattr(parameter, name) for name in list_slots(ParameterKeys)}
        written = self._config.written.get(path) or self._config.written.get((*path, "default"))
        shown = {
            name: format_text(written) if written and name == "default" else self._show_text(parameter.name, value)
            for name, value in values.items()
            if value not in (None, "") or (name == "default" and value == "")
        }
        return format_table(shown)

    def _is_given(self, path: Path) -> bool:
        return path in self._config.origins

    def _add(self, path: Path, slot: Slot, value: Any) -> None:
        if value is None:
            return
        self._add_line(path, f"{slot.name} = {self._show(path, slot, value)}")

    def _show(self, path: Path, slot: Slot, value: Any) -> str:
        if path in self._config.written:
            return format_text(self._config.written[path])
        if slot.key.kind is Kind.SECRETS:
            return f"[{', '.join(self._show_secret(path, place, each) for place, each in enumerate(value))}]"
        if attrs.has(type(value)):
            slots = list_slots(type(value)).values()
            return format_table(
                {
                    each.name: self._show((*path, each.name), each, getattr(value, each.name))
                    for each in slots
                    if getattr(value, each.name) is not None
                }
            )
        if isinstance(value, Mapping | tuple | list):
            return self._show_items(path, value)
        if slot.key.secret and isinstance(value, str):
            return self._show_text("secret", value)
        return format_value(value, slot.key.kind)

    def _show_items(self, path: Path, value: Any) -> str:
        if isinstance(value, Mapping):
            return format_table({name: self._show_item(path, name, each) for name, each in value.items()})
        return f"[{', '.join(self._show_item(path, place, each) for place, each in enumerate(value))}]"

    def _show_token(self, token: AccessToken) -> str:
        scopes = format_value(tuple(scope.value for scope in token.scopes))
        return format_table({"name": format_text(token.name), "sha256": format_text(token.sha256), "scopes": scopes})

    def _show_item(self, path: Path, name: str | int, value: Any) -> str:
        place = (*path, name)
        written = self._config.written.get(place)
        if written is not None:
            return format_text(written)
        if isinstance(value, Mapping):
            return format_table({key: self._show_item(place, key, each) for key, each in value.items()})
        if isinstance(value, list):
            return f"[{', '.join(self._show_item(place, number, each) for number, each in enumerate(value))}]"
        if isinstance(value, Mapping | tuple | list):
            return self._show_items((*path, name), value)
        if isinstance(value, AccessToken):
            return self._show_token(value)
        return self._show_text(str(name), value) if isinstance(value, str) else format_value(value)

    def _show_secret(self, path: Path, place: int, value: str) -> str:
        written = self._config.written.get((*path, place))
        return format_text(f"(set, {len(value.encode())} bytes)" if written is None else written)

    def _show_text(self, name: str, value: str) -> str:
        if _SECRET.search(name):
            return format_text(f"(set, {len(value.encode())} bytes)")
        return format_text(value)

    def _add_header(self, header: str, path: Path) -> None:
        self.lines.append("")
        self._add_line(path, header)

    def _add_line(self, path: Path, text: str) -> None:
        if not self._origin:
            self.lines.append(text)
            return
        origin = self._config.origins.get(path)
        self.lines.append(f"{text:<{_COLUMN}} # {origin if origin is not None else 'default'}")
