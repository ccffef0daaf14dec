"""The client of aegis_qa 0.2.0 as it is on the Python registry, against the real aegisd.

It brings a web framework, a database driver and more that a client does not use. So it is not among our dependencies:
the test puts it, without them, into a folder `.venv-sdk` beside the sources, once. Without a registry it is skipped.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.behaviour.conftest import make_host as make_host  # noqa: PLC0414 - a fixture
from tests.behaviour.host import Host
from tests.source import ROOT
from tests.web.real_api import CONFIG, RealApi

_PLACE = ROOT / ".venv-sdk"
_SCRIPT = """
import asyncio, sys
from aegis_qa.client import AegisClient, AsyncAegisClient
import httpx

url, key = sys.argv[1:]

def check(health, workflows, one, ran, history, recent, events, filtered, services, portfolio):
    assert health.status == "ok" and health.workflows_configured == 2 and health.uptime_seconds > 0
    assert [each.key for each in workflows] == ["ci", "quick"] and one.steps[1].retries == 1
    assert one.steps[0].condition == "on_success" and one.steps[1].retry_delay == 0.02
    assert ran.workflow_name == "ci" and ran.success is False
    assert [(each.success, each.skipped) for each in ran.steps] == [(True, False), (False, False), (True, True)]
    assert len(ran.steps[1].attempts) == 2 and ran.steps[1].error
    assert history[0].workflow_name == "ci" and history[0].step_count == 3 and history[0].steps[1].attempts == 2
    assert len(recent) >= 1 and all(each.completed_at for each in recent)
    assert len(events) == 5 and events[0].timestamp >= events[-1].timestamp
    assert {each.event_type for each in filtered} == {"workflow.completed"}
    assert services == [] and portfolio.workflows == ["ci", "quick"]

with AegisClient(url, api_key=key) as client:
    ran = client.run_workflow("ci")
    check(client.health(), client.list_workflows(), client.get_workflow("ci"), ran, client.workflow_history("ci"),
          client.recent_history(limit=5), client.events(limit=5), client.events(event_type="workflow.completed"),
          client.list_services(), client.portfolio())
    try:
        client.service_health("nothing")
    except httpx.HTTPStatusError as error:
        assert error.response.status_code == 404

async def main():
    async with AsyncAegisClient(url, api_key=key) as client:
        ran = await client.run_workflow("ci")
        check(await client.health(), await client.list_workflows(), await client.get_workflow("ci"), ran,
              await client.workflow_history("ci"), await client.recent_history(limit=5), await client.events(limit=5),
              await client.events(event_type="workflow.completed"), await client.list_services(),
              await client.portfolio())

asyncio.run(main())
with AegisClient(url) as client:
    try:
        client.run_workflow("ci")
    except httpx.HTTPStatusError as error:
        assert error.response.status_code == 401
    else:
        raise SystemExit("it ran without a key")
print("all calls")
"""


@pytest.fixture
def sdk() -> Path:
    """A folder with the SDK and what its client imports."""
    if not (_PLACE / "aegis_qa" / "client.py").exists():
        pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "install", "--target", str(_PLACE)]
        for wanted in (["--no-deps", "aegis-qa==0.2.0"], ["pydantic>=2", "httpx"]):
            done = subprocess.run([*pip, *wanted], capture_output=True, text=True, check=False, timeout=300)
            if done.returncode:
                pytest.skip(f"NOT TESTED: the SDK aegis-qa 0.2.0 cannot be installed: {done.stderr[-300:]}")
    return _PLACE


def test_every_call(sdk: Path, make_host: Callable[..., Host]) -> None:
    """All ten calls, sync and async, with a key; starting a run without one is refused (W1.20, W1.22)."""
    api = RealApi(make_host(CONFIG, bind='["127.0.0.1:0"]'), scope="run")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _SCRIPT, f"http://127.0.0.1:{api.port}", api.token],
        env={**os.environ, "PYTHONPATH": str(sdk)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout == "all calls\n", done.stderr + api.host.log.read_text()
