"""`aegisctl doctor`: checks of the daemon, its configuration and its host, each with what to do about it."""

from __future__ import annotations

from aegisctl.checks import check, check_access, check_refusal, check_version
from aegisctl.client import open_client
from aegisctl.daemon_program import ask_aegisd
from aegisctl.declare import Flag, Verb
from aegisctl.failure import Failure
from aegisctl.interrupts import leave_on_signals
from aegisctl.text import escape, plural
from aegisd.wire.errors import EXIT_FAILURE, EXIT_OK, CallError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from aegisctl.client import Client
    from aegisctl.declare import Given
    from aegisctl.output import Output
    from aegisctl.terminal import Terminal

_PATIENCE_S = 60.0  # a large store is read from its first page to its last

# level -> (mark, plain mark, style); a colour never stands alone
_MARKS = {"ok": ("✓", "ok  ", "green"), "warning": ("!", "WARN", "yellow"), "problem": ("✗", "FAIL", "red")}

VERB = Verb(
    "doctor",
    group="The service",
    summary="is all well with aegisd and this host, and if not, what to do",
    examples=(
        ("aegisctl doctor", "asks the daemon; without one, looks at the host itself"),
        ("aegisctl doctor --offline --config new.toml", "would a daemon with this configuration be fine here?"),
        ("aegisctl doctor -q", "only what is not well"),
    ),
    flags=(
        Flag("--offline", help="do not ask the daemon; look at the host as an aegisd of yours would see it"),
        Flag("--config", metavar="FILE", help="with --offline: this configuration, instead of the host's"),
    ),
    fields=("checks", "problems", "warnings"),
    text=(
        "Exit 1 when there is a problem; warnings alone are 0. Nothing is changed. A sandbox is tried out, and the "
        "store is read to its end, for up to 20 s."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """The screen, or one document."""
    if given.text("config") is not None and not given.switch("offline"):
        hint = "aegisctl doctor --offline --config FILE"
        raise Failure("usage", "doctor: --config is for --offline", hint=hint)
    leave_on_signals()
    checks = _look_at_host(given) if given.switch("offline") else _ask(open_client(given), given)
    problems = sum(each["level"] == "problem" for each in checks)
    warnings = sum(each["level"] == "warning" for each in checks)
    output.document({"checks": checks, "problems": problems, "warnings": warnings})
    shown = [each for each in checks if each["level"] != "ok"] if output.quiet else checks
    lines = [line for each in shown for line in format_check(each, output.stdout)]
    if not output.quiet or problems or warnings:
        lines.append(_sum_up(problems, warnings))
    if lines:
        output.say("\n".join(lines))
    return EXIT_FAILURE if problems else EXIT_OK


def format_check(found: Mapping[str, Any], terminal: Terminal) -> list[str]:
    """A line with a mark, and below it what to do."""
    mark, plain, style = _MARKS.get(str(found["level"]), _MARKS["warning"])
    head = f"{terminal.paint(plain if terminal.plain else mark, style)} {escape(found['text'])}"
    return [head, *(f"    {escape(line)}" for line in found["fix"])]


def _ask(client: Client, given: Given) -> list[dict[str, Any]]:
    """The checks of the daemon; those of the host as well where there is none."""
    try:
        with client.open("Diagnose") as connection:
            answer = connection.receive(_PATIENCE_S)[0]
    except Failure as failure:
        return [check_refusal(failure), *_look_at_host(given)]
    except CallError as error:
        if not error.name.startswith("org.varlink.service."):
            raise
        return _ask_older(client)
    return [check_version(str(answer["version"])), check_access(client.path), *answer["checks"]]


def _ask_older(client: Client) -> list[dict[str, Any]]:
    """What can be said of a daemon that does not know how to look at itself."""
    version = str(client.call("GetStatus")["version"])
    unknown = check("diagnose", "warning", "this aegisd cannot look at itself yet", ("aegisctl doctor --offline",))
    return [check_version(version), check_access(client.path), unknown]


def _look_at_host(given: Given) -> list[dict[str, Any]]:
    flags = ["--config", str(given.text("config"))] if given.text("config") else []
    found: list[dict[str, Any]] = ask_aegisd("doctor", flags)["checks"]
    return found


def _sum_up(problems: int, warnings: int) -> str:
    parts: Sequence[str] = [
        *([plural(problems, "problem")] if problems else ()),
        *([plural(warnings, "warning")] if warnings else ()),
    ]
    return ", ".join(parts) or "all is well"
