"""`aegisctl export`: a finished run as one file, and the check of such a file."""

from __future__ import annotations

import os

from aegisctl.bundle import write_bundle
from aegisctl.bundle_file import check_name, compressing
from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional, Verb
from aegisctl.failure import Failure
from aegisctl.new_file import write_new_file
from aegisctl.text import escape, plural
from aegisctl.values import find_run
from aegisd.wire.errors import EXIT_OK
from aegisd.wire.units import format_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "export",
    group="Runs",
    summary="a finished run as one file: events, output, artifacts, definition",
    examples=(
        ("aegisctl export 842", "writes run-842.tar.gz"),
        ("aegisctl export quality -O /srv/archive/quality.tar.gz", "the latest run of quality, somewhere else"),
        ("aegisctl export --verify run-842.tar.gz", "check one, without a daemon and without unpacking it"),
    ),
    positionals=(Positional("RUN", count="?", help="the run (see help selectors)"),),
    flags=(
        Flag("-O", "--to", metavar="FILE", help="the file: .tar.gz, .tar.zst (Python 3.14) or .tar"),
        Flag("-f", "--force", help="replace a file that is there"),
        Flag("--verify", metavar="FILE", help="check a bundle instead; exit 1 when it is not whole"),
    ),
    fields=("file", "format", "run", "workflow", "result", "definition", "members", "manifest_sha256"),
    text=(
        "A bundle has a manifest with the SHA-256 of each file in it. The same run gives the same tar. Of the "
        "environment it has the names only; parameters, commands, output and artifacts are in it as they were. "
        "The manifest vouches for the rest: whoever must trust a bundle keeps the SHA-256 of its manifest elsewhere."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """A sentence, or the manifest in JSON."""
    if given.text("verify") is not None:
        return _verify(str(given.text("verify")), output)
    if given.text("RUN") is None:
        raise Failure("usage", "export: RUN is missing", hint="aegisctl export RUN, or --verify FILE")
    client = open_client(given)
    number = find_run(client, given.text("RUN"))
    path = given.text("to") or f"run-{number}.tar.gz"
    check_name(path)

    def write(file: IO[bytes]) -> dict[str, Any]:
        with compressing(file, path) as stream:
            return write_bundle(client, number, stream)

    manifest = write_new_file(path, write, force=given.switch("force"))
    output.document({"file": path, **manifest})
    size = format_size(os.stat(path).st_size)  # noqa: PTH116 - pathlib costs 3 ms
    count = plural(len(manifest["members"]), "file")
    output.say(f"{escape(path)}  {size}, {count} of run #{number}\nmanifest {manifest['manifest_sha256']}")
    return EXIT_OK


def _verify(path: str, output: Output) -> int:
    from aegisctl.bundle_verify import verify_bundle  # noqa: PLC0415 - only for this

    try:
        file = open(path, "rb")  # noqa: PTH123, SIM115 - pathlib costs 3 ms; closed below
    except FileNotFoundError:
        raise Failure("no-such-file", f"there is no file {path}") from None
    with file:
        manifest = verify_bundle(file)
    output.document({"file": path, **manifest})
    count = plural(len(manifest["members"]), "file")
    output.say(f"{escape(path)} is whole: {count} of run #{manifest['run']} of {escape(manifest.get('workflow'))}")
    output.say(f"manifest {manifest['manifest_sha256']}")
    return EXIT_OK
