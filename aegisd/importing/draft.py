"""A configuration while it is made: tables of keys in order, each with what is to be said of it, and its text.

tomlkit writes it, because it writes comments, and quotes whatever stands in the texts.
"""

from typing import Any

import tomlkit
from attrs import define, field
from tomlkit.items import Table

from aegisd.core.sentences import say_names

_MOST_NOTE = 200
_WIDTH = 110


def plain(text: object) -> str:
    """`text` of a file for a comment: one line, nothing a terminal would act on, not too long."""
    printable = "".join(char if char.isprintable() else "?" for char in str(text))
    return printable if len(printable) <= _MOST_NOTE else f"{printable[:_MOST_NOTE]}…"


@define
class Draft:
    """One table. `notes` stand as comments above its keys; a key with a remark has it behind its value."""

    notes: list[str] = field(factory=list)
    values: dict[str, Any] = field(factory=dict)
    remarks: dict[str, str] = field(factory=dict)

    def put(self, key: str, value: Any, remark: str = "") -> None:
        """Say `key`."""
        self.values[key] = value
        if remark:
            self.remarks[key] = remark

    def note(self, text: str) -> None:
        """Say what is different, or was left out."""
        self.notes.append(plain(text))

    def list_changes(self) -> list[str]:
        """All that was said about it."""
        return [*self.notes, *(f"{key}: {remark}" for key, remark in self.remarks.items())]

    def write(self) -> Table:
        """The table."""
        table = tomlkit.table()
        for text in self.notes:
            for line in _wrap(text):
                table.add(tomlkit.comment(line))
        for key, value in self.values.items():
            item = tomlkit.item(value)
            if key in self.remarks:
                item.comment(plain(self.remarks[key]))
            table.add(key, item)
        return table


@define(kw_only=True)
class WorkflowDraft:
    """A workflow with its steps."""

    head: Draft = field(factory=Draft)
    steps: list[Draft] = field(factory=list)


@define(kw_only=True)
class ConfigDraft:
    """A whole configuration. `head` has notes only."""

    head: Draft = field(factory=Draft)
    daemon: Draft = field(factory=Draft)
    services: dict[str, Draft] = field(factory=dict)
    workflows: dict[str, WorkflowDraft] = field(factory=dict)
    webhooks: list[Draft] = field(factory=list)

    def list_changes(self) -> list[tuple[str, str]]:
        """What became different, each with where: `workflows.full`, `webhooks.bugs`."""
        places: list[tuple[str, Draft]] = [("", self.head), ("daemon", self.daemon)]
        places += [(f"services.{name}", draft) for name, draft in self.services.items()]
        for name, workflow in self.workflows.items():
            places.append((f"workflows.{name}", workflow.head))
            places += [(f"workflows.{name}, step {step.values['name']}", step) for step in workflow.steps]
        places += [(f"webhooks, {draft.values['name']}", draft) for draft in self.webhooks]
        return [(place, change) for place, draft in places for change in draft.list_changes()]

    def render(self) -> str:
        """The text of the configuration."""
        document = tomlkit.document()
        for text in self.head.notes:
            for line in _wrap(text):
                document.add(tomlkit.comment(line))
        if self.daemon.values or self.daemon.notes:
            document.add("daemon", self.daemon.write())
        for section, drafts in (("services", self.services), ("workflows", self.workflows)):
            if drafts:
                document.add(section, _write_section(drafts))
        if self.webhooks:
            hooks = tomlkit.aot()
            for draft in self.webhooks:
                hooks.append(draft.write())
            document.add("webhooks", hooks)
        return tomlkit.dumps(document).encode(errors="replace").decode()  # YAML can spell half a character

    @property
    def summary(self) -> str:
        """What there is, in words."""
        parts = [f"workflows {say_names(list(self.workflows))}"] if self.workflows else []
        parts += [f"services {say_names(list(self.services))}"] if self.services else []
        count = len(self.webhooks)
        parts += [f"{count} webhook{'' if count == 1 else 's'}"] if count else []
        return "; ".join(parts) or "nothing"


def _write_section(drafts: "dict[str, Draft] | dict[str, WorkflowDraft]") -> Table:
    section = tomlkit.table(is_super_table=True)
    for name, draft in drafts.items():
        table = draft.head.write() if isinstance(draft, WorkflowDraft) else draft.write()
        if isinstance(draft, WorkflowDraft):
            steps = tomlkit.aot()
            for step in draft.steps:
                steps.append(step.write())
            table.add("steps", steps)
        section.add(name, table)
    return section


def _wrap(text: str) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= _WIDTH:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
