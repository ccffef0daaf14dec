"""`aegisctl init`: what it finds, what it proposes, and that it harms nothing."""

import json
import tomllib
from pathlib import Path

import pytest

from aegisctl.projects import KINDS, find_kinds
from aegisctl.projects.proposal import render_workflow
from aegisd.config.loader import check_files
from aegisd.steps import SPECS
from tests.aegisctl.conftest import Cli

_SCRIPTS = '{"scripts": {"lint": "x", "test": "echo no test specified", "build": "y", "`rm`": "z"}}'

PROJECTS = {
    "python": (
        {"pyproject.toml": "[tool.ruff]\n[tool.mypy]\n[tool.pytest.ini_options]\n", "uv.lock": ""},
        {"ruff": ["uv", "run", "ruff", "check", "."], "format": None, "types": None, "tests": None},
    ),
    "node": (
        {"package.json": _SCRIPTS, "yarn.lock": ""},
        {"install": ["yarn", "install", "--immutable"], "lint": ["yarn", "run", "lint"], "build": None},
    ),
    "rust": ({"Cargo.toml": ""}, {"format": None, "clippy": None, "tests": ["cargo", "test"]}),
    "go": ({"go.mod": ""}, {"format": None, "vet": None, "tests": ["go", "test", "./..."]}),
    "make": ({"Makefile": "X := 1\ntest: a\nlint:\n\techo\nclean::\n"}, {"lint": ["make", "lint"], "test": None}),
    "empty": ({"notes.txt": ""}, {"hello": ["echo", "it works"]}),
}


def _make(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)


@pytest.mark.parametrize("kind", PROJECTS)
def test_kinds(kind: str, tmp_path: Path) -> None:
    """Each kind of project is recognized, with the steps that it has."""
    files, wanted = PROJECTS[kind]
    _make(tmp_path, files)
    (name, proposal), *others = find_kinds(tmp_path)
    assert (name, others) == (kind, [])
    assert [step.name for step in proposal.steps] == list(wanted)
    for step in proposal.steps:
        assert wanted[step.name] is None or list(step.command) == wanted[step.name]


@pytest.mark.parametrize("kind", KINDS)
def test_proposals_load(kind: str, tmp_path: Path) -> None:
    """What a template makes of a folder, even of an empty one, is a configuration without a fault or warning."""
    path = tmp_path / ".aegis" / "quality.toml"
    path.parent.mkdir()
    path.write_text(render_workflow("quality", KINDS[kind][1](tmp_path).steps, template=kind))
    _, problems, _ = check_files([str(path)], step_types=SPECS, environment={}, stdin_text=None)
    assert problems == ()


def test_it_makes_a_file_once(cli: Cli, tmp_path: Path) -> None:
    """The file is made; a second time it is left as it is, and a link in its place is not followed."""
    _make(tmp_path, {"Cargo.toml": "", "Makefile": "all:\n"})
    made = cli("init", str(tmp_path))
    path = tmp_path / ".aegis" / "quality.toml"
    assert made.returncode == 0, made.stderr
    assert "template rust (3 steps: format, clippy, tests)" in made.stdout
    assert "it also looks like: make" in made.stdout
    path.write_text("mine")
    refused = cli("init", str(tmp_path))
    assert (refused.returncode, path.read_text()) == (2, "mine")
    assert "is there already" in refused.stderr
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    assert cli("init", str(tmp_path)).returncode == 2
    assert not (tmp_path / "elsewhere").exists()


def test_print_list_and_template(cli: Cli, tmp_path: Path) -> None:
    """Nothing is made by looking; a template can be chosen; JSON says what was found."""
    _make(tmp_path, {"go.mod": ""})
    assert "go vet" in cli("init", "--print", str(tmp_path)).stdout.replace('", "', " ")
    told = json.loads(cli("init", "--print", "--json", "--template", "rust", str(tmp_path)).stdout)
    assert (told["template"], told["found"], told["made"]) == ("rust", [], False)
    assert "go       Go: gofmt, vet, test   (fits)" in cli("init", "--list", str(tmp_path)).stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["go.mod"]


def test_the_systems_configuration_loads(cli: Cli, tmp_path: Path) -> None:
    """`--system --print` is a configuration that aegisd starts with, and whose state is the same whoever asks."""
    path = tmp_path / "aegis.toml"
    path.write_text(cli("init", "--system", "--print").stdout)
    assert tomllib.loads(path.read_text())["daemon"]["state_dir"] == "/var/lib/aegis"
    _, problems, _ = check_files([str(path)], step_types=SPECS, environment={}, stdin_text=None)
    assert [problem.code for problem in problems] == ["AEG041"]  # there is no folder workflows.d yet


@pytest.mark.parametrize("text", ["[]", "{", '{"scripts": 5}', '{"scripts": {"lint": [1]}}', "[" * 100_000, "\x00"])
def test_hostile_projects(text: str, tmp_path: Path) -> None:
    """Files that are not what they seem lead to a plain proposal, not to a bug."""
    _make(tmp_path, dict.fromkeys(("package.json", "pyproject.toml", "Makefile", "Cargo.toml"), text))
    for _, propose in KINDS.values():
        assert propose(tmp_path).steps
