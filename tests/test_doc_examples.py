"""What the documents show works: configurations load, commands exist, JSON is JSON, links lead somewhere."""

import json
import re
from pathlib import Path

import pytest

from aegisctl.arguments import parse_words
from aegisctl.commands import COMMANDS, find_verb, load_verb
from aegisd.config.loader import check_files
from aegisd.steps import SPECS
from tests.documents import Block, iter_commands, iter_links, list_blocks, list_documents
from tests.source import ROOT, list_files

README_LINES = 120
_TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
_COMMANDS = [(block, words) for block in list_blocks("sh", "console") for words in iter_commands(block)]


def test_readme_is_short() -> None:
    """README.md fits the two screens that a newcomer gives it."""
    assert len((ROOT / "README.md").read_text().splitlines()) <= README_LINES


@pytest.mark.parametrize("path", list_documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    """Each link inside the checkout names a file that is there."""
    assert [target for target in iter_links(path) if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("block", list_blocks("json"), ids=str)
def test_json_is_json(block: Block) -> None:
    """Each JSON block parses; blocks of several lines may be one object a line."""
    try:
        json.loads(block.text)
    except ValueError:
        assert all(isinstance(json.loads(line), dict) for line in block.text.splitlines())


@pytest.mark.parametrize("block", [block for block in list_blocks("toml") if not block.is_marked], ids=str)
def test_toml_loads(block: Block, tmp_path: Path) -> None:
    """Each TOML block is a whole configuration that aegisd would start with, unless a comment above it says why not."""
    path = tmp_path / "aegis.toml"
    path.write_text(block.text)
    included = tmp_path / "workflows.d" / "included.toml"
    included.parent.mkdir()
    included.write_text('[[workflows.included.steps]]\nrun = "true"\n')
    assert _faults(path) == []


@pytest.mark.parametrize(
    "path",
    [*list_files("docs/examples", pattern="*.toml"), ROOT / "aegis.toml.example"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_example_files_load(path: Path) -> None:
    """Each configuration that ships is one that aegisd would start with."""
    assert _faults(path) == []


def _faults(path: Path) -> list[str]:
    _, problems, _ = check_files([str(path)], step_types=SPECS, environment={}, stdin_text=None)
    return [f"{problem.line}: {problem.code} {problem.message}" for problem in problems]


@pytest.mark.parametrize(("block", "words"), [each for each in _COMMANDS if each[1][0] == "aegisctl"], ids=str)
def test_aegisctl_commands_parse(block: Block, words: list[str]) -> None:
    """Each aegisctl command uses a verb and flags that exist."""
    name, rest = find_verb(words[1:])
    assert name is None or name in COMMANDS, f"{block}: {' '.join(words)}"
    if name is not None:
        parse_words(load_verb(name)[0], rest)


@pytest.mark.parametrize(("block", "words"), [each for each in _COMMANDS if each[1][0] == "make"], ids=str)
def test_make_targets_exist(block: Block, words: list[str]) -> None:
    """Each make command names targets of the Makefile."""
    targets = {word for word in words[1:] if "=" not in word}
    assert targets <= _TARGETS, f"{block}: {' '.join(words)}"
