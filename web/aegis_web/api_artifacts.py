"""What runs left behind: lists, and the bytes, as a download that no browser executes."""

from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import quote

from quart import Response, request

from aegis_web.ask import Ask, Operation
from aegis_web.followers import StreamBody, current_followers
from aegis_web.params import Param
from aegisd.core.artifact import StoredArtifact
from aegisd.daemon import Daemon

_PAGE = (Param(name="after", doc="Only keys above this one; `next` of the page before."),)


async def list_artifacts(ask: Ask) -> dict[str, Any]:
    """A page, in the order of their keys. Raises CallError."""
    return await ask.daemon.artifacts.page(ask.path["run"], after=ask.query["after"] or "")


async def download(ask: Ask) -> Response:
    """The bytes of one. Raises CallError."""
    stored = await ask.daemon.artifacts.get(ask.path["run"], ask.path["key"])
    artifact = stored.artifact
    headers = {
        "Cache-Control": "private, no-cache",
        "Content-Disposition": _name(artifact.key),
        "Content-Length": str(artifact.size),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "ETag": f'"{artifact.sha256}"',
    }
    kind = artifact.type if artifact.type.isascii() and artifact.type.isprintable() else "application/octet-stream"
    if request.if_none_match.contains(artifact.sha256):
        return Response(b"", status=304, headers={"ETag": headers["ETag"]}, content_type=kind)
    if request.method == "HEAD":
        return Response(b"", content_type=kind, headers=headers)
    (await ask.daemon.artifacts.open(stored)).close()  # what is wrong with it has to show before the answer begins
    return Response(StreamBody(_read(ask.daemon, stored), current_followers()), content_type=kind, headers=headers)


async def _read(daemon: Daemon, stored: StoredArtifact) -> AsyncGenerator[bytes]:
    with await daemon.artifacts.open(stored) as file:
        while data := await daemon.artifacts.read(file):
            yield data


def _name(key: str) -> str:
    """`attachment` with the last part of the key, as RFC 6266 writes names."""
    name = key.rpartition("/")[2] or "artifact"
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_" for letter in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/runs/{run}/artifacts",
        name="listArtifacts",
        summary="What a run left behind, a page at a time",
        handler=list_artifacts,
        answer="ListArtifacts()",
        query=_PAGE,
        tag="artifacts",
    ),
    Operation(
        method="GET",
        path="/api/v1/runs/{run}/artifacts/{key}",
        name="downloadArtifact",
        summary="The bytes of an artifact, as a download",
        handler=download,
        answer="string",
        media=("*/*",),
        tag="artifacts",
    ),
)
