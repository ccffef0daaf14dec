"""What a run left for its readers: the last lines of what failed, tests, what its steps used, what of it was sent."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from aegis_web.page.words import FAILED, clean_line, describe_tests, kind_of, list_failing, list_slowest
from aegisd.daemon import Daemon

_LINES = 20
_LOGS = 3
_LOG_BYTES = 256 * 1024
_MOST_USERS = 12

Step = Mapping[str, Any]


@frozen(kw_only=True)
class Use:
    """What all attempts of a step used: CPU seconds, the largest memory and what went from and to disks in bytes (None:
    nobody knows), and how many processes had to be killed. `share` is its part of the largest CPU time, in per cent."""

    name: str
    cpu_s: float | None
    memory: int | None
    read: int | None
    written: int | None
    killed: int
    share: float


@frozen(kw_only=True)
class Tests:
    """The test reports of a step: the counts in words, a line for each failing test, and the slowest."""

    step: str
    kind: str
    words: str
    failing: tuple[str, ...]
    slowest: tuple[str, ...]


async def read_failures(daemon: Daemon, run: int, steps: Sequence[Step]) -> list[tuple[str, list[str]]]:
    """The last lines of the first steps that failed."""
    failed = [step["name"] for step in steps if step["state"] == "finished" and kind_of(step) in FAILED]
    return [(name, await read_last_lines(daemon, run, name)) for name in failed[:_LOGS]]


async def read_last_lines(daemon: Daemon, run: int, step: str) -> list[str]:
    """The last lines that a step wrote, without what moves cursors or colours."""
    stream = await daemon.open_logs(run, steps=[step], attempt=0, follow=False, lines=_LINES)
    data = b""
    while len(data) < _LOG_BYTES and (piece := await stream.read()) is not None:
        data += piece.data
    return [clean_line(line) for line in data.splitlines()[-_LINES:]]


def list_tests(steps: Sequence[Step]) -> list[Tests]:
    """The steps that have test reports, in the words of `aegisctl`."""
    return [
        Tests(
            step=step["name"],
            kind=kind_of(step),
            words=words,
            failing=tuple(list_failing(step)),
            slowest=tuple(line.strip() for line in list_slowest(step)),
        )
        for step in steps
        if (words := describe_tests(step))
    ]


def list_uses(steps: Sequence[Step]) -> list[Use]:
    """What the steps used, those with the most CPU time first, at most twelve."""
    found = [_add_up(step) for step in steps if any(attempt.get("usage") for attempt in step["attempts"])]
    found.sort(key=lambda row: (-(row["cpu_s"] or 0.0), row["name"]))
    most = max((row["cpu_s"] or 0.0 for row in found), default=0.0) or 1.0
    return [Use(**row, share=round(100 * (row["cpu_s"] or 0.0) / most, 1)) for row in found[:_MOST_USERS]]


def _add_up(step: Step) -> dict[str, Any]:
    usages = [attempt["usage"] for attempt in step["attempts"] if attempt.get("usage")]
    cpus = [_add(usage.get("user_s"), usage.get("system_s")) for usage in usages]
    return {
        "name": step["name"],
        "cpu_s": _add(*cpus),
        "memory": max((usage["memory_bytes"] for usage in usages if usage.get("memory_bytes")), default=None),
        "read": _add(*(usage.get("read_bytes") for usage in usages)),
        "written": _add(*(usage.get("written_bytes") for usage in usages)),
        "killed": sum(attempt["receipt"]["killed"] for attempt in step["attempts"] if attempt.get("receipt")),
    }


def _add(*values: Any) -> Any:
    """The sum of what is known; None when nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
