"""What a reader that follows and never reads costs: runs beside it, and aegisd's memory, over 100,000 events.

Target: the runs take as long as without it (ratio 1.0, within what two rounds differ by chance), aegisd grows by less
than 20 MiB, and once the reader reads it has every event, in order, or is told which ones are gone.
"""

import contextlib
import itertools
import json
import socket
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.behaviour.host import Host

DAEMON = 'synchronous = "normal"\nkeep = { runs = 100000 }\nevent_log_size = 100'
STEPS, RUNS, ROUNDS = 1000, 5, 10
WORKFLOW = "[workflows.many]\n" + "".join(
    f"[[workflows.many.steps]]\nname = 's{number}'\ntype = 'wait'\nseconds = 0\n" for number in range(STEPS)
)


def _follow(host: Host, cursor: str) -> socket.socket:
    """A connection that has asked for all events after `cursor`."""
    connection = host.connect()
    parameters = {"after": cursor, "follow": True}
    call = {"method": "io.aegisd.Control.TailEvents", "more": True, "parameters": parameters}
    connection.sendall(json.dumps(call).encode() + b"\0")
    return connection


def _replies(connection: socket.socket) -> Iterator[dict[str, object]]:
    left = b""
    while data := connection.recv(1 << 18):
        *whole, left = (left + data).split(b"\0")
        yield from (json.loads(each)["parameters"] for each in whole)


def _measure(host: Host) -> float:
    """Seconds that `RUNS` runs took."""
    return sum(float(host.finish(host.run("many"))["duration_s"]) for _ in range(RUNS))


def _memory_mib(host: Host) -> float:
    assert host.process is not None
    lines = Path(f"/proc/{host.process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def _last(host: Host) -> int:
    return int(host.call("GetStatus")["cursor"].rpartition(".")[2])


def main() -> None:
    """Print what was measured beside its targets."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        host = Host(Path(folder), WORKFLOW, daemon=DAEMON)
        host.start()
        stack.callback(host.kill)
        _measure(host)
        alone, beside, memory = [], [], _memory_mib(host)
        began = _last(host)
        for _ in range(ROUNDS // 2):
            alone.append(_measure(host))
            cursor = host.call("GetStatus")["cursor"]
            with _follow(host, cursor):
                beside.append(_measure(host))
        cursor = host.call("GetStatus")["cursor"]
        stuck = stack.enter_context(_follow(host, cursor))
        rate = _last(host)
        beside += [_measure(host) for _ in range(ROUNDS // 2)]
        rate = (_last(host) - rate) / sum(beside[-ROUNDS // 2 :])
        grown = _memory_mib(host) - memory
        first, last = int(cursor.rpartition(".")[2]) + 1, _last(host)
        seqs = [reply["event"]["seq"] for reply in itertools.islice(_replies(stuck), last - first + 1)]  # type: ignore[index]
    print(f"{last - began} events, {rate:.0f} a second beside the stuck reader")
    ratio = statistics.median(beside) / statistics.median(alone)
    is_whole = seqs == list(range(first, last + 1))
    print(f"runs beside a stuck reader     {ratio:5.2f} times (target 1.0)")
    print(f"aegisd grew by                 {grown:5.1f} MiB (target 20)")
    print(f"read afterwards                {len(seqs)} events, complete and in order: {is_whole}")


if __name__ == "__main__":
    main()
