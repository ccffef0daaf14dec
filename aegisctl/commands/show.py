"""`aegisctl show`: one run, why it ran and when each step did; or one step in full."""

from __future__ import annotations

import time

from aegisctl.arguments import nearest
from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional, Verb
from aegisctl.event_lines import format_event
from aegisctl.pager import paged
from aegisctl.show_screen import format_run, format_step
from aegisctl.values import find_run
from aegisd.wire.errors import EXIT_OK, CallError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from aegisctl.client import Client
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "show",
    group="Runs",
    summary="one run: why it ran, when each step did, how each ended",
    examples=(
        ("aegisctl show 842", "the tree of steps with their times"),
        ("aegisctl show 842 tests-3.13", "one step with all its attempts"),
        ("aegisctl show quality --events", "with every event"),
        ("aegisctl show - --json=run,steps", "the last run that you started, for a script"),
    ),
    positionals=(
        Positional("RUN", help="the run (see help selectors)"),
        Positional("STEP", count="?", help="only this step"),
    ),
    flags=(
        Flag("--events", help="all events of the run too"),
        Flag("--env", help="the names of its environment variables too"),
    ),
    fields=("run", "usage", "steps", "dir", "origin", "definition", "env", "artifacts", "step", "data", "events"),
)

_WITHOUT_DATA = ("command", "wait")


def run(*, given: Given, output: Output) -> int:
    """A screen on a terminal, the same text in a pipe, one document in JSON."""
    client = open_client(given)
    number = find_run(client, given.text("RUN"))
    detail = client.call("GetRun", run=number)["detail"]
    events = _events(client, number) if given.switch("events") else None
    step = None if given.text("STEP") is None else _find_step(detail, str(given.text("STEP")))
    data = None if step is None or step["type"] in _WITHOUT_DATA else _read_data(client, number, step["name"])
    if output.is_json:
        answer = detail if step is None else {"run": detail["run"], "step": step, "data": data or {}}
        output.document(answer if events is None else {**answer, "events": events})
        return EXIT_OK
    terminal = output.stdout
    if step is not None:
        lines = format_step(step, terminal=terminal, utc=output.utc, data=data)
    else:
        lines = format_run(detail, terminal=terminal, now=time.time(), utc=output.utc, env=given.switch("env"))
    shown_events = [event for event in events or () if step is None or event.get("step") == step["name"]]
    lines += ["", *(format_event(event, terminal=terminal, utc=output.utc) for event in shown_events)] if events else []
    with paged(output, wanted=not given.switch("no-pager")) as shown:
        shown.say("\n".join(lines))
    return EXIT_OK


def _read_data(client: Client, number: int, step: str) -> dict[str, Any]:
    return dict(client.call("GetResult", run=number, step=step)["data"])


def _events(client: Client, number: int) -> list[dict[str, Any]]:
    answers = client.stream("TailEvents", run=number, follow=False)
    return [answer["event"] for answer in answers if answer.get("event") is not None]


def _find_step(detail: Mapping[str, Any], name: str) -> dict[str, Any]:
    steps: dict[str, dict[str, Any]] = {step["name"]: step for step in detail["steps"]}
    if name in steps:
        return steps[name]
    guess = nearest(name, steps)
    hint = f"did you mean {guess}?" if guess else f"steps: {', '.join(steps)}"
    message = f"run #{detail['run']['id']} has no step {name!r}"
    raise CallError("NoSuchStep", message, hint=hint)
