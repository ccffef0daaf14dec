"""Proposals for Python projects."""

from __future__ import annotations

from aegisctl.projects.proposal import Proposal, Step, read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "tox.ini")


def propose_python(folder: Path) -> Proposal:
    """The tools that the project's files speak of, started as the project starts them."""
    marks = [name for name in _MARKS if (folder / name).is_file()]
    texts = "\n".join(read_text(folder / name) for name in (*marks, "requirements-dev.txt"))
    tests = [name for name in ("tests", "test") if (folder / name).is_dir()]
    start = _find_start(folder)
    tools = [tool for tool in ("ruff", "mypy", "pytest") if tool in texts or (folder / f"{tool}.toml").is_file()]
    steps = []
    if "ruff" in tools:
        steps.append(Step("ruff", *start, "ruff", "check", ".", phase="fast", parallel=True, timeout="5m"))
        steps.append(
            Step("format", *start, "ruff", "format", "--check", ".", phase="fast", parallel=True, timeout="5m")
        )
    if "mypy" in tools:
        steps.append(Step("types", *start, "mypy", ".", phase="fast", parallel=True))
    if "pytest" in tools:
        steps.append(Step("tests", *start, "pytest", "-q", timeout="20m"))
    elif tests:
        steps.append(Step("tests", *_plain(start), "unittest", "discover", tests[0], timeout="20m"))
    if not steps:
        steps.append(Step("compile", *_plain(start), "compileall", "-q", "."))
    return Proposal(found=[*marks, *tools] if marks else (), steps=steps)


def _find_start(folder: Path) -> tuple[str, ...]:
    """What comes before a tool's name."""
    if (folder / "uv.lock").is_file():
        return ("uv", "run")
    if (folder / "poetry.lock").is_file():
        return ("poetry", "run")
    for name in (".venv", "venv"):
        if (folder / name / "bin" / "python").exists():
            return (f"{name}/bin/python", "-m")
    return ("python3", "-m")


def _plain(start: tuple[str, ...]) -> tuple[str, ...]:
    """As `start`, for a module of the standard library."""
    return start if start[-1] == "-m" else (*start, "python", "-m")
