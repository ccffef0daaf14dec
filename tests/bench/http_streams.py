"""What many open streams cost: 500 readers of `/api/v1/stream` while 100 events come each second.

Targets: an event reaches the slowest percent of the readers within 250 ms of its time, and a reader costs at most
100 KiB of aegisd's memory. `http_streams.py [READERS [SECONDS]]`. The readers are one process of their own, which looks
at one reader in ten, so that it is not the readers that are late.
"""

import json
import multiprocessing
import multiprocessing.connection
import re
import selectors
import socket
import statistics
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.behaviour.host import Host

READERS = int(sys.argv[1]) if len(sys.argv) > 1 else 500
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 8.0
EVENTS_A_SECOND = 100
REQUEST = b"GET /api/v1/stream?type=custom.tick HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
_TIME = re.compile(rb'"type":"custom\.tick","time":"([^"]+)"')


def _emit(host: Host) -> int:
    """The events, at their times; how many."""
    begun = time.perf_counter()
    count = 0
    with host.connect() as connection:
        while time.perf_counter() < begun + SECONDS:
            parameters = {"type": "custom.tick", "data": {"n": count}}
            message = {"method": "io.aegisd.Control.EmitEvent", "parameters": parameters}
            connection.sendall(json.dumps(message).encode() + b"\0")
            while b"\0" not in connection.recv(1 << 16):
                pass
            count += 1
            time.sleep(max(0.0, begun + count / EVENTS_A_SECOND - time.perf_counter()))
    return count


def _read(port: int, pipe: multiprocessing.connection.Connection) -> None:
    """All readers: says when they are there, and at the end how many events came and how late some of them did."""
    selector = selectors.DefaultSelector()
    for place in range(READERS):
        client = socket.create_connection(("127.0.0.1", port))
        client.sendall(REQUEST)
        client.recv(1 << 16)
        client.settimeout(0)
        selector.register(client, selectors.EVENT_READ, place)
    pipe.send("open")
    count, delays = 0, []
    while not pipe.poll():
        for key, _ in selector.select(0.05):
            data, now = key.fileobj.recv(1 << 18), time.time()  # type: ignore[union-attr]
            times = _TIME.findall(data)
            count += len(times)
            if key.data % 10 == 0:
                delays += [now - datetime.fromisoformat(each.decode()).timestamp() for each in times]
    pipe.send((count, delays))


def _measure_memory(host: Host) -> int:
    assert host.process is not None
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{host.process.pid}/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def main() -> None:
    """Print what was measured beside its target."""
    with tempfile.TemporaryDirectory() as folder:
        config = f"[web]\nconnections = {READERS * 2}\n"
        host = Host(Path(folder), "", bind=f'["127.0.0.1:0"]\n{config.removeprefix("[web]")}')
        host.start()
        try:
            port = int(host.wait_until(lambda: re.search(r"HTTP on http://[\d.]+:(\d+)", host.log.read_text()))[1])
            before = _measure_memory(host)
            pipe, other = multiprocessing.get_context("spawn").Pipe()
            process = multiprocessing.get_context("spawn").Process(target=_read, args=(port, other))
            process.start()
            assert pipe.recv() == "open"
            opened = _measure_memory(host)
            sent = _emit(host)
            time.sleep(1.0)
            after = _measure_memory(host)
            pipe.send("stop")
            count, delays = pipe.recv()
            process.join()
        finally:
            host.stop()
    cuts = statistics.quantiles(delays, n=100)
    print(f"{READERS} readers, {sent} events in {SECONDS:g} s: {count} of {sent * READERS} arrivals")
    print(f"p50 {cuts[49] * 1000:6.1f} ms   p99 {cuts[98] * 1000:6.1f} ms (target 250)")
    print(f"memory of a reader: {(opened - before) / READERS / 1024:5.1f} KiB when open,", end=" ")
    print(f"{(after - before) / READERS / 1024:5.1f} KiB at the end (target 100)")


if __name__ == "__main__":
    main()
