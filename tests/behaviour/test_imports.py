"""What an aegisd has in memory that uses nothing beyond steps: what only others need is not imported, and what the
configuration needs is there from the start, so that an upgrade of the files on disk cannot come in between."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.behaviour.host import Host

WORKFLOW = "[workflows.w]\n[[workflows.w.steps]]\nname = 's'\nrun = 'true'\n"
TIMER = "[triggers.t]\ntype = 'timer'\ncron = '0 2 * * *'\ntimezone = 'Europe/Berlin'\nworkflow = 'w'\n"
HTTP = {"asyncio", "aegis_web", "h11", "hypercorn", "jinja2", "quart", "werkzeug"}
CALLS = {"h2", "httpcore", "httpx", "aegisd.services.client", "aegisd.sinks.post"}
TLS = {"_ssl", "ssl"}
OTHERS = {
    *("_bz2", "_lzma", "bz2", "idna", "ipaddress", "lzma", "pyexpat"),
    *("calendar", "cronsim", "difflib", "email", "fractions", "importlib.metadata", "statistics", "zoneinfo"),
    *("certifi", "click", "rich", "tomlkit", "unittest", "yaml"),
    *("aegisd.config.codes", "aegisd.config.explain", "aegisd.config.webhooks", "aegisd.core.targets"),
    *("aegisd.executors.slurm.base", "aegisd.importing"),
}
_AT_THE_END = """
import atexit, sys
atexit.register(lambda: open({path!r}, "w").write(
    " ".join(name for name, module in list(sys.modules.items()) if type(module).__name__ != "_Later")))
"""

pytestmark = pytest.mark.skipif("AEGIS_BIN" in os.environ, reason="the one file takes no code from outside")


def _list_modules(host: Host, tmp_path: Path, is_ready: Callable[[], bool] = lambda: True) -> set[str]:
    """What aegisd has imported until it ends, one run later."""
    path = tmp_path / "modules"
    (tmp_path / "sitecustomize.py").write_text(_AT_THE_END.format(path=str(path)))
    folders = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    host.spawning = {"env": {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}}
    host.start()
    host.wait_until(is_ready)
    assert host.finish(host.run("w"))["result"] == "success"
    host.stop()
    modules = set(path.read_text().split())
    assert {"aegisd.engine.runner", "trio"} <= modules
    return modules


def test_without_http(make_host: Callable[..., Host], tmp_path: Path) -> None:
    """Steps of programs, started by hand, need no HTTP, no TLS and no calendars, also once a run has ended."""
    modules = _list_modules(make_host(WORKFLOW, start=False), tmp_path)
    assert modules & (HTTP | CALLS | TLS | OTHERS) == set()


def test_with_a_timer(make_host: Callable[..., Host], tmp_path: Path) -> None:
    """Who has a timer has calendars and zones, and still nothing of HTTP."""
    modules = _list_modules(make_host(WORKFLOW + TIMER, start=False), tmp_path)
    assert {"cronsim", "zoneinfo"} <= modules
    assert modules & (HTTP | CALLS | TLS) == set()


def test_with_http(make_host: Callable[..., Host], tmp_path: Path) -> None:
    """Who serves HTTP calls nobody: the client's libraries are not there."""
    host = make_host(WORKFLOW, start=False, is_web=True)
    modules = _list_modules(host, tmp_path, host.web.exists)
    assert {"aegis_web", "quart"} <= modules
    assert modules & {"httpcore", "httpx", "cronsim", "zoneinfo"} == set()
