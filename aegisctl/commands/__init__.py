"""The verbs: one file each, one line here. A file holds `VERB` (what it takes, for parser and help) and `run`."""

from __future__ import annotations

from aegisctl.arguments import split_verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aegisctl.declare import Verb

# verb -> its module in this package, in the order of `aegisctl help`; a verb may be two words: "triggers replay"
COMMANDS = {
    "run": "run",
    "watch": "watch",
    "cancel": "cancel",
    "retry": "retry",
    "approve": "approve",
    "reject": "reject",
    "history": "history",
    "show": "show",
    "why": "why",
    "logs": "logs",
    "trace": "trace",
    "emit": "emit",
    "artifacts": "artifacts",
    "export": "export",
    "diff": "diff",
    "workflows": "workflows",
    "plan": "plan",
    "triggers": "triggers",
    "triggers deliveries": "triggers_deliveries",
    "triggers delivery": "triggers_delivery",
    "triggers replay": "triggers_replay",
    "init": "init",
    "import": "import_file",
    "validate": "validate",
    "explain": "explain",
    "config": "config",
    "reload": "reload",
    "tail-events": "tail_events",
    "usage": "usage",
    "subscriptions": "subscriptions",
    "webhooks": "webhooks",
    "deliveries": "deliveries",
    "redeliver": "redeliver",
    "status": "status",
    "doctor": "doctor",
    "open": "open",
    "services": "services",
    "executors": "executors",
    "plugins": "plugins",
    "token new": "token_new",
    "token list": "token_list",
    "token revoke": "token_revoke",
    "drain": "drain",
    "resume": "resume",
    "backup": "backup",
    "verify": "verify",
    "completion": "completion",
    "help": "help",
    "version": "version",
}


def find_verb(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """The verb that `words` name, of two words where there is such a one, and all the other words."""
    name, rest = split_verb(words)
    if any(known.startswith(f"{name} ") for known in COMMANDS):
        second, others = split_verb(rest)
        if f"{name} {second}" in COMMANDS:
            return f"{name} {second}", others
    return name, rest


def load_verb(name: str) -> tuple[Verb, Callable[..., int]]:
    """The declaration of a verb and the function that carries it out; only this verb's file is imported."""
    module = __import__(f"aegisctl.commands.{COMMANDS.get(name, name)}", fromlist=["VERB", "run"])
    return module.VERB, module.run
