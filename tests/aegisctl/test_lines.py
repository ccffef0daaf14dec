"""The display in a pipe between events: a sign of life each minute, and the place in the queue when it changes."""

import os
import re
from collections.abc import Callable, Iterator

import pytest

from aegisctl.arguments import parse_words
from aegisctl.commands import load_verb
from aegisctl.lines import LinesDisplay
from aegisctl.output import Output
from aegisctl.run_view import RunView
from aegisctl.terminal import Terminal
from tests.aegisctl import samples

Opened = tuple[RunView, LinesDisplay, Callable[[], str]]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """A view of run 842 while it waits, its display, and what the display has written since the last look."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    terminal = Terminal(writer, environ={"LANG": "C.UTF-8"})
    given = parse_words(load_verb("run")[0], ["quality"])
    output = Output(given, stdout=terminal, stderr=terminal, form="text")
    view = RunView(samples.detail(run=samples.pending_run(ahead=2)))

    def look() -> str:
        try:
            return os.read(reader, 65536).decode()
        except BlockingIOError:
            return ""

    yield view, LinesDisplay(view, output), look
    os.close(reader)
    os.close(writer)


def test_nothing_is_said_before_the_first_event(opened: Opened) -> None:
    """A clock that ticks early does not double the first line."""
    view, display, look = opened
    display.tick(0.0)
    assert look() == ""
    view.apply(samples.events()[0]["event"])
    display.show_event(samples.events()[0]["event"])
    assert look() == "2026-11-21T08:00:31Z queued    quality #842 2 ahead\n"


def test_a_run_that_goes_on_after_a_restart(opened: Opened) -> None:
    """The end of aegisd in the middle of a run is told in two lines: the run goes on, and which step begins anew."""
    view, display, look = opened
    cut = {"attempt": 1, "result": "error", "duration_s": 4.0, "error": "interrupted"}
    resumed = {"type": "workflow.resumed", "time": "2026-11-21T08:00:40.000Z", "data": {"interrupted": ["tests"]}}
    again = {"type": "step.interrupted", "step": "tests", "attempt": 1, "time": resumed["time"], "data": {"cut": cut}}
    for event in (resumed, again):
        view.apply(event)
        display.show_event(event)
    lines = ("resumed   quality #842", "retrying  tests was cut short by the end of aegisd, again")
    assert look() == "".join(f"2026-11-21T08:00:40Z {line}\n" for line in lines)


def test_the_place_in_the_queue_is_said_when_it_changes(opened: Opened) -> None:
    """Once for each change."""
    view, display, look = opened
    display.wait_s(0.0)
    view.ahead = 1
    display.tick(1.0)
    display.tick(2.0)
    assert re.fullmatch(r"\S+Z queued    quality #842 1 ahead\n", look())


def test_a_sign_of_life_each_minute(opened: Opened) -> None:
    """Every running step is named after a minute without news, and again after the next; not earlier."""
    view, display, look = opened
    for answer in samples.events()[1:3]:
        view.apply(answer["event"])
        display.show_event(answer["event"])
    look()
    assert display.wait_s(100.0) == 60.0
    display.tick(159.0)
    assert look() == ""
    display.tick(160.0)
    assert re.fullmatch(r"\S+Z running   fast-hooks \d+s\n", look())
    assert display.wait_s(160.0) == 60.0


def test_what_a_step_waits_for(opened: Opened) -> None:
    """Once for each reason, in the sign of life too, and that it runs, if it had to wait for that."""
    view, display, look = opened
    for answer in samples.events()[1:3]:
        view.apply(answer["event"])
        display.show_event(answer["event"])
    look()
    placed = ("step.placed", {"executor": "farm", "nodes": "n1", "waited_s": 7.5})
    waits = [
        ("step.waiting", {"executor": "farm", "reason": reason}) for reason in ("Priority", "Priority", "Resources")
    ]
    for kind, data in (*waits, placed, placed):
        event = {"type": kind, "step": "fast-hooks", "time": "2026-11-21T08:00:40.000Z", "data": data}
        view.apply(event)
        display.show_event(event)
        if data.get("reason") == "Resources":
            display.tick(1000.0)
            display.wait_s(1000.0)
            display.tick(2000.0)
    said = [line.partition(" ")[2] for line in look().splitlines()]
    assert said[:2] == [f"waiting   fast-hooks: waits at farm: {each}" for each in ("Priority", "Resources")]
    assert re.fullmatch(r"waiting   fast-hooks \d+s at farm: Resources", said[2])
    assert said[3:] == ["running   fast-hooks: on n1 (farm) after 7.5s"]
