"""How the processes of attempts are held together, so that all of them can be ended: what a strategy has to offer.

`Containment` is opened once with aegisd (`opening.py`), `Held` is one attempt in it. How an attempt ends is the same
for all (`ending.py`). Under keepers (`keepers.py`) programs outlive aegisd, and the next one takes their `Held` over.
"""

import signal
from typing import Protocol

from aegisd.core.confinement import Confinement, Usage
from aegisd.executors.command import Command

LIMITS = ("memory", "cpus", "pids")
"""The fields of `Confinement` that need a strategy's help."""


class Held(Protocol):
    """One attempt: its main process and all that this started. Used by one task at a time, and closed by it."""

    @property
    def pid(self) -> int:
        """Of the main process."""

    @property
    def status(self) -> int | None:
        """How the main process ended, as wait(2) tells it; None while it has not, or when nobody knows."""

    async def wait(self) -> None:
        """Until the main process has ended. Raises SpawnError when its end cannot be known any more."""

    async def wait_empty(self) -> None:
        """Until nothing of the attempt is left."""

    def is_empty(self) -> bool:
        """Whether nothing of the attempt is left, as the kernel says at this moment."""

    def terminate(self) -> None:
        """SIGTERM to all that have not been told yet as the programs they are: the main process first, parents before
        their children."""

    def kill(self) -> None:
        """SIGKILL to all. What is born meanwhile needs another call."""

    @property
    def killed(self) -> int:
        """How many processes `kill` has met so far."""

    async def list_left(self) -> tuple[int, ...]:
        """The pids of what is left."""

    async def close(self) -> tuple[Usage, str | None]:
        """Let go of the attempt: what it used, and a remark when a limit ended it. Call it once, shielded."""

    def detach(self) -> bool:
        """Let go of the attempt so that it goes on without aegisd, instead of `close`; False where it cannot."""


class Containment(Protocol):
    """A strategy in force."""

    @property
    def name(self) -> str:
        """As in `[daemon] containment`."""

    @property
    def limits(self) -> frozenset[str]:
        """Those of `LIMITS` that it can honour on this host."""

    async def start(self, command: Command) -> Held:
        """Start `command` as an attempt of its own. Raises SpawnError. Call it shielded: it takes milliseconds."""


def explain_unlimited(confinement: Confinement, limits: frozenset[str], strategy: str) -> str | None:
    """Why an attempt cannot be kept within `confinement`; None when it can. No limit is passed over in silence."""
    for name in LIMITS:
        if getattr(confinement, name) is not None and name not in limits:
            return f"`{name}` cannot be limited on this host (containment by {strategy})"
    return None


def name_signal(number: int) -> str:
    """`SIGTERM`; real-time signals have numbers only."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
