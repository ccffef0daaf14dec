"""The house rules that a reader relies on: short files, short functions, a sentence at each head, no leftovers."""

import ast
import re
from pathlib import Path

from tests.source import (
    ROOT,
    Function,
    is_ignored,
    iter_functions,
    iter_imports,
    list_files,
    parse_file,
    show_place,
    source_files,
)

MAX_FILE_LINES = 300
MAX_BODY_LINES = 50
P90_BODY_LINES = 18

TOP_LEVEL = {
    ".ci",
    ".gitignore",
    "Makefile",
    "README.md",
    "aegis.toml.example",
    "aegisctl",
    "aegisd",
    "docs",
    "pyproject.toml",
    "MANIFEST.in",  # what is in the source distribution beside the packages: nothing else can say it to setuptools
    "requirements.lock",
    "systemd",
    "tests",
    "web",
}

# put together here, so that this file does not hold what it looks for
_LEFTOVER = re.compile("|".join(rf"\b{word}\b" for word in ("TO" + "DO", "FIX" + "ME", "X" + "XX")))
_HOST_PATH = re.compile("|".join(re.escape(f"/{folder}/") for folder in ("work", "root", "home/dev", "opt/py" + "pi")))
_TEXT = (".py", ".md", ".toml", ".lock", ".sh", ".sql", ".varlink", ".html", ".css", ".js", ".service", ".example", "")


def _body_lines(function: Function) -> int:
    """Lines of the body from its first to its last, without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body and body[-1].end_lineno else 0


def _text_files() -> list[Path]:
    return [path for path in list_files() if path.suffix in _TEXT]


def test_files_are_short() -> None:
    """No Python file is longer than the budget, tests included."""
    files = [*source_files(), *list_files("tests", "docs", pattern="*.py")]
    lengths = {show_place(path): len(path.read_text().splitlines()) for path in files}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_FILE_LINES} == {}


def test_functions_are_short() -> None:
    """No body is longer than the budget, and nine of ten fit half a screen."""
    bodies = {
        f"{show_place(path, node)} {node.name}": _body_lines(node)
        for path in source_files()
        for node in iter_functions(path)
    }
    assert {name: lines for name, lines in bodies.items() if lines > MAX_BODY_LINES} == {}
    lengths = sorted(bodies.values())
    assert lengths[len(lengths) * 9 // 10] <= P90_BODY_LINES


def test_files_say_what_they_are() -> None:
    """Every Python file begins with a docstring."""
    files = [*source_files(), *list_files("tests", "docs", pattern="*.py")]
    assert [show_place(path) for path in files if not ast.get_docstring(parse_file(path))] == []


def test_tests_say_what_they_show() -> None:
    """Every test has a sentence as its docstring."""
    silent = [
        f"{show_place(path, node)} {node.name}"
        for path in list_files("tests", pattern="test_*.py")
        for node in iter_functions(path)
        if node.name.startswith("test_") and not (ast.get_docstring(node) or "").rstrip().endswith((".", "?", "!"))
    ]
    assert silent == []


def test_tests_use_trio_and_fakes() -> None:
    """No test imports a mock library or another event loop: fakes ship with the package."""
    banned = [
        f"{show_place(path, node)} imports {name}"
        for path in list_files("tests", pattern="*.py")
        for node, name in iter_imports(path)
        if name.startswith(("unittest.mock", "asyncio", "mock."))
    ]
    assert banned == []


def test_nothing_is_left_for_later() -> None:
    """No file holds a mark of unfinished work."""
    found = [show_place(path) for path in _text_files() if _LEFTOVER.search(path.read_text(errors="replace"))]
    assert found == []


def test_no_paths_of_the_machine_it_was_written_on() -> None:
    """No file names a folder that only its author had."""
    found = [show_place(path) for path in _text_files() if _HOST_PATH.search(path.read_text(errors="replace"))]
    assert found == []


def test_no_index_in_the_lock_file() -> None:
    """The lock names versions and hashes only: where packages come from is the reader's setting."""
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    assert not re.search(r"^--(index-url|extra-index-url|find-links)", lock, re.MULTILINE)


def test_top_level_is_as_agreed() -> None:
    """Nothing lies at the top of the checkout that design and README do not speak of."""
    found = {path.name for path in ROOT.iterdir() if not is_ignored(path)}
    assert found - TOP_LEVEL == set()
