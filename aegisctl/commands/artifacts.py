"""`aegisctl artifacts`: what a run left behind: which, fetch one, add one, remove one."""

from __future__ import annotations

import os

from aegisctl.artifact_list import format_artifact_row, format_artifacts, iter_artifacts
from aegisctl.artifact_transfer import fetch, send
from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional, Verb
from aegisctl.failure import Failure
from aegisctl.new_file import write_new_file
from aegisctl.terminal import write_all
from aegisctl.text import escape
from aegisctl.values import find_run
from aegisd.wire.errors import EXIT_OK
from aegisd.wire.units import format_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.client import Client
    from aegisctl.declare import Given
    from aegisctl.output import Output

_FIELDS = ("key", "size", "sha256", "type", "saved_at", "step", "attempt")

VERB = Verb(
    "artifacts",
    group="Runs",
    summary="files and documents that a run left behind",
    examples=(
        ("aegisctl artifacts 842", "which there are"),
        ("aegisctl artifacts get 842 coverage.xml", "fetch one into the current folder"),
        ("aegisctl artifacts get quality dist/app.whl -O - | sha256sum", "or to stdout"),
        ("aegisctl artifacts put plan plan.json", "inside a step: keep a document with its run"),
    ),
    positionals=(
        Positional("ACTION", help="list, get, put or delete; a run alone means list"),
        Positional("WORD", count="*", help="list: RUN; get and delete: [RUN] NAME; put: [RUN] NAME FILE (- is stdin)"),
    ),
    flags=(
        Flag(
            "-O",
            "--to",
            metavar="FILE",
            help="get: the file to write (default: by the name); - is stdout",
        ),
        Flag("-f", "--force", help="get: replace a file that is there"),
        Flag("--type", metavar="TYPE", help="put: the media type (default: by the ending of the name or the file)"),
    ),
    fields=_FIELDS,
    text=(
        "Inside a step the run may be left out: it is the step's own. In a pipe the list is name, bytes, SHA-256, "
        "type, step, attempt, time; separated by tabs."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """A table, a file, or a sentence."""
    client, action, words = open_client(given), str(given.text("ACTION")), given.texts("WORD")
    if action not in _ACTIONS:
        if words:
            hint = f"one of: {', '.join(_ACTIONS)}; or a run alone"
            raise Failure("usage", f"artifacts: there is no action {action!r}", hint=hint)
        action, words = "list", [action]
    names, act = _ACTIONS[action]
    return act(client, *_split(client, action, words, names), given=given, output=output)


def _split(client: Client, action: str, words: list[str], names: tuple[str, ...]) -> tuple[int, list[str]]:
    """The run, which may be left out inside a step, and the words after it."""
    if len(words) not in {len(names), len(names) + 1}:
        raise Failure("usage", f"artifacts {action}: expected {' '.join(['[RUN]', *names])}")
    if len(words) > len(names):
        return find_run(client, words[0]), words[1:]
    own = os.environ.get("AEGIS_RUN_ID", "")
    if not own.isdecimal():
        raise Failure("usage", f"artifacts {action}: RUN is missing", hint="only inside a step it may be left out")
    return int(own), words


def _list(client: Client, run: int, _: list[str], *, given: Given, output: Output) -> int:
    del given
    artifacts = list(iter_artifacts(client, run))
    output.documents(artifacts)
    if output.stdout.tty and artifacts:
        output.say("\n".join(format_artifacts(artifacts, terminal=output.stdout)))
    else:
        for each in artifacts:
            output.say(format_artifact_row(each))
    if not artifacts and not output.is_json:
        output.note(f"run #{run} has no artifacts")
    return EXIT_OK


def _get(client: Client, run: int, words: list[str], *, given: Given, output: Output) -> int:
    key, target = words[0], given.text("to")
    if target == "-":
        fetch(client, run, key, lambda data: write_all(output.stdout.fd, data))
        return EXIT_OK
    path = target or key.rpartition("/")[2]
    artifact = write_new_file(path, lambda file: fetch(client, run, key, file.write), force=given.switch("force"))
    output.document(artifact)
    output.say(f"{escape(path)}  {format_size(artifact['size'])}")
    return EXIT_OK


def _put(client: Client, run: int, words: list[str], *, given: Given, output: Output) -> int:
    key, path = words
    kind = given.text("type") or _guess(key, path)
    descriptor = 0 if path == "-" else _open(path)
    try:
        token = os.environ.get("AEGIS_TOKEN") if os.environ.get("AEGIS_RUN_ID") == str(run) else None
        artifact = send(client, descriptor, run=run, key=key, type=kind, token=token)
    finally:
        if path != "-":
            os.close(descriptor)
    output.document(artifact)
    output.say(f"kept {escape(key)} ({format_size(artifact['size'])}) with run #{run}")
    return EXIT_OK


def _open(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise Failure("no-such-file", f"there is no file {escape(path)}") from None


def _guess(key: str, path: str) -> str | None:
    """The daemon goes by the ending of the name; where it has none, JSON is told by the file's."""
    return "application/json" if "." not in key.rpartition("/")[2] and path.endswith(".json") else None


def _delete(client: Client, run: int, words: list[str], *, given: Given, output: Output) -> int:
    del given
    token = os.environ.get("AEGIS_TOKEN") if os.environ.get("AEGIS_RUN_ID") == str(run) else None
    client.call("DeleteArtifact", run=run, key=words[0], token=token)
    output.say(f"deleted {escape(words[0])} of run #{run}")
    return EXIT_OK


_ACTIONS = {
    "list": ((), _list),
    "get": (("NAME",), _get),
    "put": (("NAME", "FILE"), _put),
    "delete": (("NAME",), _delete),
}
