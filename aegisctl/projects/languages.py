"""Proposals for Node, Rust, Go, and for whatever has a Makefile."""

from __future__ import annotations

import json
import re

from aegisctl.projects.proposal import Proposal, Step, read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

# lock file -> (package manager, how it installs what the lock says)
_LOCKS = {
    "pnpm-lock.yaml": ("pnpm", ("pnpm", "install", "--frozen-lockfile")),
    "yarn.lock": ("yarn", ("yarn", "install", "--immutable")),
    "bun.lock": ("bun", ("bun", "install", "--frozen-lockfile")),
    "package-lock.json": ("npm", ("npm", "ci")),
}
_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")


def propose_node(folder: Path) -> Proposal:
    """The scripts of package.json that have one of the usual names."""
    manifest = folder / "package.json"
    try:
        scripts = json.loads(read_text(manifest))["scripts"]
        known = {name: str(text) for name, text in scripts.items() if "no test specified" not in str(text)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        known = {}
    lock = next((name for name in _LOCKS if (folder / name).is_file()), None)
    manager, install = _LOCKS[lock] if lock else ("npm", ("npm", "install"))
    steps = [Step("install", *install, phase="install", timeout="15m")]
    fast = [name for name in ("lint", "typecheck", "format:check") if name in known]
    steps += [Step(name.replace(":", "-"), manager, "run", name, phase="fast", parallel=True) for name in fast]
    steps += [Step(name, manager, "run", name, timeout="20m") for name in ("test", "build") if name in known]
    found = ["package.json", *([lock] if lock else []), *(step.name for step in steps[1:])]
    return Proposal(found=found if manifest.is_file() else (), steps=steps)


def propose_rust(folder: Path) -> Proposal:
    """What cargo brings."""
    steps = [
        Step("format", "cargo", "fmt", "--check", phase="fast", parallel=True, timeout="5m"),
        Step("clippy", "cargo", "clippy", "--all-targets", "--", "-D", "warnings", phase="fast", parallel=True),
        Step("tests", "cargo", "test", timeout="20m"),
    ]
    return Proposal(found=("Cargo.toml",) if (folder / "Cargo.toml").is_file() else (), steps=steps)


def propose_go(folder: Path) -> Proposal:
    """What go brings."""
    steps = [
        Step("format", "sh", "-c", 'test -z "$(gofmt -l . | tee /dev/stderr)"', phase="fast", parallel=True),
        Step("vet", "go", "vet", "./...", phase="fast", parallel=True),
        Step("tests", "go", "test", "./...", timeout="20m"),
    ]
    return Proposal(found=("go.mod",) if (folder / "go.mod").is_file() else (), steps=steps)


def propose_make(folder: Path) -> Proposal:
    """The targets of a Makefile that have one of the usual names."""
    name = next((name for name in _MAKEFILES if (folder / name).is_file()), None)
    targets = (
        set(re.findall(r"^([A-Za-z-]+)[ \t]*:(?![:=])", read_text(folder / name), re.MULTILINE)) if name else set()
    )
    steps = [Step(each, "make", each, phase="fast") for each in ("lint", "check") if each in targets]
    steps += [Step(each, "make", each, timeout="20m") for each in ("test", "build") if each in targets]
    found = [name, *(step.name for step in steps)] if name else []
    return Proposal(found=found, steps=steps or [Step("make", "make", timeout="20m")])
