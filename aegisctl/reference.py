"""The pages `aegisctl.md` and `exit-codes.md` of the reference: `python -m aegisctl.reference DIR` writes them."""

from __future__ import annotations

import sys
from pathlib import Path

from aegisctl.arguments import usage_line
from aegisctl.exit_codes import EXIT_CODES
from aegisctl.failure import KINDS
from aegisctl.global_flags import GLOBAL_FLAGS
from aegisctl.help_text import all_verbs
from aegisctl.topics import TOPICS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from aegisctl.declare import Flag, Verb


def render_verbs() -> str:
    """`docs/reference/aegisctl.md`."""
    parts = ["# aegisctl\n\nThe same texts as `aegisctl VERB --help`; generated from them (`make docs`).\n"]
    parts.append("Flags of every verb, before or after it:\n\n" + _flags(GLOBAL_FLAGS))
    group = ""
    for verb in all_verbs():
        if verb.group != group:
            group = verb.group
            parts.append(f"## {group}\n")
        parts.append(_verb(verb))
    parts.append("## Topics\n\nThe same texts as `aegisctl help TOPIC`.\n")
    parts += [f"### {name}: {title}\n\n```\n{text.rstrip()}\n```\n" for name, (title, text) in TOPICS.items()]
    return "\n".join(parts)


def render_exit_codes() -> str:
    """`docs/reference/exit-codes.md`."""
    rows = "".join(f"| {code} | {meaning} | {advice} |\n" for code, meaning, advice in EXIT_CODES)
    kinds = "".join(f"| {code} | {status} | {kind} |\n" for kind, (code, status) in KINDS.items())
    return (
        "# Exit codes\n\nThe same for every verb of `aegisctl`; also `aegisctl help exit-codes`.\n\n"
        f"| exit | meaning | what to do |\n|---|---|---|\n{rows}\n"
        "`run`, `watch` and `retry` exit by the result of the run; `--exit-zero` switches that off.\n\n"
        "Errors of aegisctl itself carry these codes with `--json`; the codes of refused calls are in\n"
        f"[error-codes.md](error-codes.md).\n\n| code | exit | kind |\n|---|---|---|\n{kinds}"
    )


PAGES = {"aegisctl.md": render_verbs, "exit-codes.md": render_exit_codes}


def _verb(verb: Verb) -> str:
    text = f"### `{verb.name}`\n\n{verb.summary.capitalize()}.\n\n```\n{usage_line(verb)}\n```\n\n"
    text += "".join(f"- `{line}`: {why}\n" for line, why in verb.examples) + "\n"
    rows = "".join(f"| `{_cell(each.usage)}` | {_cell(each.help)} |\n" for each in verb.positionals)
    if rows:
        text += f"| argument | |\n|---|---|\n{rows}\n"
    if verb.flags:
        text += _flags(verb.flags) + "\n"
    if verb.text:
        text += f"{verb.text}\n\n"
    if verb.fields:
        text += f"JSON fields: {', '.join(f'`{field}`' for field in verb.fields)}.\n"
    return text.rstrip() + "\n"


def _flags(flags: Iterable[Flag]) -> str:
    return "| flag | |\n|---|---|\n" + "".join(f"| `{_cell(flag.usage)}` | {_cell(flag.help)} |\n" for flag in flags)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    for name, render in PAGES.items():
        Path(sys.argv[1], name).write_text(render(), encoding="utf-8")
