"""What the rows of the table share: a measured line, its median, what is said of it, and the page they are written to.

A ratio is made of two measurements of the same round, taken right after each other: what else the host does slows both.
"""

import os
import platform
import statistics
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from attrs import frozen

from aegisd import __version__


@frozen(kw_only=True)
class Effort:
    """How much is measured: `rounds` of each row, and `share` of the work that the table names (1.0: all of it)."""

    rounds: int = 5
    share: float = 1.0

    def part(self, count: int) -> int:
        """`count`, or the share of it that is done."""
        return max(1, round(count * self.share))


@frozen(kw_only=True)
class Line:
    """A line of the table: a value for each round, in `unit`; `limit` says in words what it stands beside.

    `target` None: told for comparison only. `skipped` says why there are no values.
    """

    work: str
    values: Sequence[float] = ()
    unit: str = ""
    target: float | None = None
    is_rate: bool = False
    limit: str = ""
    skipped: str = ""

    @property
    def median(self) -> float:
        """The middle one of the rounds."""
        return statistics.median(self.values)

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None when there is none, or nothing was measured."""
        if self.target is None or self.skipped:
            return None
        return self.median >= self.target if self.is_rate else self.median <= self.target


Measure = Callable[[Effort], Iterator[Line]]


def pair(rounds: int, limit: Callable[[], float], work: Callable[[], float]) -> tuple[list[float], list[float]]:
    """`rounds` times the limit, the work and the limit again: the ratios, and the seconds of the work."""
    ratios, spent = [], []
    for _ in range(rounds):
        before = limit()
        spent.append(work())
        ratios.append(spent[-1] / ((before + limit()) / 2))
    return ratios, spent


def show_value(value: float, unit: str) -> str:
    """`1.43 x`, `21,400 /s`, `48.1 MiB`."""
    text = f"{value:,.0f}" if value >= 1000 else f"{value:.3g}" if value < 1 else f"{value:.4g}"
    return f"{text} {unit}"


def show_cells(line: Line) -> tuple[str, str, str, str]:
    """Work, measured, target, beside."""
    if line.skipped:
        return line.work, "-", _show_target(line), f"not measured: {line.skipped}"
    verdict = {True: " (met)", False: " (MISSED)", None: ""}[line.is_met]
    return line.work, show_value(line.median, line.unit), _show_target(line) + verdict, line.limit


def _show_target(line: Line) -> str:
    if line.target is None:
        return "-"
    return f"{'≥' if line.is_rate else '≤'} {show_value(line.target, line.unit)}"


def describe_machine() -> str:
    """`2 x Intel Xeon ..., 7.8 GiB, Linux 6.1, Python 3.11.2, load 0.3`: what the numbers were taken on."""
    words = [
        f"{os.cpu_count()} x {_find_cpu()}",
        f"{_total_gib():.1f} GiB",
        f"Linux {platform.release().partition('-')[0]}",
    ]
    words += [f"Python {platform.python_version()}", f"load {os.getloadavg()[0]:.1f} at the start"]
    return ", ".join(words)


def _find_cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return " ".join(line.partition(":")[2].split())
    return platform.machine()


def _total_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3


def render_page(lines: Sequence[Line], *, machine: str, effort: Effort, now: datetime) -> str:
    """docs/reference/performance.md."""
    rows = "".join(f"| {' | '.join(show_cells(line))} |\n" for line in lines)
    whole = "" if effort == Effort() else f" Made with {effort.rounds} rounds of {effort.share:.0%} of the work."
    return (
        "# Performance\n\n"
        "`make bench` writes this page, on a host that does nothing else. Each number is the median of its rounds.\n"
        "A ratio (x) stands beside the limit that was measured in the same round, so that machines can be compared.\n"
        "`make bench ARGS='--only idle'` measures one row and writes nothing; other scripts of `tests/bench` ask\n"
        "closer questions (`make bench-all`).\n\n"
        f"aegis {__version__}, measured {now:%Y-%m-%d} on {machine}.{whole}\n\n"
        f"| work | measured | target | beside |\n|---|---|---|---|\n{rows}\n"
        "Where the time and the memory go, and what was done about them: "
        "[How aegis is built](../explanation/architecture.md#speed).\n"
    )
