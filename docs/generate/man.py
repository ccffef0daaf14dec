"""The manual pages aegisctl(1), aegisd(8) and aegis.toml(5): `python -m docs.generate.man DIR` writes them.

Made from what `--help`, the reference pages and `explain` are made of, so that none of them can say something else.
"""

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from aegisctl.arguments import usage_line
from aegisctl.declare import Verb
from aegisctl.exit_codes import EXIT_CODES
from aegisctl.global_flags import GLOBAL_FLAGS
from aegisctl.help_text import all_verbs
from aegisctl.topics import TOPICS
from aegisd import __version__
from aegisd.config.reference import render_configuration as render_reference
from aegisd.config.topics import Table, describe_default, describe_type, list_tables
from aegisd.main import make_parser
from aegisd.steps import SPECS
from docs.generate import roff

_SYSTEM_CONFIG = "/etc/aegis/aegis.toml"


def render_aegisctl() -> str:
    """aegisctl(1)."""
    verbs = all_verbs()
    groups = dict.fromkeys(verb.group for verb in verbs)
    parts = [
        roff.head("aegisctl", 1, version=__version__, about="drive and watch aegisd, the daemon of a build host"),
        roff.section("Synopsis", roff.block("aegisctl [flags] VERB [arguments]")),
        roff.section("Description", roff.paragraph("Starts, watches and explains the runs of `aegisd`(8).")),
        roff.section("Flags of every verb", roff.rows((flag.usage, flag.help) for flag in GLOBAL_FLAGS)),
    ]
    parts += [roff.section(group, *(_verb(verb) for verb in verbs if verb.group == group)) for group in groups]
    parts += [roff.section(title, roff.block(text)) for name, (title, text) in TOPICS.items() if name != "exit-codes"]
    codes = [(str(code), f"{meaning}. {advice}".strip(". ") + ".") for code, meaning, advice in EXIT_CODES]
    parts += [roff.section("Exit status", roff.rows(codes)), _see_also("aegisd(8)", "aegis.toml(5)")]
    return "".join(parts)


def render_aegisd() -> str:
    """aegisd(8)."""
    parser = make_parser({})
    verbs = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))  # noqa: SLF001 - argparse has no other way to ask
    offline = verbs._choices_actions  # noqa: SLF001 - as above
    files = [
        (_SYSTEM_CONFIG, "the configuration, `aegis.toml`(5)"),
        ("/var/lib/aegis", "the state: the store, the output of steps, workspaces"),
        ("/run/aegis/control.sock", "the socket that `aegisctl`(1) connects to"),
    ]
    signals = [
        ("SIGTERM, SIGINT", "take no more runs, let executing ones finish within `grace`, cancel the rest, end"),
        ("a second one", "cancel executing runs at once; what aegisd has open is still closed in order"),
        ("SIGHUP", "load the configuration again; a bad one is refused and the old one stays"),
    ]
    status = [
        ("0", "ended as asked"),
        ("2", "wrong flags"),
        ("77, 1", "cannot start"),
        ("78", "wrong configuration, store of a later version"),
    ]
    parts = [
        roff.head("aegisd", 8, version=__version__, about="the pipeline daemon of a build host"),
        roff.section("Synopsis", roff.block("aegisd [flags]\naegisd VERB [flags]")),
        roff.section(
            "Description",
            roff.paragraph(
                "Runs workflows of steps, records every fact of them as an event in a store, and tells whoever "
                "listens. Stays in the foreground. Under systemd it says when it is ready and that it is alive, "
                "takes sockets named `ctl` and `http`, and sends lines with fields such as `AEGIS_RUN` to the journal."
            ),
        ),
        roff.section("Flags", roff.rows(_flags(parser))),
        roff.section("Without a daemon", *(_offline(each, verbs.choices[each.dest]) for each in offline)),
        roff.section("Signals", roff.rows(signals)),
        roff.section("Files", roff.rows(files)),
        roff.section("Exit status", roff.rows(status)),
        _see_also("aegisctl(1)", "aegis.toml(5)", "systemd.service(5)", "journalctl(1)"),
    ]
    return "".join(parts)


def render_configuration() -> str:
    """aegis.toml(5)."""
    example = Path(__file__).parents[2] / "aegis.toml.example"
    parts = [
        roff.head("aegis.toml", 5, version=__version__, about="the configuration of aegisd"),
        roff.section("Synopsis", roff.block(_SYSTEM_CONFIG)),
        roff.section("Description", *(roff.paragraph(_plain(each)) for each in _list_rules())),
        *(roff.section(table.heading, roff.paragraph(table.doc), _keys(table)) for table in list_tables(SPECS)),
        roff.section("Example", roff.block(example.read_text())),
        _see_also("aegisctl(1)", "aegisd(8)"),
    ]
    return "".join(parts)


PAGES: Mapping[str, Callable[[], str]] = {
    "aegisctl.1": render_aegisctl,
    "aegisd.8": render_aegisd,
    "aegis.toml.5": render_configuration,
}


def main(folder: Path) -> None:
    """Write every page into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, render in PAGES.items():
        (folder / name).write_text(render())


def _verb(verb: Verb) -> str:
    takes = [(positional.usage, positional.help) for positional in verb.positionals]
    takes += [(flag.usage, flag.help) for flag in verb.flags]
    parts = [roff.paragraph(f"{verb.summary.capitalize()}."), roff.rows(takes)]
    parts += [roff.paragraph(verb.text)] if verb.text else []
    parts += [roff.paragraph("Examples:"), roff.rows(verb.examples)]
    return roff.subsection(usage_line(verb), *parts)


def _flags(parser: argparse.ArgumentParser) -> list[tuple[str, str]]:
    """The flags and arguments of a parser of argparse."""
    found = []
    for action in parser._actions:  # noqa: SLF001 - as above
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            continue
        value = "|".join(map(str, action.choices)) if action.choices else str(action.metavar or action.dest.upper())
        names = ", ".join(action.option_strings) or value
        takes = action.option_strings and action.nargs != 0
        meaning = (action.help or "") % {"default": action.default, "prog": parser.prog}
        found.append((f"{names} {value}" if takes else names, meaning or f"one of {value}"))
    return found


def _offline(verb: argparse.Action, parser: argparse.ArgumentParser) -> str:
    about = f"{(verb.help or '').capitalize()}."
    return roff.subsection(f"aegisd {verb.dest}", roff.paragraph(about), roff.rows(_flags(parser)))


def _keys(table: Table) -> str:
    keys = []
    for slot in table.slots.values():
        default = describe_default(slot)
        about = f"{describe_type(slot)}; {f'default: {default}' if default else 'must be given'}. {slot.key.doc}"
        keys.append((slot.name, f"{about} Example: `{slot.name} = {slot.key.example}`"))
    return roff.rows(keys)


def _list_rules() -> list[str]:
    """The paragraphs of the reference page that stand before the keys."""
    before, _, _ = render_reference(SPECS).partition("\n## At the top of a file")
    pieces = re.split(r"\n\n|\n(?=- )", before)
    return [piece.removeprefix("- ") for piece in pieces if not piece.startswith(("#", "<!--"))]


def _plain(text: str) -> str:
    """A paragraph of the reference without the marks of Markdown but backquotes."""
    linked = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", text.replace("**", ""))
    return " ".join(linked.split())


def _see_also(*pages: str) -> str:
    return roff.section("See also", roff.paragraph(", ".join(f"`{page[:-3]}`{page[-3:]}" for page in pages)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
