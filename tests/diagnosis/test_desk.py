"""Asking for an examination: one at a time, not again within seconds, with rounds of aegisd's own loop."""

from pathlib import Path

import trio

from aegisd.diagnosis.desk import FRESH_S, Diagnosis
from aegisd.diagnosis.finding import Finding, warn
from aegisd.diagnosis.patient import Patient


async def test_one_for_many(tmp_path: Path) -> None:
    """Many who ask at once get one examination, and those who come within seconds the same."""
    asked: list[float] = []

    def describe() -> Patient:
        asked.append(trio.current_time())
        return Patient(
            config=None, config_path=str(tmp_path / "none"), environment={}, wall=lambda: 2e9, boottime=lambda: 1.0
        )

    async def look() -> list[Finding]:
        return [warn("a delivery failed", "renew the token")]

    async def fall() -> list[Finding]:
        raise LookupError("no")  # noqa: EM101 - any exception does

    desk = Diagnosis(describe=describe, rounds=[("broken", fall), ("webhooks", look)])
    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(desk.examine)
    found = await desk.examine()
    assert len(asked) == 1
    assert found[-1] == {
        "check": "webhooks",
        "level": "warning",
        "text": "a delivery failed",
        "fix": ["renew the token"],
    }
    assert found[-2]["text"] == "the check broken could not be made: LookupError: no"
    desk._until -= FRESH_S
    await desk.examine()
    assert len(asked) == 2
