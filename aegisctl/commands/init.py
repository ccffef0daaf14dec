"""`aegisctl init`: a first workflow for a project, or a first configuration for a host. Overwrites nothing."""

from __future__ import annotations

import os
from pathlib import Path

from aegisctl.declare import Flag, Positional, Verb
from aegisctl.failure import Failure
from aegisctl.projects import KINDS, find_kinds
from aegisctl.projects.proposal import render_workflow
from aegisctl.text import escape, plural
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

_NAME = "quality"
_SYSTEM = "/etc/aegis/aegis.toml"
_SYSTEM_TEXT = """\
# The configuration of aegisd. All keys: man aegis.toml, or aegisctl explain daemon

# Projects put their workflows here, or are included where they are: "/srv/app/.aegis/*.toml"
include = ["workflows.d/*.toml"]

[daemon]
state_dir = "/var/lib/aegis"      # the same whoever asks: aegisd --check, aegisctl verify
runs = 4                          # runs that execute at once

[control]
group = "aegis"                   # whose members may connect
operators = ["aegis"]             # who may start, cancel and reload
"""

VERB = Verb(
    "init",
    group="Workflows and configuration",
    summary="make a first workflow for a project, from what it finds there",
    examples=(
        ("aegisctl init", "looks at this folder and makes .aegis/quality.toml"),
        ("aegisctl init --print", "only shows it"),
        ("aegisctl init --template rust ~/src/app", "from this template, for that folder"),
        ("sudo aegisctl init --system", "makes /etc/aegis/aegis.toml for a host without one"),
    ),
    positionals=(Positional("DIR", count="?", help="the project (default: the current directory)"),),
    flags=(
        Flag("--template", choices=tuple(KINDS), help="take this template instead of what fits best"),
        Flag("--list", help="list the templates and which of them fit"),
        Flag("--print", help="print the file instead of making it"),
        Flag("--system", help="a configuration for aegisd itself, in /etc/aegis"),
    ),
    fields=("template", "found", "path", "made", "steps"),
    text="A file that exists is never overwritten. No daemon is needed, and nothing of the project is executed.",
)


def run(*, given: Given, output: Output) -> int:
    """Make it, or show it."""
    if given.switch("system"):
        return _make_system(given, output)
    folder = Path(given.text("DIR") or ".").absolute()
    if not folder.is_dir():
        raise Failure("no-such-topic", f"there is no folder {folder}", hint="aegisctl init DIR")
    if given.switch("list"):
        return _list(folder, output)
    return _make_workflow(folder, given, output)


def _make_workflow(folder: Path, given: Given, output: Output) -> int:
    fitting = find_kinds(folder)
    template, proposal = fitting[0]
    if given.text("template") is not None:
        template = str(given.text("template"))
        proposal = KINDS[template][1](folder)
    text = render_workflow(_NAME, proposal.steps, template=template)
    path = folder / ".aegis" / f"{_NAME}.toml"
    names = [step.name for step in proposal.steps]
    facts = {"template": template, "found": list(proposal.found), "path": str(path), "steps": names}
    if given.switch("print"):
        output.document({**facts, "made": False})
        output.say(text.rstrip("\n"))
        return EXIT_OK
    _write(path, text)
    output.document({**facts, "made": True})
    output.say(f"found: {escape(', '.join(proposal.found)) or 'no project that a template fits'}")
    output.say(f"made {escape(path)} from template {template} ({plural(len(names), 'step')}: {', '.join(names)})")
    if len(fitting) > 1 and given.text("template") is None:
        output.say(f"it also looks like: {', '.join(name for name, _ in fitting[1:])} (aegisctl init --template)")
    output.hint(
        [f"aegisctl validate {path.parent}", f'include = ["{path.parent}/*.toml"] in {_SYSTEM}, aegisctl reload']
    )
    return EXIT_OK


def _make_system(given: Given, output: Output) -> int:
    path = Path(_SYSTEM)
    facts = {"template": "system", "found": [], "path": str(path), "steps": []}
    if given.switch("print"):
        output.document({**facts, "made": False})
        output.say(_SYSTEM_TEXT.rstrip("\n"))
        return EXIT_OK
    _write(path, _SYSTEM_TEXT)
    output.document({**facts, "made": True})
    output.say(f"made {path}")
    output.hint([f"aegisctl validate {path}", "sudo systemctl restart aegisd"])
    return EXIT_OK


def _list(folder: Path, output: Output) -> int:
    fitting = {name for name, _ in find_kinds(folder)}
    output.documents([{"template": name, "found": name in fitting} for name in KINDS])
    for name, (about, _) in KINDS.items():
        output.say(f"{name:8} {about}" + ("   (fits)" if name in fitting else ""))
    return EXIT_OK


def _write(path: Path, text: str) -> None:
    """Make `path`, and never follow or replace what is there. Raises Failure."""
    try:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    except FileExistsError:
        raise Failure(
            "exists", f"{path} is there already", hint="aegisctl init --print shows what it would be"
        ) from None
    with os.fdopen(file, "w", encoding="utf-8") as writer:
        writer.write(text)
