"""HTTP services for tests: real programs on loopback, with a script and a memory."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).parent / "services" / "scripted.py"
_PATIENCE = 20.0

ROUTES = ["/", "/login", "/cart"]
FAILURE = {"name": "login", "route": "/login", "message": "500 instead of 200"}


def qa_script(*, fixed: bool = True, **more: Any) -> dict[str, Any]:
    """What a QA service answers: three routes, one of three tests fails; verified, the bug is gone or not."""
    tests = {"total": 3, "passed": 2, "failed": 1, "failures": [FAILURE]}
    still = {"total": 1, "passed": int(fixed), "failed": int(not fixed), "failures": [] if fixed else [FAILURE]}
    return {
        "GET /health": [{"json": {"status": "ok"}}],
        "GET /api/routes": [{"json": {"routes": ROUTES}}],
        "POST /api/runs": [{"json": tests}, {"json": still}],
        "POST /api/v1/reports": [{"status": 201, "json": {"id": "BUG-7"}}],
        **more,
    }


class Service:
    """A service that runs. `url` is where."""

    def __init__(self, folder: Path, script: dict[str, Any], *, scheme: str = "http") -> None:
        self.folder = folder
        self._scheme = scheme
        self.set_script(script)
        self._process = subprocess.Popen([sys.executable, str(PROGRAM), str(folder)], stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + _PATIENCE
        while not (folder / "port").exists():
            assert self._process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        self.port = int((folder / "port").read_text())

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def set_script(self, script: dict[str, Any]) -> None:
        """What it does from now on."""
        part = self.folder / "script.part"
        part.write_text(json.dumps(script))
        part.rename(self.folder / "script.json")

    def requests(self, *, health: bool = False) -> list[dict[str, Any]]:
        """What it was asked, in order; health checks only when they are wanted."""
        path = self.folder / "requests.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        found = [json.loads(line) for line in lines]
        return [each for each in found if health or each["path"] != "/health"]

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


@contextmanager
def serve(folder: Path, script: dict[str, Any], *, scheme: str = "http") -> Iterator[Service]:
    """A service in `folder` until the block is left."""
    folder.mkdir(parents=True, exist_ok=True)
    service = Service(folder, script, scheme=scheme)
    try:
        yield service
    finally:
        service.stop()
