"""Where events go beside the timeline. `SINKS` says how the sink of each type of subscription is opened; its keys are
declared in `aegisd/config/sink_kinds.py`.

Webhooks are apart: what is to be sent is made by `outbox.py` when events are written, and sent by `webhook.py`, one
task per webhook. How it looks is a file per format, registered in `formats.py`; all deciding is pure (`fate.py`,
`health.py`).
"""

from collections.abc import Callable, Mapping
from typing import Final

from aegisd.config.subscription_keys import Subscription
from aegisd.sinks.base import Sink, Terms
from aegisd.sinks.command import open_command
from aegisd.sinks.jsonl import open_jsonl
from aegisd.sinks.surroundings import Surroundings

SINKS: Final[Mapping[str, Callable[[Subscription, Surroundings], tuple[Sink, Terms]]]] = {
    "jsonl": open_jsonl,
    "command": open_command,
}
