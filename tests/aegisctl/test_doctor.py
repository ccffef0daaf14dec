"""`doctor`: what is asked of whom, the screen in all its forms, and the exit status."""

import json
from typing import Any

import pytest

from aegisctl.checks import check, check_access, check_version
from aegisctl.commands.doctor import format_check
from aegisd import __version__
from tests.aegisctl.conftest import Cli
from tests.aegisctl.fake_daemon import FakeDaemon
from tests.aegisctl.golden import check_golden
from tests.aegisctl.test_screens import VARIANTS, open_terminal

FULL = check(
    "space", "problem", "/var/lib/aegis has 12.0 MiB left\x1b[2J", ["free some space", "or keep = { runs = 9 }"]
)
SLOW = check("containment", "warning", "steps are contained by subreaper, not in cgroups", ["Delegate=yes"])
FINE = check("configuration", "ok", "configuration valid (4 files)")


def _answer(*checks: dict[str, Any], version: str = __version__) -> dict[str, Any]:
    return {"version": version, "checks": list(checks)}


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_screen(variant: str) -> None:
    """A mark, a sentence, and below it what to do; nothing in it moves the cursor."""
    with open_terminal(variant) as terminal:
        lines = [line for each in (FINE, FULL, SLOW) for line in format_check(each, terminal)]
        check_golden(f"doctor.{variant}", [terminal.encode(line).decode() for line in lines])


def test_a_problem_fails(cli: Cli, daemon: FakeDaemon) -> None:
    """Exit 1 with a problem; the daemon's own checks come after who it is and what you may do."""
    daemon.answers["Diagnose"] = _answer(FINE, FULL, SLOW)
    done = cli("doctor")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == f"✓ aegisd answers ({__version__}), same version as aegisctl"
    assert lines[2:4] == ["✓ configuration valid (4 files)", r"✗ /var/lib/aegis has 12.0 MiB left\x1b[2J"]
    assert lines[-1] == "1 problem, 1 warning"
    assert done.stderr == ""


def test_warnings_do_not_fail(cli: Cli, daemon: FakeDaemon) -> None:
    """Warnings alone are exit 0; -q shows only them, and nothing at all where all is well."""
    daemon.answers["Diagnose"] = _answer(FINE, SLOW)
    done = cli("doctor", "-q")
    assert (done.returncode, done.stdout.splitlines()[0][0], len(done.stdout.splitlines())) == (0, "!", 3)
    daemon.answers["Diagnose"] = _answer(FINE)
    assert cli("doctor", "-q").stdout == ""
    assert cli("doctor").stdout.splitlines()[-1] == "all is well"


def test_json(cli: Cli, daemon: FakeDaemon) -> None:
    """One document with all checks and the counts, and the same exit status."""
    daemon.answers["Diagnose"] = _answer(FULL, SLOW)
    done = cli("doctor", "--json")
    document = json.loads(done.stdout)
    assert (document["schema"], document["problems"], document["warnings"]) == ("aegis/v1", 1, 1)
    assert [each["check"] for each in document["checks"]] == ["version", "access", "space", "containment"]
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(cli("doctor", "--json=problems").stdout) == {"problems": 1}


def test_another_version(cli: Cli, daemon: FakeDaemon) -> None:
    """A daemon of another version is a warning that says which is the older; one without `Diagnose` is asked less."""
    assert "restart aegisd" in check_version("0.0.1")["fix"][0]
    assert "install the aegisctl" in check_version("99.0")["fix"][0]
    done = cli("doctor")
    assert done.returncode == 0
    assert "this aegisd cannot look at itself yet" in done.stdout


def test_no_daemon(cli: Cli) -> None:
    """Without a daemon: that it does not run and how to start it, and then the host as an aegisd would see it."""
    done = cli("doctor", "--json", AEGIS_CONFIG="/no/such/aegis.toml", AEGIS_SOCKET="/run/no-such.sock")
    checks = {each["check"]: each for each in json.loads(done.stdout)["checks"]}
    assert done.returncode == 1
    assert (checks["socket"]["level"], "start aegisd" in checks["socket"]["fix"][0]) == ("problem", True)
    assert "AEG003" in checks["configuration"]["fix"][0]
    assert checks["time-zones"]["level"] == "ok"


def test_offline_asks_nobody(cli: Cli, daemon: FakeDaemon, tmp_path: Any) -> None:
    """With --offline the daemon is not asked; --config alone makes no sense."""
    path = tmp_path / "aegis.toml"
    path.write_text(f'[daemon]\nstate_dir = "{tmp_path}/state"\n[[workflows.w.steps]]\nrun = "true"\n')
    done = cli("doctor", "--offline", "--config", str(path))
    assert "✓ configuration valid (1 file)" in done.stdout.splitlines()
    assert daemon.calls == []
    assert cli("doctor", "--config", str(path)).returncode == 2


def test_access(tmp_path: Any) -> None:
    """A socket that everybody may use is a problem; one of one's own, or that is gone by now, is not."""
    path = tmp_path / "s"
    path.touch(0o600)
    assert check_access(str(path))["level"] == "ok"
    assert check_access(str(tmp_path / "gone"))["level"] == "ok"
    path.chmod(0o666)
    assert check_access(str(path))["level"] == "problem"
