"""The page of a run of a thousand steps: how long its rows take, and how large it is, compressed.

Targets: rows in 100 ms, page in 150 KiB.
"""

import http.client
import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[2] / "web"))

from aegis_web.page.waterfall import Scale, Waterfall, draw_waterfall
from aegisd.core.codec import decode_event
from aegisd.core.plan import plan_steps
from aegisd.core.spans import find_spans
from tests.behaviour.host import Host
from tests.core.graphs import make_step

STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
ROUNDS = 20
LAYER = 10
ROWS_MS = 100
PAGE_KIB = 150


def find_needs(number: int) -> tuple[str, ...]:
    """All ten of the layer before."""
    first = number // LAYER * LAYER - LAYER
    return tuple(f"s{other}" for other in range(first, first + LAYER)) if first >= 0 else ()


def make_config() -> str:
    """One workflow of `STEPS` steps, of which the last fails and is tried again."""
    steps = [
        f'[[workflows.large.steps]]\nname = "s{number}"\nrun = "exit {int(number == STEPS - 1)}"\n'
        f'needs = {json.dumps(find_needs(number))}\nretries = 1\nretry_delay = "100ms"\n'
        for number in range(STEPS)
    ]
    return "[workflows.large]\n" + "".join(steps)


def measure(work: Callable[[], object]) -> list[float]:
    """Milliseconds of each round."""
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        times.append((time.perf_counter() - begun) * 1000)
    return times


def make_rows(host: Host, run: int) -> Callable[[], Waterfall]:
    """What draws the rows of `run`."""
    steps = host.show(run)["steps"]
    history = [decode_event(json.dumps(event)) for event in host.events(run=run, last=100_000)]
    plan = plan_steps(tuple(make_step(f"s{number}", needs=find_needs(number)) for number in range(STEPS)))
    scale = Scale(now_s=60.0, whole_s=60.0, is_over=True)
    return lambda: draw_waterfall(steps, plan, find_spans(history), scale)


def fetch(port: int, path: str) -> bytes:
    """The page as it is sent."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers={"Accept-Encoding": "gzip", "Accept": "text/html", "Host": "localhost"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 200, body
    return body


def main() -> None:
    """Print what was measured beside its target; exit 1 where one is missed."""
    with tempfile.TemporaryDirectory() as folder:
        host = Host(Path(folder), make_config(), bind='["127.0.0.1:0"]')
        host.start()
        try:
            run = host.run("large")
            host.finish(run)
            rows = measure(make_rows(host, run))
            port = int(host.wait_until(lambda: re.search(r"HTTP on http://[\d.]+:(\d+)", host.log.read_text()))[1])
            size = len(fetch(port, f"/runs/{run}"))
            page = measure(lambda: fetch(port, f"/runs/{run}"))
        finally:
            host.stop()
    print(f"rows of {STEPS} steps    p50 {statistics.median(rows):6.1f} ms   target {ROWS_MS} ms")
    print(f"page over HTTP       p50 {statistics.median(page):6.1f} ms")
    print(f"page, compressed     {size / 1024:10.1f} KiB  target {PAGE_KIB} KiB")
    sys.exit(statistics.median(rows) > ROWS_MS or size > PAGE_KIB * 1024)


if __name__ == "__main__":
    main()
