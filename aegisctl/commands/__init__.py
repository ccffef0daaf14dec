"""The verbs: one file each, one line here. A file holds `VERB` (what it takes, for parser and help) and `run`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from aegisctl.declare import Verb

# verb -> its module in this package, in the order of `aegisctl help`
COMMANDS = {
    "run": "run",
    "watch": "watch",
    "cancel": "cancel",
    "retry": "retry",
    "history": "history",
    "show": "show",
    "why": "why",
    "logs": "logs",
    "workflows": "workflows",
    "plan": "plan",
    "validate": "validate",
    "explain": "explain",
    "config": "config",
    "reload": "reload",
    "tail-events": "tail_events",
    "usage": "usage",
    "subscriptions": "subscriptions",
    "status": "status",
    "doctor": "doctor",
    "drain": "drain",
    "resume": "resume",
    "help": "help",
    "version": "version",
}


def load_verb(name: str) -> tuple[Verb, Callable[..., int]]:
    """The declaration of a verb and the function that carries it out; only this verb's file is imported."""
    module = __import__(f"aegisctl.commands.{COMMANDS.get(name, name)}", fromlist=["VERB", "run"])
    return module.VERB, module.run
