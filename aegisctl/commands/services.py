"""`aegisctl services`: the HTTP services that steps call, and whether they answer."""

from __future__ import annotations

import time

from aegisctl.client import open_client
from aegisctl.declare import Flag, Verb
from aegisctl.service_screen import format_services
from aegisctl.table import format_tsv
from aegisd.wire.errors import EXIT_FAILURE, EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "services",
    group="The service",
    summary="the HTTP services that steps call: up or down, since when, how fast",
    examples=(
        ("aegisctl services", "what is known"),
        ("aegisctl services --check", "look at each of them now"),
        ("aegisctl services --exit-status -q", "exit 1 if one is down"),
    ),
    flags=(
        Flag("--check", help="look at each service now, and wait for what is seen"),
        Flag("--exit-status", help="exit 1 if a service is down"),
    ),
    fields=(
        *("name", "url", "state", "since", "checked_at", "latency_s", "last_error", "description", "features"),
        *("repo_url", "docs_url"),
    ),
    text="In a pipe: name, state, since, seconds to answer, kind of the last error, URL; separated by tabs.",
)


def run(*, given: Given, output: Output) -> int:
    """A table on a terminal, tab-separated in a pipe."""
    check = given.switch("check") or None
    services = open_client(given).call("ListServices", check=check)["services"]
    if output.is_json:
        output.documents(services)
    elif not services:
        output.note("no services yet: aegisctl explain service")
    elif given.switch("exit-status") and output.quiet:
        pass
    elif output.stdout.tty:
        output.say("\n".join(format_services(services, terminal=output.stdout, now=time.time())))
    else:
        for service in services:
            output.say(format_tsv(_columns(service)))
    down = any(service["state"] == "down" for service in services)
    return EXIT_FAILURE if down and given.switch("exit-status") else EXIT_OK


def _columns(service: Mapping[str, Any]) -> tuple[object, ...]:
    error = service.get("last_error") or {}
    return (
        service["name"],
        service["state"],
        service.get("since"),
        service.get("latency_s"),
        error.get("kind"),
        service["url"],
    )
