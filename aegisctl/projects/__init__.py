"""What `aegisctl init` knows of projects: a function per kind, which looks at a folder and proposes steps. A new kind
is a function and a line here; the first that fits is proposed.

Only well-known names come from a project's files into a proposal, never text of its own.
"""

from __future__ import annotations

from aegisctl.projects.languages import propose_go, propose_make, propose_node, propose_rust
from aegisctl.projects.proposal import propose_anything
from aegisctl.projects.python import propose_python

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aegisctl.projects.proposal import Proposal

# template -> (what it is for, what looks at a folder)
KINDS: dict[str, tuple[str, Callable[[Path], Proposal]]] = {
    "python": ("Python: ruff, mypy, pytest where the project uses them", propose_python),
    "node": ("Node: the scripts lint, typecheck, test and build of package.json", propose_node),
    "rust": ("Rust: cargo fmt, clippy, test", propose_rust),
    "go": ("Go: gofmt, vet, test", propose_go),
    "make": ("Make: the targets lint, check, test and build", propose_make),
    "empty": ("one step that says hello", propose_anything),
}


def find_kinds(folder: Path) -> list[tuple[str, Proposal]]:
    """The kinds that `folder` is, the likeliest first, each with its proposal; `empty` when it is none."""
    proposals = [(name, propose(folder)) for name, (_, propose) in KINDS.items()]
    return [(name, proposal) for name, proposal in proposals if proposal.found] or proposals[-1:]
