"""Durable events per second to 1, 10 and 100 live readers, in this process and over the control socket, and how long
an event takes from its commit to the reader.

Target: at least 20,000 durable events a second to one reader (`synchronous = "full"`). Latency is measured at a tenth
of that: at full speed it would only tell how long the queue is.
"""

import functools
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import trio

sys.path.insert(0, str(Path(__file__).parents[2]))

from aegisd.control.server import serve_control
from aegisd.core.events import StepStarted
from aegisd.core.record import Batch, EventFilter
from aegisd.store.sqlite import SqliteStore, open_store
from aegisd.timeline.identity import Clock, IdentitySource
from aegisd.timeline.recorder import Emission, Recorder
from aegisd.timeline.ring import Ring
from aegisd.timeline.tail import Tail
from tests.control.fake_daemon import FakeDaemon

EVENTS = 100_000
TARGET = 20_000
PACE = 2_000
_CLIENT = """
import socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
connection.sendall(b'{"method":"io.aegisd.Control.TailEvents","more":true,"parameters":{"follow":true,"last":0}}\\0')
print("ready", flush=True)
left = int(sys.argv[2])
while left > 0:
    left -= connection.recv(1 << 18).count(b"\\0")
"""


class _Committed:
    """The store, which notes when each commit has ended."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self.ends: list[tuple[int, float]] = []

    async def commit(self, batch: Batch) -> None:
        """Write `batch`."""
        await self._store.commit(batch)
        self.ends.append((batch.records[-1].seq, time.perf_counter()))


async def _produce(recorder: Recorder, count: int, pace: float | None) -> None:
    """As the engine does: one emission after the other, as fast as the recorder takes them or at a pace."""
    begun = trio.current_time()
    for number in range(count):
        data = StepStarted(step_type="command", command="pytest -q", boottime_s=1.5)
        emission = Emission(data=data, time=recorder.clock.now(), workflow="w", step=f"s{number % 20}", attempt=1)
        await recorder.emit(emission)
        if pace is not None:
            await trio.sleep_until(begun + number / pace)
        elif number % 50 == 0:
            await trio.lowlevel.checkpoint()
    await recorder.record(Emission(data=data, time=recorder.clock.now()))


async def _read(tail: Tail, count: int, seen: list[tuple[int, float]] | None) -> None:
    left = count
    while left > 0:
        page = await tail.read()
        left -= len(page)
        if page and seen is not None:
            seen.append((tail.cursor, time.perf_counter()))
        if not page:
            await tail.wait()


def _p99(ends: list[tuple[int, float]], seen: list[tuple[int, float]]) -> float:
    """Milliseconds from the commit of an event to the reader, of all but one in a hundred."""
    place, waits = 0, []
    for seq, end in ends:
        while seen[place][0] < seq:
            place += 1
        waits.append((seen[place][1] - end) * 1000)
    return sorted(waits)[len(waits) * 99 // 100]


async def _in_process(readers: int, count: int, *, pace: float | None = None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            open_store(Path(folder, "s"), synchronous="full", epoch="e") as store,
            trio.open_nursery() as outer,
        ):
            ring, clock, committed = Ring(size=100), Clock(), _Committed(store)
            recorder = Recorder(
                store=committed, ring=ring, clock=clock, new_id=IdentitySource(), last_seq=0, linger=0.005
            )
            await outer.start(recorder.run)
            seen: list[tuple[int, float]] = []
            begun, busy = time.perf_counter(), time.process_time()
            async with trio.open_nursery() as nursery:
                for number in range(readers):
                    tail = Tail(ring=ring, store=store, wanted=EventFilter(), cursor=0)
                    nursery.start_soon(_read, tail, count + 1, seen if number == 0 else None)
                await _produce(recorder, count, pace)
            spent, used = time.perf_counter() - begun, time.process_time() - busy
            recorder.close()
    if pace is None:
        rate, cost = count / spent, used * 1e6 / count
        target = f"(target {TARGET})" if readers == 1 else ""
        print(f"in process, {readers:3} readers      {rate:9.0f} events/s  {cost:5.1f} us CPU an event  {target}")
    else:
        wait = _p99(committed.ends, seen)
        print(f"in process, {readers:3} readers      p99 {wait:6.2f} ms from commit to reader at {pace} events/s")


def _start_client(path: str, count: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", _CLIENT, path, str(count)], stdout=subprocess.PIPE)


async def measure_socket(readers: int, count: int) -> float:
    """Events a second through the control socket; the readers are processes of their own that count replies."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "c"))
        async with (
            open_store(Path(folder, "s"), synchronous="full", epoch="e") as store,
            trio.open_nursery() as nursery,
        ):
            ring = Ring(size=100)
            recorder = Recorder(
                store=store, ring=ring, clock=Clock(), new_id=IdentitySource(), last_seq=0, linger=0.005
            )
            await nursery.start(recorder.run)
            daemon = FakeDaemon()
            daemon.ring, daemon.store = ring, store  # type: ignore[assignment]
            listening = trio.socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            await listening.bind(path)
            listening.listen()
            serve = functools.partial(
                serve_control, daemon, listener=trio.SocketListener(listening), operators=(), version=""
            )
            await nursery.start(serve)
            programs = [_start_client(path, count + 1) for _ in range(readers)]
            for program in programs:
                assert program.stdout is not None
                await trio.to_thread.run_sync(program.stdout.readline)
            await trio.sleep(0.3)
            begun = time.perf_counter()
            await _produce(recorder, count, None)
            for program in programs:
                await trio.to_thread.run_sync(program.wait)
            rate = count / (time.perf_counter() - begun)
            recorder.close()
            nursery.cancel_scope.cancel()
    return rate


def main() -> None:
    """Print what was measured beside its targets."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    for readers in (1, 10, 100):
        trio.run(functools.partial(_in_process, readers, events))
    for readers in (1, 100):
        trio.run(functools.partial(_in_process, readers, PACE * 3, pace=PACE))
    for readers in (1, 10, 100):
        rate = trio.run(measure_socket, readers, events if readers < 100 else events // 5)
        print(f"over the socket, {readers:3} readers {rate:9.0f} events/s")


if __name__ == "__main__":
    main()
