"""The keys of each type of subscription. A new type is a class here, and its sink in `aegisd/sinks`."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from aegisd.core.schema import Kind, key


@frozen(kw_only=True)
class JsonlKeys:
    """Events as lines of JSON in a file. It is written until it works: no event is left out."""

    path: str | None = key(
        Kind.PATH,
        "The file. Lines are only ever added to it.",
        example='"/var/log/aegis/events.jsonl"',
        default=None,
        default_text="`events.jsonl` in the directory of each run (`runs/NUMBER` in `state_dir`)",
    )
    max_size: int = key(
        Kind.SIZE,
        "How large the file may grow. Then it is renamed to `events.jsonl.1`, that to `events.jsonl.2`, and so on. "
        "Files of runs are not.",
        example='"100MiB"',
        default=100 * 2**20,
        minimum=4096,
        default_text='"100MiB"',
    )
    keep: int = key(Kind.COUNT, "Renamed files that are kept.", example="5", default=5, minimum=1, maximum=1000)
    timeout: float = key(
        Kind.DURATION,
        "Ends one attempt to write: a disk that hangs is shown, and tried again.",
        example='"30s"',
        default=30.0,
        minimum=0.001,
        maximum=3600,
        default_text='"30s"',
    )


@frozen(kw_only=True)
class CommandKeys:
    """A program for each event, with the event as JSON on its standard input. Exit 0 says that it has taken it."""

    run: str | tuple[str, ...] = key(
        Kind.COMMAND,
        "What to run. A string goes to `sh -c`; a list is a program and its arguments.",
        example='"jq -r .type >> /tmp/types"',
    )
    env: Mapping[str, str] = key(
        Kind.TEXT_MAP, "Environment variables of the program.", example='{ CHANNEL = "#builds" }', factory=dict
    )
    dir: str | None = key(
        Kind.PATH,
        "Where to run it.",
        example='"/srv/notify"',
        default=None,
        default_text="`subscriptions/NAME` in `state_dir`",
    )
    timeout: float = key(
        Kind.DURATION,
        "Ends one attempt, with all processes that belong to it.",
        example='"30s"',
        default=60.0,
        minimum=0.001,
        maximum=86_400,
        default_text='"60s"',
    )
    max_concurrent: int = key(
        Kind.COUNT,
        "Programs that run at once. With 1 events are handed over in their order, each after the one before it was "
        "taken or given up.",
        example="4",
        default=1,
        minimum=1,
        maximum=64,
    )
    max_retries: int = key(
        Kind.COUNT,
        "Attempts after the first one failed. Then the event is given up and counted as failed.",
        example="3",
        default=5,
        minimum=0,
        maximum=1000,
    )


SINK_KINDS: Mapping[str, type[Any]] = {"jsonl": JsonlKeys, "command": CommandKeys}
