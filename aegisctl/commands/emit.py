"""`aegisctl emit`: add an event of your own to the timeline."""

from __future__ import annotations

import os

from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional, Verb
from aegisctl.failure import Failure
from aegisctl.values import find_run
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "emit",
    group="Runs",
    summary="add an event of your own (custom.*) to the timeline",
    examples=(
        ("aegisctl emit custom.deploy.finished target=staging", "in a step: it carries the run, step and attempt"),
        ("aegisctl emit custom.bench speed:=1.25 'runs:=[3, 4]'", "after := stands JSON instead of a text"),
        ("aegisctl emit custom.note text='disk replaced' --run 842", "by an operator, about a run"),
        ("aegisctl emit custom.bench --json-data - < result.json", "the data from a file"),
    ),
    positionals=(
        Positional("TYPE", help="its type: custom. and words of your own"),
        Positional("KEY=VAL", count="*", help="its data: KEY=TEXT or KEY:=JSON"),
    ),
    flags=(
        Flag("--run", metavar="RUN", help="the run it is about; in a step it is always the step's own"),
        Flag(
            "--json-data", metavar="JSON", help="the data as a JSON object, - reads it from stdin; KEY=VAL adds to it"
        ),
    ),
    fields=("seq",),
    text=(
        "In a step, $AEGIS_TOKEN says whose event it is, and nothing else is needed. Elsewhere only operators may "
        "emit. Answered once the event is on disk. See it: aegisctl tail-events."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """Nothing in a pipe; on a terminal the number of the event."""
    data = {**_read_data(given.text("json-data")), **parse_pairs(given.texts("KEY=VAL"))}
    client = open_client(given)
    selector, token = given.text("run"), os.environ.get("AEGIS_TOKEN") or None
    answer = client.call(
        "EmitEvent",
        type=given.text("TYPE"),
        data=data or None,
        run=find_run(client, selector) if selector is not None else None,
        token=token,
    )
    output.document({"seq": answer["seq"]})
    if output.stdout.tty:
        output.say(f"event {answer['seq']}")
    return EXIT_OK


def parse_pairs(words: Sequence[str]) -> dict[str, Any]:
    """The data of an event from `KEY=TEXT` and `KEY:=JSON` words; the last of two with one key counts."""
    values: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        name = key.removesuffix(":")
        if not equals or not name:
            raise Failure("usage", f"emit: {word!r} is neither KEY=TEXT nor KEY:=JSON")
        values[name] = value if name == key else _parse_json(value, of=name)
    return values


def _read_data(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    value = _parse_json(_read_stdin() if text == "-" else text, of="--json-data")
    if not isinstance(value, dict):
        raise Failure("usage", "emit: --json-data takes a JSON object", hint="such as '{\"speed\": 1.25}'")
    return value


def _read_stdin() -> str:
    parts = []
    while part := os.read(0, 1 << 16):
        parts.append(part)
    return b"".join(parts).decode("utf-8", "replace")


def _parse_json(text: str, *, of: str) -> Any:
    import json  # noqa: PLC0415 - not every event has any

    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Failure("usage", f"emit: {of} is not JSON: {error}", hint="a text stands after = alone") from None
