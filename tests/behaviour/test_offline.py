"""What aegisctl does without a daemon, through the daemon's own loader."""

import json
import subprocess
import tomllib
from pathlib import Path

from tests.behaviour.host import program
from tests.source import ROOT

BAD = "[workflows.w]\ntimout = 1\n[[workflows.w.steps]]\nrun = 'true'\nretries = -1\n"
WARNED = "[workflows.w]\ntimeout = '1m'\n[[workflows.w.steps]]\nrun = 'true'\ntimeout = '2m'\n"


def _ctl(*arguments: str, text: str | None = None, folder: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    words = [*program("aegisctl"), "--socket", "/nowhere", *arguments]
    return subprocess.run(words, cwd=folder, input=text, capture_output=True, text=True, timeout=60, check=False)


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


def test_import(tmp_path: Path) -> None:
    """`import` writes a configuration that `validate` accepts, replaces nothing unasked, and says what changed."""
    example, made = ROOT / "tests" / "importing" / "example.yaml", tmp_path / "aegis.toml"
    done = _ctl("import", str(example), "-O", str(made))
    assert (done.returncode, done.stdout) == (0, "")
    assert "imported workflows full_pipeline; services qaagent, agent-2 and bugalizer; 2 webhooks" in done.stderr
    assert "before it can be used: the variable IMPORT_TEST_KEY is not set" in done.stderr
    assert made.stat().st_mode & 0o777 == 0o600
    text = made.read_text().replace("${IMPORT_TEST_KEY}", "k").replace("${IMPORT_TEST_SECRET}", "s" * 32)
    assert _ctl("validate", "-", text=text).returncode == 0
    again = _ctl("import", str(example), "-O", str(made))
    assert (again.returncode, "there already" in again.stderr) == (1, True)
    assert _ctl("import", str(example), "-O", str(made), "-f").returncode == 0
    document = json.loads(_ctl("import", "-", "--json", text=example.read_text()).stdout)
    assert document["text"].splitlines()[1:] == made.read_text().splitlines()[1:]
    assert {"place": "services.agent-2", "change": "it was called 'agent 2', which is no name here"} in document[
        "changes"
    ]


def test_import_with_an_overlay(tmp_path: Path) -> None:
    """B12: `--env` takes `.aegis.ENV.yaml` in as aegis_qa did; without it the remarks name those that there are, and
    one that is not there, or is none, is refused with its name."""
    file = tmp_path / ".aegis.yaml"
    file.write_text("services:\n  qa: {name: qa, url: 'http://localhost:8001', features: [a, b]}\nevent_log_size: 50\n")
    (tmp_path / ".aegis.staging.yaml").write_text("services: {qa: {url: 'http://qa.example.org', features: [c]}}\n")
    (tmp_path / ".aegis.torn.yaml").write_text("services: [\n")
    (tmp_path / ".aegis.list.yaml").write_text("- services\n")
    plain = _ctl("import", str(file))
    assert tomllib.loads(plain.stdout)["services"]["qa"]["url"] == "http://localhost:8001"
    assert "laid over it for list, staging and torn" in plain.stdout.replace("\n# ", " ")
    merged = _ctl("import", str(file), "--env", "staging")
    assert (merged.returncode, "Imported from .aegis.yaml and .aegis.staging.yaml" in merged.stdout) == (0, True)
    assert tomllib.loads(merged.stdout) == {
        "daemon": {"event_log_size": 50},
        "services": {"qa": {"url": "http://qa.example.org", "features": ["c"]}},
    }
    cases = [
        ("gone", 66, ".aegis.gone.yaml: No such file"),
        ("torn", 1, ".aegis.torn.yaml: line 2: it is not YAML"),
        ("list", 1, ".aegis.list.yaml: it is no table"),
        ("../x", 1, "is no name of an environment"),
    ]
    for env, status, words in cases:
        done = _ctl("import", str(file), "--env", env)
        assert (done.returncode, words in done.stderr, done.stdout) == (status, True, ""), done.stderr


def test_import_refuses(tmp_path: Path) -> None:
    """What cannot be imported is named in one sentence: no file, a folder, too large, no YAML."""
    (tmp_path / "large").write_bytes(b"#" * 10_000_000)
    cases = [
        (str(tmp_path / "none"), 66, "No such file"),
        (str(tmp_path), 66, "Is a directory"),
        ("/dev/zero", 66, "it is not a file"),
        (str(tmp_path / "large"), 1, "it is larger than 256 KiB"),
    ]
    for name, status, words in cases:
        done = _ctl("import", name)
        assert (done.returncode, words in done.stderr, done.stdout) == (status, True, ""), done.stderr
    torn = _ctl("import", "-", text="a: [1")
    assert torn.stderr.startswith("aegisctl: cannot import -: line 1: it is not YAML")
