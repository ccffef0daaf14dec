"""The units: systemd accepts every line, the exposure is what builds allow, each line has its reason in the docs."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.source import ROOT

UNITS = ROOT / "systemd"
EXPOSURE = 28
ANALYZE = shutil.which("systemd-analyze")

needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="NOT TESTED: systemd-analyze is not here (package systemd)")


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units with programs that are there: systemd looks whether they can be started."""
    for unit in (*UNITS.glob("*.service"), *UNITS.glob("*.socket")):
        text = re.sub(r"/usr/bin/aegis\w+", "/bin/true", unit.read_text())
        (tmp_path / unit.name).write_text(text)
    return tmp_path


def _analyze(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, timeout=60, check=False)


@needs_systemd
def test_systemd_accepts_the_units(installed: Path) -> None:
    """No unknown key, no value that is passed over."""
    done = _analyze("verify", "--man=no", *map(str, sorted(installed.iterdir())))
    ours = [line for line in done.stderr.splitlines() if "aegisd" in line]
    assert (done.returncode, ours) == (0, [])


@needs_systemd
def test_exposure(installed: Path) -> None:
    """At most 2.8, which is as far as one comes with builds, strace and bubblewrap."""
    options = ("--offline=true", "--no-pager", f"--threshold={EXPOSURE}")
    done = _analyze("security", *options, str(installed / "aegisd.service"))
    assert done.returncode == 0, done.stdout[-500:]


@pytest.mark.parametrize("unit", ["aegisd.service", "aegisd.socket", "aegisd-http.socket"])
def test_every_line_has_its_reason(unit: str) -> None:
    """Each directive is explained in docs/explanation/systemd.md, with the value it has where the page gives one."""
    page = (ROOT / "docs" / "explanation" / "systemd.md").read_text()
    missing = []
    for line in (UNITS / unit).read_text().splitlines():
        name, equals, value = line.partition("=")
        if (
            not equals
            or line.startswith("#")
            or name in {"Description", "Documentation", "WantedBy", "Also", "ExecStart"}
        ):
            continue
        told = re.findall(rf"`{name}=([^`]*)`", page)
        if not told or not any(each in {"", value} or value.startswith(each) for each in told):
            missing.append(line)
    assert missing == []


def test_sockets_have_the_names_that_aegisd_knows() -> None:
    """`ctl` and `http`, one name per unit, and no Accept=yes."""
    texts = {unit.name: unit.read_text() for unit in UNITS.glob("*.socket")}
    names = {name: re.findall(r"^FileDescriptorName=(.+)$", text, re.MULTILINE) for name, text in texts.items()}
    assert names == {"aegisd.socket": ["ctl"], "aegisd-http.socket": ["http"]}
    assert "Accept" not in "".join(texts.values())
