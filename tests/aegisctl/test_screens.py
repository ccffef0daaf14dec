"""Golden screens that are made from an answer and a time: wide, narrow, coloured, plain, and in a pipe."""

import fcntl
import os
import pty
import struct
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from aegisctl.event_lines import format_event
from aegisctl.history_screen import format_history
from aegisctl.plan_screen import format_plan
from aegisctl.show_screen import format_run, format_step
from aegisctl.status_screen import format_status, format_summary, format_workflows
from aegisctl.terminal import Terminal
from aegisctl.trigger_screen import format_triggers
from aegisctl.webhook_screen import format_attempt, format_deliveries, format_delivery, format_webhooks
from tests.aegisctl import samples
from tests.aegisctl.golden import check_golden

# variant -> columns (None: a pipe), environment, --color, --plain
VARIANTS = {
    "80": (80, {}, "never", False),
    "40": (40, {}, "never", False),
    "color": (80, {}, "auto", False),
    "no-color": (80, {"NO_COLOR": "1"}, "auto", False),
    "plain": (80, {}, "never", True),
    "dumb": (80, {"TERM": "dumb"}, "auto", False),
    "c-locale": (80, {"LANG": "C"}, "never", False),
    "pipe": (None, {}, "auto", False),
}
HISTORY = [
    samples.run(),
    samples.run(id=841, result="success", failed_steps=[], duration_s=24.1, created_at=samples.stamp(-3 * 3600)),
    samples.run(id=838, result="cancellation", note="typo", failed_steps=[], created_at=samples.stamp(-4 * 3600)),
    samples.run(
        id=836,
        result="error",
        reason="no space left in /var/lib/aegis\x1b[2J",
        failed_steps=[],
        trigger={"kind": "timer", "name": "nightly", "by": None},
        created_at=samples.stamp(-86400),
    ),
]
PLAN = {
    "workflow": "quality",
    "description": "",
    "origin": "/etc/aegis/aegis.toml:1",
    "timeout_s": 1800.0,
    "max_concurrent": 1,
    "on_busy": "queue",
    "params": {"target": "main"},
    "env": ["CI", "UV_CACHE_DIR"],
}


def _plan_step(name: str, group: int, line: int, **changes: object) -> dict[str, object]:
    known = {"index": 0, "type": "command", "phase": None, "needs": [], "retry_delay_s": 1.0}
    plain = {"command": f"run {name} --with a --long command", "condition": "on_success", "retries": 0}
    ends = {"timeout_s": None, "allow_failure": False, "origin": f"/etc/aegis/aegis.toml:{line}"}
    return {**known, **plain, **ends, "name": name, "group": group, **changes}


STEPS = [
    _plan_step("fast-hooks", 0, 5, timeout_s=120.0),
    _plan_step("tests-3.11", 1, 8, retries=1),
    _plan_step("tests-3.13", 1, 11, retries=1, allow_failure=True),
    _plan_step("report", 2, 14, condition="always"),
]


def status(terminal: Terminal) -> list[str]:
    """`aegisctl status`."""
    return format_status(samples.status(), terminal=terminal, now=samples.NOW, utc=True)


def workflows(terminal: Terminal) -> list[str]:
    """`aegisctl workflows`."""
    rows = samples.status()["workflows"]
    return format_workflows(rows, terminal=terminal, now=samples.NOW, utc=True, with_origin=True)


def history(terminal: Terminal) -> list[str]:
    """`aegisctl history quality`."""
    return format_history(HISTORY, terminal=terminal, now=samples.NOW, with_workflow=False)


def show(terminal: Terminal) -> list[str]:
    """`aegisctl show 842`."""
    return format_run(samples.detail(), terminal=terminal, now=samples.NOW, utc=True, env=True)


def show_step(terminal: Terminal) -> list[str]:
    """`aegisctl show 842 tests-3.13`."""
    return format_step(samples.detail()["steps"][3], terminal=terminal, utc=True)


def plan(terminal: Terminal) -> list[str]:
    """`aegisctl plan quality`."""
    width = terminal.size()[0] if terminal.tty else None
    return format_plan({**PLAN, "steps": STEPS}, terminal=terminal, width=width)


def plan_part(terminal: Terminal) -> list[str]:
    """`aegisctl plan quality --only tests-3.11`."""
    width = terminal.size()[0] if terminal.tty else None
    why = "not asked for: only tests-3.11"
    steps = [{**each, "left_out": None if each["name"] == "tests-3.11" else why} for each in STEPS]
    return format_plan({**PLAN, "steps": steps}, terminal=terminal, width=width)


def triggers(terminal: Terminal) -> list[str]:
    """`aegisctl triggers`."""
    return format_triggers(samples.triggers(), terminal=terminal, now=samples.NOW, utc=True)


def events(terminal: Terminal) -> list[str]:
    """`aegisctl tail-events`."""
    rows = [answer["event"] for answer in samples.events()]
    rows.append(samples.event(9, "thing.happened", at=-90, why="a later\nversion")["event"])
    return [format_event(row, terminal=terminal, utc=True) for row in rows]


def webhooks(terminal: Terminal) -> list[str]:
    """`aegisctl webhooks`."""
    rows = [*samples.status()["webhooks"], samples.webhook("old", state="disabled", error="gone", by="dev1\x07")]
    return format_webhooks(rows, terminal=terminal, now=samples.NOW)


def deliveries(terminal: Terminal) -> list[str]:
    """`aegisctl deliveries`, and a line of `-f`."""
    done = {"state": "delivered", "attempts": 1, "next_at": None, "finished_at": samples.stamp(-90)}
    rows = [
        samples.delivery(2291),
        samples.delivery(2290, event="failure.detected", next_at=None, attempts=0, last=None),
        samples.delivery(2289, webhook="ci", last={**samples.delivery(1)["last"], "status": 200}, **done),
        samples.delivery(2288, state="dead", run=None, event="daemon.started", attempts=10, next_at=None),
    ]
    lines = format_deliveries(rows, terminal=terminal, now=samples.NOW)
    return [*lines, *(format_attempt(each, terminal=terminal, utc=True) for each in rows[:1])]


def delivery(terminal: Terminal) -> list[str]:
    """`aegisctl deliveries show`."""
    row = samples.delivery(2291, reason="given\x1b[2J up")
    answer = {"delivery": row, "tries": [row["last"]], "headers": ["webhook-id: msg_1"], "body": '{"a":"\x1b"}'}
    return format_delivery(answer, terminal=terminal, now=samples.NOW)


Screen = Callable[[Terminal], list[str]]
SCREENS: list[Screen] = [
    *(status, workflows, history, show, show_step, plan, plan_part, events, triggers),
    *(webhooks, deliveries, delivery),
]


@contextmanager
def open_terminal(variant: str) -> Iterator[Terminal]:
    """A real stream of that kind."""
    columns, changes, color, plain = VARIANTS[variant]
    environ = {"LANG": "C.UTF-8", "LC_ALL": "", "TERM": "xterm", **changes}
    master, slave = os.pipe() if columns is None else pty.openpty()
    try:
        if columns is not None:
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        yield Terminal(slave, environ=environ, color=color, plain=plain)
    finally:
        os.close(master)
        os.close(slave)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("screen", SCREENS)
def test_screens(screen: Screen, variant: str) -> None:
    """A screen is what its golden file says."""
    with open_terminal(variant) as terminal:
        check_golden(f"{screen.__name__}.{variant}", [terminal.encode(line).decode() for line in screen(terminal)])


@pytest.mark.parametrize("screen", SCREENS)
def test_no_color_changes_nothing_but_colors(screen: Screen) -> None:
    """NO_COLOR keeps the layout (console-rs/indicatif#807)."""
    with open_terminal("80") as without, open_terminal("no-color") as asked:
        assert screen(without) == screen(asked)


@pytest.mark.parametrize("screen", SCREENS)
def test_no_control_characters(screen: Screen) -> None:
    """What the daemon says cannot control the terminal, in a pipe neither."""
    for variant in ("80", "pipe"):
        with open_terminal(variant) as terminal:
            assert [line for line in screen(terminal) if not line.replace("\t", "").isprintable()] == []


def test_the_summary_is_one_line() -> None:
    """The first line of `aegisctl` alone."""
    words = format_summary(samples.status(), now=samples.NOW)
    assert words == "aegisd 1.0.0 on buildhost: running for 3 days, 1 run active, 1 workflow and 1 webhook failing"


@pytest.mark.parametrize(("by", "words"), [("dev1\x1b[2J", r"drained by dev1\x1b[2J"), (None, "stopping")])
def test_no_runs_are_taken(by: str | None, words: str) -> None:
    """Status and summary say that aegisd takes no runs: because it stops, or who drained it."""
    draining = samples.status(draining=True, drained_by=by)
    with open_terminal("80") as terminal:
        head = format_status(draining, terminal=terminal, now=samples.NOW, utc=True)[0]
    assert head.startswith(f"○ aegisd 1.0.0 (pid 812) {words}, takes no new runs; running since ")
    assert f"running for 3 days, {words}, 1 run active" in format_summary(draining, now=samples.NOW)
