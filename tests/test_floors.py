"""What the lower floors and the client may import, beyond what the contracts in `pyproject.toml` can say."""

import ast
import sys
from pathlib import Path

import pytest

from tests.source import ROOT, iter_imports, list_files, parse_file, show_place

CLOCKS_AND_CHANCE = {"datetime.datetime.now", "datetime.datetime.today", "random", "secrets", "time", "uuid.uuid4"}


def _is_in(name: str, rooms: tuple[str, ...]) -> bool:
    """Whether `name` is one of `rooms` or inside one; `aegisd!` is that name alone."""
    return any(name == room.removesuffix("!") or name.startswith(f"{room}.") for room in rooms)


def _is_standard(name: str) -> bool:
    return name.partition(".")[0] in sys.stdlib_module_names


@pytest.mark.parametrize(
    ("folder", "allowed"),
    [
        pytest.param("aegisd/wire", ("aegisd.wire",), id="wire"),
        pytest.param("aegisd/core", ("attrs", "msgspec", "aegisd.core", "aegisd.wire.units"), id="core"),
        pytest.param("aegisctl", ("aegisctl", "aegisd.wire", "aegisd.__version__", "aegisd!"), id="aegisctl"),
    ],
)
def test_imports_only(folder: str, allowed: tuple[str, ...]) -> None:
    """Apart from the standard library, the room imports nothing but what is named here."""
    foreign = [
        f"{show_place(path, node)} imports {name}"
        for path in list_files(folder, pattern="*.py")
        for node, name in iter_imports(path)
        if not _is_standard(name) and not _is_in(name, allowed)
    ]
    assert foreign == []


@pytest.mark.parametrize("path", list_files("aegisd/core", pattern="*.py"), ids=lambda path: path.stem)
def test_core_is_pure(path: Path) -> None:
    """No await, no clock, no chance, no file on the floor that decides: all of these are arguments."""
    imports = {name for _, name in iter_imports(path)}
    assert not {name for name in imports if _is_in(name, tuple(CLOCKS_AND_CHANCE))}
    waiting = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    assert not [show_place(path, node) for node in ast.walk(parse_file(path)) if isinstance(node, waiting)]
    calls = [
        node.func.id
        for node in ast.walk(parse_file(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert "open" not in calls


def test_version_module_imports_nothing() -> None:
    """`aegisctl version` must not pay for the daemon."""
    assert list(iter_imports(ROOT / "aegisd" / "__init__.py")) == []
