"""What `aegisctl status` imports: every module counts, because people type it a hundred times a day."""

import subprocess
import sys

import pytest

from tests.aegisctl.fake_daemon import FakeDaemon
from tests.aegisctl.pty_session import ROOT
from tests.source import iter_imports, list_files

HEAVY = {
    *("trio", "attrs", "attr", "msgspec", "apsw", "httpx", "quart"),
    *("argparse", "asyncio", "dataclasses", "datetime", "inspect", "logging", "pathlib", "shutil", "socket"),
    *("subprocess", "tomllib", "typing", "unicodedata", "urllib", "selectors", "tempfile", "traceback", "difflib"),
}
_PROBE = """
import sys
from aegisctl.main import run_words
status = run_words(sys.argv[1:])
print(*sorted(sys.modules), file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.parametrize("words", [("status",), ("status", "--json"), ("status", "--exit-status", "-q")])
def test_status_imports_little(daemon: FakeDaemon, env: dict[str, str], words: tuple[str, ...]) -> None:
    """Nothing heavy, and of the verbs only this one."""
    probe = [sys.executable, "-c", _PROBE, *words]
    answer = subprocess.run(probe, capture_output=True, text=True, check=False, env=env, cwd=ROOT)
    modules = set(answer.stderr.split())
    assert "aegisctl.commands.status" in modules
    assert modules & HEAVY == set()
    verbs = {name for name in modules if name.startswith("aegisctl.commands.")}
    assert verbs == {"aegisctl.commands.status"}
    assert daemon.asked("GetStatus") == [{}]


def test_aegisctl_sees_only_the_wire() -> None:
    """No file of aegisctl imports anything of aegisd but aegisd.wire and the version."""
    found = [
        f"{path.name}: {name}"
        for path in list_files("aegisctl", pattern="*.py")
        for _, name in iter_imports(path)
        if name.startswith("aegisd")
        and not name.startswith("aegisd.wire")
        and name not in {"aegisd", "aegisd.__version__"}
    ]
    assert found == []


def test_only_the_standard_library() -> None:
    """No file of aegisctl imports a package that would have to be installed."""
    known = sys.stdlib_module_names | {"aegisctl", "aegisd"}
    found = [
        f"{path.name}: {name}"
        for path in list_files("aegisctl", pattern="*.py")
        for _, name in iter_imports(path)
        if name.partition(".")[0] not in known
    ]
    assert found == []
