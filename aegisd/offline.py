"""What aegisd does without a daemon: `validate` checks a configuration, `import` makes one from that of another system,
`explain` tells about a code or a key, `doctor` looks at the host.

`aegisctl validate` and `aegisctl explain` are these, so that what one accepts the other starts with.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aegisd.abilities import foresee_obstacles
from aegisd.config.loader import check_files
from aegisd.config.problems import Problem, render
from aegisd.steps import SPECS
from aegisd.steps.registry import StepRegistry
from aegisd.wire.errors import EXIT_FAILURE, EXIT_NO_INPUT, EXIT_OK

FORMATS = ("full", "concise", "json", "github", "sarif")


def add_offline_verbs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `validate`, `import`, `doctor` and `explain`."""
    check = verbs.add_parser("validate", help="check a configuration", allow_abbrev=False)
    check.add_argument("paths", nargs="*", metavar="PATH", help="files, folders, or - for standard input")
    check.add_argument("--format", choices=FORMATS, default="full")
    check.add_argument("--strict", action="store_true", help="warnings fail too")
    check.add_argument("--ignore", action="append", default=[], metavar="CODE", help="pass over a warning")
    check.add_argument("--no-host", action="store_true", help="do not ask whether this host can honour it")
    check.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    check.add_argument("--json", action="store_true", help="as --format json")
    check.set_defaults(verb="validate", run=validate)
    take = verbs.add_parser("import", help="make a configuration from that of aegis_qa", allow_abbrev=False)
    take.add_argument("file", metavar="FILE", help="a .aegis.yaml, - for standard input")
    take.add_argument("--env", metavar="ENV", help="with .aegis.ENV.yaml laid over it")
    take.add_argument("--to", metavar="FILE", help="write it there instead of to standard output")
    take.add_argument("--force", action="store_true", help="replace a file that is there")
    take.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    take.add_argument("--json", action="store_true")
    take.set_defaults(verb="import", run=import_configuration)
    look = verbs.add_parser("doctor", help="look at the host; prints JSON for aegisctl doctor", allow_abbrev=False)
    look.add_argument("--config", metavar="FILE", default=_default_path(os.environ))
    look.set_defaults(verb="doctor", run=look_at_host)
    about = verbs.add_parser("explain", help="tell about a code or a key", allow_abbrev=False)
    about.add_argument("topic", metavar="CODE|KEY")
    about.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    about.add_argument("--json", action="store_true")
    about.set_defaults(verb="explain", run=show_explanation)


def validate(options: argparse.Namespace) -> int:
    """Check the named files and say what is wrong; 0 when nothing is."""
    paths = options.paths or [_default_path(os.environ)]
    text = sys.stdin.buffer.read() if "-" in paths else None
    find, load = None if options.no_host else foresee_obstacles, StepRegistry().load
    _, found, sources = check_files(
        paths, step_types=SPECS, environment=os.environ, stdin_text=text, find_obstacles=find, load_plugin=load
    )
    problems = tuple(p for p in found if p.severity == "error" or p.code not in options.ignore)
    form = "json" if options.json else options.format
    colour = options.color == "always" or (options.color == "auto" and sys.stdout.isatty() and _may_colour(os.environ))
    print(render(problems, sources, format=form, color=colour and form == "full"))
    return EXIT_FAILURE if any(_fails(problem, strict=options.strict) for problem in problems) else EXIT_OK


def import_configuration(options: argparse.Namespace) -> int:
    """Make a configuration from that of another system."""
    from aegisd.importing.verb import import_file  # noqa: PLC0415 - only this verb needs YAML

    return import_file(options)


def look_at_host(options: argparse.Namespace) -> int:
    """Print what an aegisd would find here."""
    from aegisd.diagnosis.offline import print_examination  # noqa: PLC0415 - `validate` does without

    return print_examination(options, environment=os.environ)


def show_explanation(options: argparse.Namespace) -> int:
    """Print what is known of a code or a key."""
    from aegisd.config.explain import explain, nearest  # noqa: PLC0415 - aegisd itself never explains

    text = explain(options.topic, step_types=SPECS)
    if text is None:
        close = nearest(options.topic, step_types=SPECS)
        hint = f'did you mean "{close}"?' if close else "a code such as AEG012, or a key such as step.timeout"
        return _refuse(options, f'there is nothing about "{options.topic}"', hint)
    print(json.dumps({"schema": "aegis/v1", "topic": options.topic, "text": text}) if options.json else text)
    return EXIT_OK


def _refuse(options: argparse.Namespace, message: str, hint: str) -> int:
    error: dict[str, Any] = {"code": None, "exit": EXIT_NO_INPUT, "message": message, "help": hint}
    print(json.dumps({"error": error}) if options.json else f"aegisctl: {message}\n  {hint}", file=sys.stderr)
    return EXIT_NO_INPUT


def _fails(problem: Problem, *, strict: bool) -> bool:
    return strict or problem.severity == "error"


def _may_colour(environment: Mapping[str, str]) -> bool:
    return not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def _default_path(environment: Mapping[str, str]) -> str:
    named = environment.get("AEGIS_CONFIG")
    if named:
        return named
    return ".aegis" if Path(".aegis").is_dir() else "/etc/aegis/aegis.toml"
