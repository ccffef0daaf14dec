"""Attempts of real step types on this host: real processes, real logs, the real clock."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import define, field

from aegisd.core.approval import Decision
from aegisd.core.model import Attempt, Outcome, Result, Step, Trigger, Workflow
from aegisd.core.results import End
from aegisd.engine.around import Outside
from aegisd.engine.attempt import Attempts
from aegisd.engine.emitter import Emitter
from aegisd.engine.environment import inherit
from aegisd.engine.open_step import OpenStep
from aegisd.engine.order import RunOrder
from aegisd.engine.tokens import AttemptTokens
from aegisd.executors.local import LocalExecutor
from aegisd.executors.opening import open_containment
from aegisd.steps import STEP_TYPES
from aegisd.steps.base import Attempting
from aegisd.steps.calling import Caller
from aegisd.steps.command import CommandSpec
from aegisd.store.logs import LogStore
from aegisd.store.memory import MemoryStore
from aegisd.timeline.identity import Clock, IdentitySource
from aegisd.timeline.recorder import Recorder
from aegisd.timeline.ring import Ring
from tests.engine.kit import Nowhere

RUN = 842


def quiet_recorder() -> Recorder:
    """A recorder that takes events and is not running."""
    return Recorder(store=MemoryStore(), ring=Ring(size=1), clock=Clock(), new_id=IdentitySource(), last_seq=0)


@define(kw_only=True)
class StepBench:
    """Carries attempts of one run out, below `folder`. `attempting` is the last attempt. `earlier` are the ends of the
    steps before, `caller` the services that it calls, `decision` what a person says; `asked` is what one was asked."""

    folder: Path
    environment: Mapping[str, str] = field(factory=lambda: {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"})
    params: Mapping[str, str] = field(factory=dict)
    env: Mapping[str, str] = field(factory=dict)
    grace: float = 0.2
    earlier: Mapping[str, End] = field(factory=dict)
    caller: Caller | None = None
    decision: Decision | None = None
    asked: list[tuple[str, float | None]] = field(factory=list)
    ended: list[Attempt] = field(factory=list)
    logs: LogStore = field(init=False)
    attempts: Attempts = field(init=False)
    tokens: AttemptTokens = field(factory=AttemptTokens)
    recorder: Recorder = field(factory=quiet_recorder)
    attempting: Attempting | None = None
    number: int = 0

    def __attrs_post_init__(self) -> None:
        order = RunOrder(
            run=RUN,
            workflow=Workflow(
                name="quality",
                env=self.env,
                steps=(
                    *(Step(name=name, type=end.step_type, spec=None) for name, end in self.earlier.items()),
                    Step(name="unit", type="command", spec=None),
                ),
            ),
            digest="0123",
            dir=str(self.folder / "workspace"),
            trigger=Trigger(kind="webhook", name="github"),
            params=self.params,
        )
        self.logs = LogStore(self.folder, wall=time.time)
        self.attempts = Attempts(
            order=order,
            step_types=STEP_TYPES,
            executor=LocalExecutor(containment=Nowhere(), grace=self.grace),
            logs=self.logs,
            tokens=self.tokens,
            emitter=Emitter(recorder=self.recorder),
            inherited=inherit(self.environment, socket="/run/aegis/control.sock"),
            wall=time.time,
            outside=Outside(caller=self.caller, epoch="1a1fd20d7cc"),
            clock=Clock(),
        )
        for index, end in enumerate(self.earlier.values()):
            self.attempts.around.add_end(index, end)

    async def run(self, spec: Any, *, type: str = "command", timeout: float | None = None) -> Outcome:  # noqa: ASYNC109
        """One attempt of a step with `spec`."""
        step = Step(name="unit", type=type, spec=spec, timeout=timeout)
        self.number += 1
        own = OpenStep(index=len(self.earlier), started=1, begun=0.0, attempts=list(self.ended))
        async with open_containment("auto", state_dir=self.folder) as containment:
            self.attempts._executor = LocalExecutor(containment=containment, grace=self.grace)
            self.attempting = self.attempts.open_attempt(step, own, self._ask)
            outcome = await self.attempts.carry_out(step, self.attempting)
        self.ended.append(Attempt(attempt=self.number, result=outcome.result, duration_s=0.0))
        return outcome

    async def _ask(self, _: OpenStep, message: str, limit: float | None) -> Decision:
        self.asked.append((message, limit))
        return self.decision or Decision(result=Result.TIMEOUT, waited_s=limit or 0.0)

    async def shell(self, script: str | tuple[str, ...], *, limit: float | None = None, **keys: Any) -> Outcome:
        """One attempt of a command."""
        return await self.run(CommandSpec(run=script, **keys), timeout=limit)

    def output(self) -> str:
        """What the last attempt has written."""
        path = Path(self.logs.path(RUN, len(self.earlier), "unit", self.number))
        return path.read_text() if path.exists() else ""

    async def variables(self, **keys: Any) -> dict[str, str]:
        """The environment that a step finds."""
        await self.shell(("env", "-0"), **keys)
        pairs = (line.partition("=") for line in self.output().split("\0") if line)
        return {name: value for name, _, value in pairs}
