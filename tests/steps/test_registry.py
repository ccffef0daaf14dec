"""Plugins: distributions with entry points, made for the test, good ones and broken ones."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegisd.config.loader import load_config
from aegisd.config.problems import ConfigError
from aegisd.core.model import Result
from aegisd.steps import SPECS
from aegisd.steps.registry import PluginError, StepRegistry
from tests.source import ROOT
from tests.steps.kit import StepBench

GOOD = '''
from attrs import frozen
from aegisd.core.model import Outcome, Result
from aegisd.core.schema import Kind, key
from aegisd.steps.base import StepType

@frozen(kw_only=True)
class Spec:
    """Keys."""
    word: str = key(Kind.TEXT, "A word.", example='"x"')

async def execute(spec, attempting):
    if spec.word == "exit":
        raise SystemExit(3)
    return Outcome(result=Result.SUCCESS, data={"said": spec.word})

def describe(spec):
    raise ValueError("no words")

WALLOP = StepType(name="wallop", spec=Spec, execute=execute, describe=describe)
OTHER = StepType(name="other name", spec=Spec, execute=execute, describe=describe)
NAKED = StepType(name="naked", spec=int, execute=execute, describe=describe)
NOTHING = 7
'''


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on sys.path with a distribution `aegis-wallop`."""
    points = {
        "wallop": "aegis_wallop_plugin:WALLOP",
        "command": "aegis_wallop_plugin:WALLOP",
        "misnamed": "aegis_wallop_plugin:OTHER",
        "naked": "aegis_wallop_plugin:NAKED",
        "nothing": "aegis_wallop_plugin:NOTHING",
        "absent": "aegis_wallop_gone:X",
        "leaves": "aegis_wallop_leaves:X",
    }
    info = tmp_path / "aegis_wallop-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: aegis-wallop\nVersion: 1.2\n")
    lines = "".join(f"{name} = {target}\n" for name, target in points.items())
    (info / "entry_points.txt").write_text(f"[aegis.steps]\n{lines}")
    (tmp_path / "aegis_wallop_plugin.py").write_text(GOOD)
    (tmp_path / "aegis_wallop_leaves.py").write_text("raise SystemExit(9)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("aegis_wallop")]:
        del sys.modules[name]


def test_nothing_is_imported_unasked(site: Path) -> None:
    """A plugin that the configuration does not name is listed, not imported."""
    registry = StepRegistry()
    offers = {each.name: each for each in registry.list_offers()}
    assert (offers["wallop"].source, offers["wallop"].is_loaded) == ("aegis-wallop 1.2", False)
    assert (offers["command"].source, offers["command"].is_loaded) == ("built-in", True)
    assert "aegis_wallop_plugin" not in sys.modules


async def test_a_plugin_is_a_step_type(site: Path, tmp_path: Path) -> None:
    """It takes its keys, executes, and says from where it comes; what it raises ends its step and nothing else."""
    registry = StepRegistry()
    spec = registry.load("wallop")
    assert {each.name: each.source for each in registry.list_offers()}["wallop"] == "aegis-wallop 1.2"
    assert registry.types["wallop"].describe(spec(word="x")) == "wallop"
    bench = StepBench(folder=tmp_path)
    bench.attempts._step_types = registry.types
    assert (await bench.run(spec(word="hello"), type="wallop")).data == {"said": "hello"}
    left = await bench.run(spec(word="exit"), type="wallop")
    assert (left.result, "the plugin called exit(3)" in (left.error or "")) == (Result.ERROR, True)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("command", "cannot be replaced"),
        ("misnamed", 'calls itself "other name"'),
        ("naked", "no attrs class"),
        ("nothing", "is int, not a StepType"),
        ("absent", "cannot be loaded: ModuleNotFoundError"),
        ("leaves", "cannot be loaded: SystemExit: 9"),
        ("wanting", "no installed plugin"),
    ],
)
def test_broken_plugins(site: Path, tmp_path: Path, name: str, why: str) -> None:
    """A plugin that cannot be used is an error of the configuration with its place, never a traceback."""
    with pytest.raises(PluginError, match=why):
        StepRegistry().load(name)
    path = tmp_path / "aegis.toml"
    path.write_text(f'[daemon]\nplugins = ["{name}"]\n')
    with pytest.raises(ConfigError) as caught:
        load_config(str(path), step_types=SPECS, environment={}, load_plugin=StepRegistry().load)
    assert [(each.code, each.line, each.column) for each in caught.value.problems] == [("AEG288", 2, 12)]
    assert why in caught.value.problems[0].message


def test_validate_knows_plugins(site: Path, tmp_path: Path) -> None:
    """`aegisctl validate` accepts what aegisd would start with, and refuses a wrong key of a plugin's step."""
    path = tmp_path / "aegis.toml"
    text = '[daemon]\nplugins = ["wallop"]\n[[workflows.w.steps]]\ntype = "wallop"\nword = "x"\n'
    for changed, status in ((text, 0), (text.replace("word", "wrod"), 1), (text.replace("plugins", "# "), 1)):
        path.write_text(changed)
        done = subprocess.run(
            [sys.executable, "-m", "aegisd", "validate", str(path)],
            env={"PYTHONPATH": f"{site}:{ROOT}", "PATH": "/usr/bin:/bin"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout
        assert "Traceback" not in done.stderr


def test_plugins_belong_into_the_main_file(site: Path, tmp_path: Path) -> None:
    """An included file cannot allow plugins: it would be too late."""
    (tmp_path / "more.toml").write_text('[daemon]\nplugins = ["wallop"]\n')
    path = tmp_path / "aegis.toml"
    path.write_text('include = ["more.toml"]\n')
    with pytest.raises(ConfigError) as caught:
        load_config(str(path), step_types=SPECS, environment={}, load_plugin=StepRegistry().load)
    assert [each.code for each in caught.value.problems] == ["AEG289"]
    assert "aegis_wallop_plugin" not in sys.modules
