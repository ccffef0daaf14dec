"""Where aegisd is asked for an examination: one at a time, and not again within seconds, since it reads the disk."""

import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import trio

from aegisd.config.values import Config
from aegisd.diagnosis.examine import examine, explain_broken, show_finding
from aegisd.diagnosis.finding import Finding
from aegisd.diagnosis.patient import Life, Patient

FRESH_S = 5.0

Round = Callable[[], Awaitable[Iterable[Finding]]]


class Diagnosis:
    """`describe` gives the patient as it is now. `rounds` are further checks by name that need aegisd's own loop, such
    as those of deliveries: each an async function."""

    def __init__(self, *, describe: Callable[[], Patient], rounds: Sequence[tuple[str, Round]] = ()) -> None:
        self._describe = describe
        self._rounds = tuple(rounds)
        self._lock = trio.Lock()
        self._limiter = trio.CapacityLimiter(1)
        self._last: list[dict[str, Any]] = []
        self._until = -math.inf

    async def examine(self) -> list[dict[str, Any]]:
        """`Check`s, at most FRESH_S seconds old."""
        async with self._lock:
            if trio.current_time() >= self._until:
                found = await trio.to_thread.run_sync(examine, self._describe(), limiter=self._limiter)
                for name, look in self._rounds:
                    found += [show_finding(name, finding) for finding in await _make_round(name, look)]
                self._last, self._until = found, trio.current_time() + FRESH_S
            return self._last


async def _make_round(name: str, look: Round) -> list[Finding]:
    try:
        return list(await look())
    except Exception as error:  # noqa: BLE001 - the boundary around a check
        return [explain_broken(name, error)]


def make_diagnosis(
    config: Callable[[], Config],
    *,
    environment: Mapping[str, str],
    wall: Callable[[], float],
    boottime: Callable[[], float],
    containment: str,
    rounds: Sequence[tuple[str, Round]] = (),
) -> Diagnosis:
    """The desk of an aegisd that starts now. `config` gives the configuration in force; clocks are in seconds."""
    life = Life(containment=containment, started_wall=wall(), started_boottime=boottime())

    def describe() -> Patient:
        now = config()
        return Patient(
            config=now, config_path=now.path, environment=environment, wall=wall, boottime=boottime, life=life
        )

    return Diagnosis(describe=describe, rounds=rounds)
