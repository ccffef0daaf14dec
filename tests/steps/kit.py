"""Attempts of real step types on this host: real processes, real logs, the real clock."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import define, field

from aegisd.core.model import Outcome, Step, Trigger, Workflow
from aegisd.engine.attempt import Attempts
from aegisd.engine.environment import inherit
from aegisd.engine.order import RunOrder
from aegisd.engine.tokens import AttemptTokens
from aegisd.executors.local import LocalExecutor
from aegisd.steps import STEP_TYPES
from aegisd.steps.base import Attempting
from aegisd.steps.command import CommandSpec
from aegisd.store.logs import LogStore

RUN = 842


@define(kw_only=True)
class StepBench:
    """Carries attempts of one run out, below `folder`. `attempting` is the last attempt."""

    folder: Path
    environment: Mapping[str, str] = field(factory=lambda: {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"})
    params: Mapping[str, str] = field(factory=dict)
    env: Mapping[str, str] = field(factory=dict)
    grace: float = 0.2
    logs: LogStore = field(init=False)
    attempts: Attempts = field(init=False)
    tokens: AttemptTokens = field(factory=AttemptTokens)
    attempting: Attempting | None = None
    number: int = 0

    def __attrs_post_init__(self) -> None:
        order = RunOrder(
            run=RUN,
            workflow=Workflow(name="quality", env=self.env),
            digest="0123",
            dir=str(self.folder / "workspace"),
            trigger=Trigger(kind="webhook", name="github"),
            params=self.params,
        )
        self.logs = LogStore(self.folder, wall=time.time)
        self.attempts = Attempts(
            order=order,
            step_types=STEP_TYPES,
            executor=LocalExecutor(grace=self.grace),
            logs=self.logs,
            tokens=self.tokens,
            inherited=inherit(self.environment, socket="/run/aegis/control.sock"),
            wall=time.time,
        )

    async def run(self, spec: Any, *, type: str = "command", timeout: float | None = None) -> Outcome:  # noqa: ASYNC109
        """One attempt of a step with `spec`."""
        step = Step(name="unit", type=type, spec=spec, timeout=timeout)
        self.number += 1
        self.attempting = self.attempts.open_attempt(step, index=3, attempt=self.number)
        return await self.attempts.carry_out(step, self.attempting)

    async def shell(self, script: str | tuple[str, ...], *, limit: float | None = None, **keys: Any) -> Outcome:
        """One attempt of a command."""
        return await self.run(CommandSpec(run=script, **keys), timeout=limit)

    def output(self) -> str:
        """What the last attempt has written."""
        path = Path(self.logs.path(RUN, 3, "unit", self.number))
        return path.read_text() if path.exists() else ""

    async def variables(self, **keys: Any) -> dict[str, str]:
        """The environment that a step finds."""
        await self.shell(("env", "-0"), **keys)
        pairs = (line.partition("=") for line in self.output().split("\0") if line)
        return {name: value for name, _, value in pairs}
