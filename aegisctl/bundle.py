"""What goes into the bundle of a run: its books, events, output and artifacts, behind a manifest with their SHA-256.

A bundle of a finished run is the same whenever it is made: nothing in it depends on the time of the export. What is
large is read twice, once for its digest and once for its bytes, and never held.
"""

from __future__ import annotations

import hashlib
import json
from binascii import a2b_base64

from aegisctl.artifact_list import iter_artifacts
from aegisctl.artifact_transfer import fetch
from aegisctl.bundle_tar import END, make_header, padding
from aegisctl.failure import Failure
from aegisctl.times import parse_time
from aegisd.wire.errors import CallError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO, Any

    from aegisctl.client import Client

FORMAT = "aegis-run-1"
MANIFEST = "manifest.json"
_VOLATILE = ("usual_s", "ahead")


class Member:
    """A file of the bundle. `write` hands its bytes to a function, in pieces."""

    def __init__(self, name: str, size: int, sha256: str, write: Callable[[Callable[[bytes], object]], object]) -> None:
        self.name = name
        self.size = size
        self.sha256 = sha256
        self.write = write


def write_bundle(client: Client, run: int, out: IO[bytes]) -> dict[str, Any]:
    """Write the bundle of `run` to `out`; returns its manifest and the digest of that. Raises Failure and CallError."""
    detail = client.call("GetRun", run=run)["detail"]
    if detail["run"]["state"] != "finished":
        message = f"run #{run} has not ended yet; only a whole run can be exported"
        raise CallError("NotPossible", message, hint=f"watch it: aegisctl watch {run}")
    members = list(_list_members(client, run, detail))
    manifest = {
        "format": FORMAT,
        "run": run,
        "workflow": detail["run"]["workflow"],
        "result": detail["run"]["result"],
        "definition": detail["definition"],
        "members": [{"name": m.name, "size": m.size, "sha256": m.sha256} for m in members],
    }
    mtime = int(parse_time(detail["run"]["created_at"]))
    first = _text_member(MANIFEST, manifest)
    for member in [first, *members]:
        out.write(make_header(f"run-{run}/{member.name}", member.size, mtime))
        _write_content(member, out)
        out.write(padding(member.size))
    out.write(END)
    return {**manifest, "manifest_sha256": first.sha256}


def _write_content(member: Member, out: IO[bytes]) -> None:
    """What a member holds; what is no longer what its digest was made of spoils the bundle, and is refused."""
    digest, size = hashlib.sha256(), 0

    def take(data: bytes) -> None:
        nonlocal size
        digest.update(data)
        size += len(data)
        if size <= member.size:
            out.write(data)

    member.write(take)
    if (size, digest.hexdigest()) != (member.size, member.sha256):
        message = f"{member.name} changed while it was exported"
        raise Failure("broken-stream", message, hint="try again; the output of old runs is let go (keep in [daemon])")


def _list_members(client: Client, run: int, detail: dict[str, Any]) -> Iterator[Member]:
    definition = client.call("GetDefinition", run=run)["definition"]
    books = {name: value for name, value in detail["run"].items() if name not in _VOLATILE}
    yield _text_member("run.json", {"run": books, "steps": detail["steps"], "dir": detail["dir"]})
    yield _text_member("definition.json", definition)
    yield _events_member(client, run)
    artifacts = list(iter_artifacts(client, run))
    yield _text_member("artifacts.json", artifacts)
    for step in detail["steps"]:
        for attempt in range(1, step["attempt"] + 1):
            yield _log_member(client, run, step, attempt)
    for artifact in artifacts:
        yield _artifact_member(client, run, artifact)


def _text_member(name: str, value: object) -> Member:
    data = (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode("utf-8", "surrogatepass")
    return _known_member(name, data)


def _known_member(name: str, data: bytes) -> Member:
    return Member(name, len(data), hashlib.sha256(data).hexdigest(), lambda take: take(data))


def _events_member(client: Client, run: int) -> Member:
    lines = []
    for answer in client.stream("TailEvents", run=run, follow=False):
        if answer.get("event") is not None:
            event = {name: value for name, value in answer["event"].items() if name != "cursor"}
            lines.append(json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n")
    return _known_member("events.jsonl", "".join(lines).encode("utf-8", "surrogatepass"))


def _log_member(client: Client, run: int, step: dict[str, Any], attempt: int) -> Member:
    def write(take: Callable[[bytes], object]) -> None:
        for answer in client.stream("ReadLogs", run=run, steps=[step["name"]], attempt=attempt):
            if answer.get("data"):
                take(a2b_base64(answer["data"]))

    digest, sizes = hashlib.sha256(), [0]

    def measure(data: bytes) -> None:
        digest.update(data)
        sizes[0] += len(data)

    write(measure)
    return Member(f"logs/{step['index']:04}-{step['name']}.{attempt}.log", sizes[0], digest.hexdigest(), write)


def _artifact_member(client: Client, run: int, artifact: dict[str, Any]) -> Member:
    key = artifact["key"]
    return Member(f"artifacts/{key}", artifact["size"], artifact["sha256"], lambda take: fetch(client, run, key, take))
