"""Watching one run to its end: events, output, keys, signals and the clock in one loop that never waits for long."""

from __future__ import annotations

import time

from aegisctl.ctrl_c import MENU, CtrlC
from aegisctl.failure import Failure, Leave
from aegisctl.follow import Follower, wait_readable
from aegisctl.interrupts import Interrupts
from aegisctl.keyboard import Keyboard
from aegisctl.report_words import list_failing
from aegisctl.run_view import has_failed
from aegisd.wire.errors import EXIT_CANCELLED, EXIT_SIGINT, CallError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.client import Client
    from aegisctl.display import Display
    from aegisctl.follow import Item
    from aegisctl.run_output import FailedOutput, LiveOutput
    from aegisctl.run_view import RunView

_QUEUE_S = 2.0  # how often the place in the queue is asked for


class Session:
    """One run being watched. `run` returns when the run has ended, or raises Leave."""

    def __init__(
        self,
        *,
        client: Client,
        view: RunView,
        display: Display,
        mode: str,
        wait_limit_s: float | None = None,
        failed_output: FailedOutput | None = None,
        live_output: LiveOutput | None = None,
    ) -> None:
        self._client = client
        self._view = view
        self._display = display
        self._ctrl_c = CtrlC(mode)
        self._keyboard = Keyboard()
        self._deadline = None if wait_limit_s is None else time.monotonic() + wait_limit_s
        self._limit_s = wait_limit_s
        self._failed_output = failed_output
        self._live_output = live_output
        self._queue_at = time.monotonic() + _QUEUE_S
        self._note = None if mode == "leave" else self._goes_on()

    def run(self) -> None:
        """Follow the run to its end."""
        follower = Follower(self._client, {"run": self._view.id, "follow": True}, utc=self._display.output.utc)
        with Interrupts(self._ctrl_c, leave_note=self._note) as interrupts:
            try:
                while not self._step(follower, interrupts):
                    self._wait(follower, interrupts)
                self._drain_output()
            finally:
                self._keyboard.close()
                self._display.close()
                follower.close()
        if self._view.end is None:
            self._view.finish(self._client.call("GetRun", run=self._view.id)["detail"]["run"])

    def _step(self, follower: Follower, interrupts: Interrupts) -> bool:
        """Take all that has come; True once the run has ended."""
        now = time.monotonic()
        self._interrupted(interrupts, now)
        for item in follower.advance():
            self._take(item)
        if self._live_output is not None:
            self._live_output.show_to(self._display)
        if self._view.end is not None or follower.ended:
            return True
        self._check_clock(now)
        changed = interrupts.take_repaint()
        if changed == "continue":
            self._display.forget()
            if self._ctrl_c.state == MENU:
                self._keyboard.open()
        self._display.tick(now, repaint=bool(changed))
        return False

    def _wait(self, follower: Follower, interrupts: Interrupts) -> None:
        now = time.monotonic()
        limits = [follower.wait_s(), self._display.wait_s(now), self._ctrl_c.wait_s(now)]
        limits.append(None if self._deadline is None else max(0.0, self._deadline - now))
        limits.append(max(0.0, self._queue_at - now) if self._view.kind == "pending" else None)
        known = [limit for limit in limits if limit is not None]
        output = -1 if self._live_output is None else self._live_output.fileno()
        descriptors = [follower.fileno(), interrupts.fileno(), self._keyboard.fileno(), output]
        ready = wait_readable(descriptors, min(known) if known else None)
        if self._keyboard.fileno() in ready:
            for key in self._keyboard.read():
                self._act(self._ctrl_c.on_key(key, time.monotonic()))

    def _take(self, item: Item) -> None:
        if item.kind == "gap":
            self._display.show_gap(item.data, item.text)
        elif item.kind != "event":
            self._display.show_notice(item.text)
            if item.kind == "back" and self._live_output is not None:
                self._live_output.resume()
        else:
            self._view.apply(item.data)
            self._display.show_event(item.data)
            failing = list_failing(item.data.get("data") or {}) if item.data["type"] == "step.completed" else []
            if failing:
                self._display.show_output(str(item.data.get("step")), failing)
            if self._failed_output is not None and has_failed(item.data):
                self._failed_output.show_to(self._display, str(item.data.get("step")))

    def _interrupted(self, interrupts: Interrupts, now: float) -> None:
        for _ in range(interrupts.take_presses()):
            self._act(self._ctrl_c.on_signal(now))
        self._act(self._ctrl_c.on_time(now))

    def _act(self, action: str | None) -> None:
        match action:
            case "ask":
                keys = "c cancel · d detach · Enter keep watching\n" if self._keyboard.open() else ""
                self._display.show_notice(f"Run #{self._view.id} goes on.  {keys}  (Ctrl-C again cancels)")
            case "keep":
                self._keyboard.close()
            case "cancel":
                self._keyboard.close()
                self._cancel()
            case "detach" | "leave":
                raise Leave(EXIT_SIGINT, self._note)
            case "give-up":
                note = f"#{self._view.id} has not ended within 10 s; its cancellation goes on in the daemon"
                raise Leave(EXIT_CANCELLED, note)

    def _cancel(self) -> None:
        try:
            self._client.call("CancelRun", run=self._view.id)
        except (CallError, Failure) as error:
            self._display.show_notice(f"aegisctl: {error.message}")

    def _check_clock(self, now: float) -> None:
        if self._deadline is not None and now >= self._deadline:
            message = f"run #{self._view.id} has not ended within {self._limit_s:g} s; it goes on"
            raise Failure("client-timeout", message, hint=f"again: aegisctl watch {self._view.id}")
        if self._view.kind == "pending" and now >= self._queue_at:
            self._queue_at = now + _QUEUE_S
            self._ask_for_place()

    def _ask_for_place(self) -> None:
        try:
            run = self._client.call("GetRun", run=self._view.id)["detail"]["run"]
        except (CallError, Failure):
            return
        self._view.ahead = run.get("ahead")

    def _drain_output(self) -> None:
        if self._live_output is not None:
            self._live_output.show_rest_to(self._display)

    def _goes_on(self) -> str:
        return f"Run #{self._view.id} goes on.  again: aegisctl watch {self._view.id}"
