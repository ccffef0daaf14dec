"""The flags of what keeps a store safe: `aegisd backup`, `aegisd verify` and `aegisd --check`; the work is in
`keeper.py`, which is imported when it is asked for."""

import argparse
from pathlib import Path

from aegisd.config.values import Config


def add_keeping_verbs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `backup` and `verify`."""
    keep = verbs.add_parser("backup", help="write an archive of the state directory", allow_abbrev=False)
    keep.add_argument("file", metavar="FILE", help="- for standard output; a name that ends in .gz is compressed")
    keep.set_defaults(verb="backup", run=_backup)
    look = verbs.add_parser("verify", help="check the store: file, numbers, runs against events", allow_abbrev=False)
    look.add_argument("--repair", action="store_true", help="make rows of runs again from their events")
    look.set_defaults(verb="verify", run=_verify)
    for parser in (keep, look):
        parser.add_argument("--state-dir", metavar="DIR", required=True, help="the state directory")
        parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")
        parser.add_argument("--json", action="store_true", help="answer with one JSON document")


def check_start(config: Config) -> int:
    """Say whether an aegisd with `config` could open its store; raises StartError when it could not."""
    from aegisd.keeper import check_store  # noqa: PLC0415 - brings SQLite

    print(f"configuration: {config.path}, {len(config.files)} files, {len(config.workflows)} workflows")
    return check_store(Path(config.daemon.state_dir))


def _backup(options: argparse.Namespace) -> int:
    from aegisd import keeper  # noqa: PLC0415 - as above

    return keeper.guard(options, keeper.backup)


def _verify(options: argparse.Namespace) -> int:
    from aegisd import keeper  # noqa: PLC0415 - as above

    return keeper.guard(options, keeper.verify)
