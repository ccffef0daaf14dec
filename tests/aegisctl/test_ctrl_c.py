"""The table of Ctrl-C, row by row, without signals or terminals."""

import pytest

from aegisctl.ctrl_c import CANCEL_WAIT_S, MENU_S, CtrlC


def test_on_a_terminal_it_asks_then_cancels_then_leaves() -> None:
    """First a menu, then the cancellation, then out."""
    ctrl_c = CtrlC("ask")
    assert ctrl_c.presses_to_leave == 3
    assert ctrl_c.on_signal(0.0) == "ask"
    assert ctrl_c.presses_to_leave == 2
    assert ctrl_c.on_signal(1.0) == "cancel"
    assert ctrl_c.presses_to_leave == 1
    assert ctrl_c.on_signal(2.0) == "leave"


@pytest.mark.parametrize(
    ("key", "action"), [("c", "cancel"), ("d", "detach"), ("\n", "keep"), ("\r", "keep"), ("x", None)]
)
def test_the_menu_has_three_keys(key: str, action: str | None) -> None:
    """Key c cancels, d detaches, Enter goes back to watching, anything else is nothing."""
    ctrl_c = CtrlC("ask")
    ctrl_c.on_signal(0.0)
    assert ctrl_c.on_key(key, 1.0) == action


def test_keys_outside_the_menu_do_nothing() -> None:
    """A `c` typed before or after the menu cancels nothing."""
    ctrl_c = CtrlC("ask")
    assert ctrl_c.on_key("c", 0.0) is None
    ctrl_c.on_signal(0.0)
    ctrl_c.on_key("\n", 1.0)
    assert ctrl_c.on_key("c", 2.0) is None
    assert ctrl_c.on_signal(3.0) == "ask"


def test_the_menu_detaches_when_nobody_answers() -> None:
    """After 8 s, not before."""
    ctrl_c = CtrlC("ask")
    ctrl_c.on_signal(100.0)
    assert ctrl_c.on_time(100.0 + MENU_S - 0.1) is None
    assert ctrl_c.wait_s(100.0 + MENU_S - 1) == pytest.approx(1.0)
    assert ctrl_c.on_time(100.0 + MENU_S) == "detach"


def test_in_a_pipe_it_cancels_and_waits_for_ten_seconds() -> None:
    """A cancelled CI job leaves no work behind, and does not hang either."""
    ctrl_c = CtrlC("cancel")
    assert ctrl_c.presses_to_leave == 2
    assert ctrl_c.on_signal(0.0) == "cancel"
    assert ctrl_c.on_time(CANCEL_WAIT_S - 0.1) is None
    assert ctrl_c.on_time(CANCEL_WAIT_S) == "give-up"


def test_detach_and_leave_at_the_first_press() -> None:
    """`--on-interrupt detach` and `watch` never cancel."""
    for mode, action in (("detach", "detach"), ("leave", "leave")):
        ctrl_c = CtrlC(mode)
        assert ctrl_c.presses_to_leave == 1
        assert ctrl_c.on_signal(0.0) == action


def test_no_clock_runs_while_nothing_is_asked() -> None:
    """Only the menu and the wait for the end have a time limit."""
    assert CtrlC("ask").wait_s(0.0) is None
    assert CtrlC("ask").on_time(1e9) is None
