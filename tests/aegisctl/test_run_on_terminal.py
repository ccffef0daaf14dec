"""`run` on a terminal: the live display, the menu of Ctrl-C, and a terminal that is given back as it was."""

import os
import signal
import threading
import time

import pytest

from tests.aegisctl import samples
from tests.aegisctl.conftest import Terminal
from tests.aegisctl.fake_daemon import Conversation, FakeDaemon
from tests.aegisctl.golden import check_golden

MENU = "c cancel"


class Script:
    """A run that goes on until the test (or a cancellation) ends it."""

    def __init__(self, daemon: FakeDaemon) -> None:
        self.result = "success"
        self.cancelled = threading.Event()
        self._over = threading.Event()
        daemon.answers |= {
            "GetRun": {"detail": samples.detail(run=samples.pending_run())},
            "StartRun": {"run": 842},
            "TailEvents": self._tail,
            "CancelRun": self._cancel,
            "ReadLogs": lambda talk: talk.stream(samples.chunk(b"".join(b"line %d\n" % n for n in range(40))), {}),
        }

    def finish(self, result: str) -> None:
        """End the run."""
        self.result = result
        self._over.set()

    def _tail(self, talk: Conversation) -> None:
        talk.stream(*samples.events()[:5], ends=False)
        self._over.wait(20)
        talk.stream(*samples.events()[5:7], ends=False)
        talk.stream(samples.completed(self.result))

    def _cancel(self, talk: Conversation) -> None:
        talk.reply({})
        self.cancelled.set()


@pytest.fixture
def script(daemon: FakeDaemon) -> Script:
    """Run 842 of `quality`, with `tests-3.13` running."""
    return Script(daemon)


@pytest.mark.parametrize("columns", [80, 40])
def test_a_failed_run(on_terminal: Terminal, script: Script, columns: int) -> None:
    """Finished steps stay, the region is gone, the failed step shows its last 20 lines, the verdict comes last."""
    script.finish("failure")
    with on_terminal("run", "quality", columns=columns, NO_COLOR="1") as session:
        assert session.end() == 1
        check_golden(f"run.{columns}", session.screen.lines)


def test_what_runs_is_repainted(on_terminal: Terminal, script: Script) -> None:
    """While a step runs its seconds tick; at the end nothing of that is left on the screen."""
    with on_terminal("run", "quality") as session:
        session.wait_for("tests-3.13")
        session.wait_for("Ctrl-C for options")
        session.wait_for("Ctrl-C for options")
        assert "1/5 steps" in session.screen.lines[-1]
        assert not session.screen.overflowed
        script.finish("success")
        assert session.end() == 0
        assert session.screen.lines[-1] == "✓ quality #842 passed in 0:18"
        assert "Ctrl-C for options" not in "\n".join(session.screen.lines)


@pytest.mark.parametrize("rows", [4, 6])
def test_the_region_fits_a_low_terminal(on_terminal: Terminal, script: Script, rows: int) -> None:
    """The region is never taller than the terminal less two lines."""
    with on_terminal("run", "quality", rows=rows) as session:
        session.wait_for("Ctrl-C for options")
        assert session.text.count("\n") <= 4
        script.finish("success")
        assert session.end() == 0


def test_a_resize_repaints(on_terminal: Terminal, script: Script) -> None:
    """After a resize the region is drawn for the new width."""
    with on_terminal("run", "quality") as session:
        session.wait_for("Ctrl-C for options")
        session.resize(40, 24)
        session.wait_for("…")
        script.finish("success")
        assert session.end() == 0


@pytest.mark.parametrize("changes", [{"AEGIS_ACCESSIBLE": "1"}, {"TERM": "dumb"}])
def test_the_accessible_mode_moves_nothing(on_terminal: Terminal, script: Script, changes: dict[str, str]) -> None:
    """Lines and words, no cursor movement."""
    script.finish("failure")
    with on_terminal("run", "quality", "--color", "never", **changes) as session:
        assert session.end() == 1
        assert "\x1b" not in session.text
        assert "failed    tests-3.13" in session.text
        assert "FAIL quality #842 failed" in session.text


def test_the_menu_cancels(on_terminal: Terminal, script: Script, daemon: FakeDaemon) -> None:
    """Ctrl-C asks, `c` cancels, the display goes on to the end, exit 3."""
    with on_terminal("run", "quality") as session:
        session.wait_for("Ctrl-C for options")
        session.press("\x03")
        session.wait_for(MENU)
        session.press("c")
        assert script.cancelled.wait(5)
        script.finish("cancellation")
        assert session.end() == 3
        assert session.attributes() == session.before
        assert daemon.asked("CancelRun") == [{"run": 842}]


def test_ctrl_c_twice_cancels(on_terminal: Terminal, script: Script) -> None:
    """The second Ctrl-C is the same as `c`."""
    with on_terminal("run", "quality") as session:
        session.wait_for("Ctrl-C for options")
        session.press("\x03")
        session.wait_for(MENU)
        session.press("\x03")
        assert script.cancelled.wait(5)
        script.finish("cancellation")
        assert session.end() == 3


def test_ctrl_c_three_times_leaves_at_once(on_terminal: Terminal, script: Script) -> None:
    """The third leaves while the daemon is still busy; the terminal is as it was."""
    with on_terminal("run", "quality") as session:
        session.wait_for("Ctrl-C for options")
        session.press("\x03")
        session.wait_for(MENU)
        session.press("\x03")
        assert script.cancelled.wait(5)
        pressed = time.monotonic()
        session.press("\x03")
        assert session.end() == 130
        assert time.monotonic() - pressed < 10
        assert "aegisctl watch 842" in session.text
        assert session.attributes() == session.before


def test_the_third_leaves_even_when_the_daemon_hangs(on_terminal: Terminal, script: Script, daemon: FakeDaemon) -> None:
    """Whatever aegisctl waits for."""
    asked = threading.Event()

    def hang(talk: Conversation) -> None:
        asked.set()
        talk.wait_for_end()

    daemon.answers["CancelRun"] = hang
    with on_terminal("run", "quality") as session:
        session.wait_for("Ctrl-C for options")
        session.press("\x03")
        session.wait_for(MENU)
        session.press("\x03")
        assert asked.wait(5)
        session.press("\x03")
        assert session.end() == 130
    assert not script.cancelled.is_set()


def test_the_menu_detaches(on_terminal: Terminal, script: Script) -> None:
    """`d` leaves with 130; nothing is cancelled."""
    with on_terminal("run", "quality") as session:
        session.wait_for("Ctrl-C for options")
        session.press("\x03")
        session.wait_for(MENU)
        session.press("d")
        assert session.end() == 130
        assert "Run #842 goes on." in session.text
        assert session.attributes() == session.before
    assert not script.cancelled.is_set()


def test_enter_keeps_watching(on_terminal: Terminal, script: Script) -> None:
    """Enter closes the menu; the run is watched to its end."""
    with on_terminal("run", "quality") as session:
        session.wait_for("Ctrl-C for options")
        session.press("\x03")
        session.wait_for(MENU)
        session.press("\n")
        script.finish("success")
        assert session.end() == 0
        assert session.attributes() == session.before
    assert not script.cancelled.is_set()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_being_told_to_leave(on_terminal: Terminal, script: Script, number: int, status: int) -> None:
    """SIGTERM and SIGHUP detach, also from the open menu; the terminal is as it was."""
    with on_terminal("run", "quality") as session:
        session.wait_for("Ctrl-C for options")
        session.press("\x03")
        session.wait_for(MENU)
        os.kill(session.process.pid, number)
        assert session.end() == status
        assert session.attributes() == session.before
    assert not script.cancelled.is_set()


def test_watch_leaves_at_the_first_ctrl_c(on_terminal: Terminal, script: Script) -> None:
    """130, and nothing changes."""
    with on_terminal("watch", "842") as session:
        session.wait_for("Ctrl-C leaves")
        session.press("\x03")
        assert session.end() == 130
    assert not script.cancelled.is_set()


def test_stopping_and_going_on(on_terminal: Terminal, script: Script) -> None:
    """After SIGSTOP and SIGCONT the display is painted again, below what stands there."""
    with on_terminal("run", "quality") as session:
        session.wait_for("Ctrl-C for options")
        os.kill(session.process.pid, signal.SIGSTOP)
        os.kill(session.process.pid, signal.SIGCONT)
        session.wait_for("Ctrl-C for options")
        script.finish("success")
        assert session.end() == 0
