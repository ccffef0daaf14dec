"""A proposed workflow, and its TOML."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_LARGEST = 1_000_000


class Step:
    """A step: its name, its command as a list, and whether it may run beside its neighbours."""

    def __init__(
        self, name: str, *command: str, phase: str = "tests", parallel: bool = False, timeout: str = "10m"
    ) -> None:
        self.name = name
        self.command = command
        self.phase = phase
        self.parallel = parallel
        self.timeout = timeout


class Proposal:
    """`found` says what it was made from; nothing when the folder is no project of that kind."""

    def __init__(self, *, found: Sequence[str], steps: Sequence[Step]) -> None:
        self.found = tuple(found)
        self.steps = tuple(steps)


def propose_anything(_: Path) -> Proposal:
    """A step to begin with."""
    return Proposal(found=(), steps=[Step("hello", "echo", "it works")])


def render_workflow(name: str, steps: Sequence[Step], *, template: str) -> str:
    """A file of one workflow, whose steps run in the folder above the file's."""
    head = (
        f"# Made by aegisctl init from the template {template}; yours from here on. All keys: aegisctl explain step\n\n"
        f'[workflows.{name}]\ndescription = "The checks of this project"\n'
        'dir = ".."                      # the project: the folder above the one of this file\ntimeout = "30m"\n'
    )
    return head + "".join(_render_step(name, step) for step in steps)


def read_text(path: Path) -> str:
    """The text of a file of the project; nothing when it cannot be read or is not of a size that people write."""
    try:
        return "" if path.stat().st_size > _LARGEST else path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _render_step(name: str, step: Step) -> str:
    command = ", ".join(json.dumps(word) for word in step.command)
    lines = [f'name = "{step.name}"', f"run = [{command}]", f'phase = "{step.phase}"', f'timeout = "{step.timeout}"']
    lines += ["parallel = true"] if step.parallel else []
    return f"\n[[workflows.{name}.steps]]\n" + "".join(f"{line}\n" for line in lines)
