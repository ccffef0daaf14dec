"""Requests a second over HTTP, and how long the slowest percent takes, beside a constant answer of the same app.

Targets, with 10,000 runs in the history: each at least 0.4 of the constant, and the overview for a single reader at
most 15 ms in the median, with a new run before each look, so that no answer can be given twice.
`http_api.py [RUNS [FOLDER]]`: the history in FOLDER is used again.
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
SECONDS = 2.0
ROUNDS = 3
LOOKS = 40
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
    "/api/v1/workflows",
    "/",
    "/metrics",
    "/cc.xml",
    "/badge/w3.svg",
    "/feed.json?limit=20",
)
OVERVIEW = "/"
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Client:
    """A connection, made again when the server has had enough of it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = self._connect()

    def ask(self, path: str) -> None:
        """One request, answered with 200."""
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._receive()
        head, _, body = data.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        found = _LENGTH.search(head)
        assert found is not None
        left = int(found[1]) - len(body)
        while left > 0:
            left -= len(self._receive())
        if b"connection: close" in head.lower():
            self._socket.close()
            self._socket = self._connect()

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _receive(self) -> bytes:
        data = self._socket.recv(1 << 20)
        assert data, "the server closed the connection in an answer"
        return data


def _load(port: int, path: str) -> tuple[float, float]:
    """Requests a second of all clients, and the 99th percentile in milliseconds."""
    times: list[float] = []

    def run() -> None:
        client = Client(port)
        end = time.perf_counter() + SECONDS
        while (begun := time.perf_counter()) < end:
            client.ask(path)
            times.append(time.perf_counter() - begun)

    threads = [threading.Thread(target=run) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(times) / SECONDS, statistics.quantiles(times, n=100)[98] * 1000


def _look(host: Host, port: int, path: str) -> float:
    """The median milliseconds of one reader, with a new run before each look."""
    times, client = [], Client(port)
    for place in range(LOOKS):
        host.finish(host.run(f"w{place % 10}"))
        begun = time.perf_counter()
        client.ask(path)
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000


def _fill(host: Host) -> None:
    found = host.call("ListRuns", limit=1)["runs"]
    for index in range(found[0]["id"] if found else 0, RUNS):
        host.run(f"w{index % 10}")
    active = ["pending", "executing", "finalizing"]
    host.wait_until(lambda: not host.call("ListRuns", states=active)["runs"], 600)


def main() -> None:
    """Print what was measured beside its target."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[2] if len(sys.argv) > 2 else temporary)
        folder.mkdir(exist_ok=True)
        folder.joinpath("aegisd.log").unlink(missing_ok=True)
        daemon = 'runs = 8\nkeep = { runs = 1000000 }\nsynchronous = "normal"'
        host = Host(folder, CONFIG, daemon=daemon, bind='["127.0.0.1:0"]')
        host.start()
        try:
            _fill(host)
            port = int(host.wait_until(lambda: re.search(r"HTTP on http://[\d.]+:(\d+)", host.log.read_text()))[1])
            rounds = [{path: _load(port, path) for path in (CONSTANT, *PATHS)} for _ in range(ROUNDS)]
            median = _look(host, port, OVERVIEW)
        finally:
            host.stop()
    for path in (CONSTANT, *PATHS):
        rate = statistics.median(each[path][0] for each in rounds)
        slow = statistics.median(each[path][1] for each in rounds)
        share = statistics.median(each[path][0] / each[CONSTANT][0] for each in rounds)
        target = "" if path == CONSTANT else f"   {share:4.2f} of the constant (target 0.4)"
        print(f"{path:36} {rate:7.0f} req/s   p99 {slow:6.1f} ms{target}")
    print(f"{OVERVIEW:36} {median:7.1f} ms for one reader after a change (target 15)")


if __name__ == "__main__":
    main()
