"""`make bench`: the table of what aegis promises to be, measured on this host, and the page with it.

`--only NAME` measures one row and writes no page; `--rounds` and `--share` measure less. Exit status 1: a target was
missed.
"""

import argparse
import functools
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.frame import Effort, Line, Measure, describe_machine, render_page, show_cells
from tests.bench.rows import client, executing, idle, many_runs, noop, parallel, readers, sequential, start

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "performance.md"
ROWS: dict[str, Measure] = {
    "sequential": sequential.measure,
    "many-runs": many_runs.measure,
    "noop": noop.measure,
    "parallel": parallel.measure,
    "readers": readers.measure,
    "client": client.measure,
    "start": start.measure,
    "idle": idle.measure,
    "executing": executing.measure,
}


def main() -> int:
    """Measure and print; the page is written when all rows were measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=ROWS, help="this row (more than once for several)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--share", type=float, default=1.0, help="of the work of each row (default: %(default)s)")
    options = parser.parse_args()
    effort, machine = Effort(rounds=options.rounds, share=options.share), describe_machine()
    print(machine, flush=True)
    lines = list(_measure_all(options.only or list(ROWS), effort))
    if not options.only:
        PAGE.write_text(render_page(lines, machine=machine, effort=effort, now=datetime.now(UTC)))
        print(f"wrote {PAGE.relative_to(PAGE.parents[2])}")
    return 1 if any(line.is_met is False for line in lines) else 0


def _measure_all(names: list[str], effort: Effort) -> Iterator[Line]:
    say = functools.partial(print, flush=True)
    for name in names:
        for line in ROWS[name](effort):
            work, measured, target, beside = show_cells(line)
            say(f"{work:58} {measured:>12}  {target:24} {beside}")
            yield line


if __name__ == "__main__":
    sys.exit(main())
