"""What `aegisctl status` costs, against the bare interpreter, measured in the same call.

Target: the whole process takes at most 3 times `python -I -c pass` of the same interpreter.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.behaviour.host import Host

ROUNDS = 41


def _time(*command: str) -> float:
    begun = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def main() -> None:
    """Print the measured ratio beside its target."""
    program = str(Path(sys.executable).parent / "aegisctl")
    with tempfile.TemporaryDirectory() as folder:
        host = Host(Path(folder), "[workflows.w]\n[[workflows.w.steps]]\nrun = 'true'\n")
        host.start()
        try:
            host.finish(host.run("w"))
            pairs = [
                (_time(sys.executable, "-I", "-c", "pass"), _time(program, "--socket", str(host.socket), "status"))
                for _ in range(ROUNDS)
            ]
        finally:
            host.stop()
    bare, status = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"aegisctl status {status * 1000:6.1f} ms   {status / bare:5.2f} times a bare interpreter (target 3)")


if __name__ == "__main__":
    main()
