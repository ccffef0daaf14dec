"""Requests a second over HTTP, and how long the slowest percent takes, beside a constant answer of the same app.

Target: each at least 0.4 of the constant, with 10,000 runs in the history.
"""

import re
import socket
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.behaviour.host import Host

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
CLIENTS = 4
SECONDS = 3.0
ROUNDS = 3
CONFIG = "".join(
    f"[workflows.w{index}]\nmax_concurrent = 4\n[[workflows.w{index}.steps]]\ntype = 'wait'\nseconds = 0\n"
    for index in range(10)
)
CONSTANT = "/healthz"
PATHS = (
    "/api/events",
    "/api/workflows",
    "/api/history",
    "/api/workflows/w3/history?limit=20",
    "/api/v1/runs",
)
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def _ask(client: socket.socket, request: bytes) -> None:
    client.sendall(request)
    data = b""
    while b"\r\n\r\n" not in data:
        data += client.recv(1 << 20)
    head, _, body = data.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    found = _LENGTH.search(head)
    assert found is not None
    left = int(found[1]) - len(body)
    while left > 0:
        left -= len(client.recv(1 << 20))


def _load(port: int, path: str) -> tuple[float, float]:
    """Requests a second of all clients, and the 99th percentile in milliseconds."""
    times: list[float] = []
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

    def run() -> None:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            end = time.perf_counter() + SECONDS
            while (begun := time.perf_counter()) < end:
                _ask(client, request)
                times.append(time.perf_counter() - begun)

    threads = [threading.Thread(target=run) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(times) / SECONDS, statistics.quantiles(times, n=100)[98] * 1000


def main() -> None:
    """Print what was measured beside its target."""
    with tempfile.TemporaryDirectory() as folder:
        daemon = 'runs = 8\nkeep = { runs = 1000000 }\nsynchronous = "normal"'
        host = Host(Path(folder), CONFIG, daemon=daemon, bind='["127.0.0.1:0"]')
        host.start()
        try:
            for index in range(RUNS):
                host.run(f"w{index % 10}")
            active = ["pending", "executing", "finalizing"]
            host.wait_until(lambda: not host.call("ListRuns", states=active)["runs"], 600)
            port = int(host.wait_until(lambda: re.search(r"HTTP on http://[\d.]+:(\d+)", host.log.read_text()))[1])
            rounds = [{path: _load(port, path) for path in (CONSTANT, *PATHS)} for _ in range(ROUNDS)]
        finally:
            host.stop()
    for path in (CONSTANT, *PATHS):
        rate = statistics.median(each[path][0] for each in rounds)
        slow = statistics.median(each[path][1] for each in rounds)
        share = statistics.median(each[path][0] / each[CONSTANT][0] for each in rounds)
        target = "" if path == CONSTANT else f"   {share:4.2f} of the constant (target 0.4)"
        print(f"{path:36} {rate:7.0f} req/s   p99 {slow:6.1f} ms{target}")


if __name__ == "__main__":
    main()
