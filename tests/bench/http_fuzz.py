"""Twenty thousand hostile requests at the HTTP server.

Target: not one defect in its log, not one task that stays.
"""

import logging
import sys
import time
from pathlib import Path

import trio

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[2] / "web"))

from aegis_web.limits import Limits
from tests.web.fuzz import bombard
from tests.web.kit import open_server

COUNT = 20_000
_PATIENCE_S = 20


class _Defects(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if "broke aegisd's code" not in record.getMessage():  # /broken, which is there to break
            self.found.append(record.getMessage())


async def _measure(seed: int) -> int:
    async with open_server(Limits(linger_s=0.2, idle_s=0.5)) as address:
        before, began = trio.lowlevel.current_statistics().tasks_living, time.monotonic()
        await bombard(address, count=COUNT, seed=seed)
        print(f"{COUNT} hostile requests in {time.monotonic() - began:.1f} s, seed {seed}")
        with trio.move_on_after(_PATIENCE_S):
            while trio.lowlevel.current_statistics().tasks_living > before:  # noqa: ASYNC110
                await trio.sleep(0.1)
        return trio.lowlevel.current_statistics().tasks_living - before


def main() -> int:
    """0 when nothing was found."""
    defects = _Defects()
    logging.getLogger().addHandler(defects)
    left = trio.run(_measure, int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(f"tasks left: {left} (target 0), defects: {len(defects.found)} (target 0)")
    for message in dict.fromkeys(defects.found):
        print(f"  {message}")
    return 1 if left or defects.found else 0


if __name__ == "__main__":
    sys.exit(main())
