"""The files of this checkout as tests of the house rules see them: which there are, and their syntax trees."""

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("aegisd", "aegisctl", "web")
_IGNORED = tuple(
    line.rstrip("/") for line in (ROOT / ".gitignore").read_text().splitlines() if line and not line.startswith("#")
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_ignored(path: Path) -> bool:
    """Whether git does not look at `path`, or would not."""
    return any(fnmatch(part, pattern) for part in path.relative_to(ROOT).parts for pattern in (*_IGNORED, ".git"))


def list_files(*folders: str, pattern: str = "*") -> list[Path]:
    """The files of `folders` (default: everywhere) that belong to the project, sorted."""
    starts = [ROOT / folder for folder in folders] or [ROOT]
    found = {path for start in starts for path in start.rglob(pattern) if path.is_file() and not is_ignored(path)}
    return sorted(found)


def source_files() -> list[Path]:
    """The Python files that are installed."""
    return list_files(*PACKAGES, pattern="*.py")


def parse_file(path: Path) -> ast.Module:
    """The syntax tree of `path`."""
    return ast.parse(path.read_text(), filename=str(path))


def show_place(path: Path, node: ast.AST | None = None) -> str:
    """`aegisd/core/plan.py:12`, for messages."""
    name = str(path.relative_to(ROOT))
    return name if node is None else f"{name}:{getattr(node, 'lineno', 1)}"


def iter_functions(path: Path) -> Iterator[Function]:
    """Every function and method of `path`, inner ones too."""
    for node in ast.walk(parse_file(path)):
        if isinstance(node, Function):
            yield node


def iter_imports(path: Path) -> Iterator[tuple[ast.AST, str]]:
    """Every import of `path` as its full dotted name, wherever it stands."""
    for node in ast.walk(parse_file(path)):
        if isinstance(node, ast.Import):
            yield from ((node, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{show_place(path, node)}: imports are written out in full"
            yield from ((node, f"{node.module}.{name.name}") for name in node.names)
