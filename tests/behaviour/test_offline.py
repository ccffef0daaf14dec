"""What aegisctl does without a daemon, through the daemon's own loader."""

import json
import subprocess
import sys
from pathlib import Path

from tests.source import ROOT

BAD = "[workflows.w]\ntimout = 1\n[[workflows.w.steps]]\nrun = 'true'\nretries = -1\n"
WARNED = "[workflows.w]\ntimeout = '1m'\n[[workflows.w.steps]]\nrun = 'true'\ntimeout = '2m'\n"


def _ctl(*arguments: str, text: str | None = None, folder: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    program = [sys.executable, "-m", "aegisctl", "--socket", "/nowhere", *arguments]
    return subprocess.run(program, cwd=folder, input=text, capture_output=True, text=True, timeout=60, check=False)


def test_validate_names_all_errors(tmp_path: Path) -> None:
    """All faults at once with their places; exit 1."""
    path = tmp_path / "aegis.toml"
    path.write_text(BAD)
    done = _ctl("validate", str(path), "--format", "concise")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{path}:2:1: error AEG012 unknown key `timout`")
    assert f"{path}:5:11: error" in lines[1]


def test_validate_reads_standard_input() -> None:
    """`-` is standard input, and --json is one document."""
    done = _ctl("validate", "-", "--json", text=BAD)
    assert done.returncode == 1
    assert json.loads(done.stdout)["errors"] == 2


def test_validate_strict_and_ignore() -> None:
    """Warnings alone are no failure; with --strict they are, but for those that are ignored."""
    assert _ctl("validate", "-", text=WARNED).returncode == 0
    strict = _ctl("validate", "-", "--strict", "--json", text=WARNED)
    assert strict.returncode == 1
    code = json.loads(strict.stdout)["problems"][0]["code"]
    assert _ctl("validate", "--strict", "--ignore", code, "-", text=WARNED).returncode == 0


def test_explain(tmp_path: Path) -> None:
    """Codes and keys are explained; something unknown exits 66 with a suggestion."""
    assert "unknown key" in _ctl("explain", "AEG012").stdout
    assert "limit" in _ctl("explain", "step.timeout").stdout.lower()
    unknown = _ctl("explain", "step.timout")
    assert unknown.returncode == 66
    assert "step.timeout" in unknown.stderr
