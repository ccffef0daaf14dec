"""The ready-made client of PyPI, in a process of its own, understands all of it."""

import json
import sys
from pathlib import Path

import trio

from aegisd.streams import LogPiece
from aegisd.wire.errors import INTERFACE
from tests.control.client import Served, open_server
from tests.control.fake_logs import FakeLogs

SCRIPT = """
import sys, varlink
with varlink.Client(sys.argv[1]) as client, client.open("io.aegisd.Control") as control:
    print(control.StartRun("quality", {"ref": "main"})["run"])
    print([w["name"] for w in control.ListWorkflows()["workflows"]])
    print(control.GetStatus()["disk"])
    print([r["event"]["seq"] for r in control.TailEvents(_more=True, last=2) if r])
    print([r["data"] for r in control.ReadLogs(_more=True, run=1) if r])
    try:
        control.CancelRun(99)
    except varlink.VarlinkError as error:
        print(error.error())
    try:
        control.TailEvents()
    except varlink.VarlinkError as error:
        print(error.error())
"""


async def run_cli(*words: str) -> str:
    """What `python -m varlink.cli` prints."""
    done = await trio.run_process([sys.executable, "-m", "varlink.cli", *words], capture_stdout=True)
    return done.stdout.decode()


async def call(served: Served, method: str, *words: str, **parameters: object) -> object:
    """Call a method with the command line client; its first answer."""
    address = f"unix:{served.path}/{INTERFACE}.{method}"
    return json.loads(await run_cli("call", *words, address, json.dumps(parameters)))


async def test_the_command_line_client(tmp_path: Path) -> None:
    """Info, description, a list, a command and a stream."""
    async with open_server(tmp_path) as served:
        info = await run_cli("info", f"unix:{served.path}")
        assert "Product: aegisd\nVersion: 1.0.0\n" in info
        assert INTERFACE in info
        assert "method StartRun(" in await run_cli("help", f"unix:{served.path}/{INTERFACE}")
        assert "method GetInfo(" in await run_cli("help", f"unix:{served.path}/org.varlink.service")
        listed = await call(served, "ListWorkflows")
        assert isinstance(listed, dict)
        assert listed["workflows"][0]["name"] == "quality"
        assert await call(served, "StartRun", workflow="quality") == {"run": 1}
        await served.daemon.emit(3)
        event = await call(served, "TailEvents", "--more", last=1)
        assert isinstance(event, dict)
        assert event["event"]["seq"] == 3


async def test_the_python_client(tmp_path: Path) -> None:
    """Its proxies are made from the interface file and check every answer against it."""
    async with open_server(tmp_path) as served:
        await served.daemon.emit(3)
        piece = LogPiece(step="lint", attempt=1, offset=0, size=2, time="2026-11-21T08:00:31.204Z", data=b"ok")
        served.daemon.logs[1] = FakeLogs(pieces=[piece])
        done = await trio.run_process([sys.executable, "-c", SCRIPT, f"unix:{served.path}"], capture_stdout=True)
    assert done.stdout.decode().splitlines() == [
        "1",
        "['quality']",
        "{'used_bytes': 0, 'free_bytes': 1, 'total_bytes': 1}",
        "[2, 3]",
        "['b2s=']",
        f"{INTERFACE}.NoSuchRun",
        "org.varlink.service.ExpectedMore",
    ]
