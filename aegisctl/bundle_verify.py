"""Checks a bundle without unpacking it: it must be, byte for byte, what its manifest makes it.

Nothing in a foreign archive is believed or written to the disk. Names, kinds, owners and order cannot be other than
those that `bundle_tar` makes of the manifest, whose members are hashed as they are read; after the last one nothing may
follow. Memory is bounded by the largest manifest that is taken.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib

from aegisctl.bundle import FORMAT, MANIFEST
from aegisctl.bundle_file import decompressing
from aegisctl.bundle_tar import BLOCK, END, make_header, padding
from aegisctl.failure import Failure
from aegisctl.text import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any, NoReturn

_LARGEST_MANIFEST = 64 * 1024 * 1024
_PIECE = 1 << 20
_FIRST = re.compile(rb"run-(\d{1,15})/manifest\.json\0*")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def verify_bundle(file: IO[bytes]) -> dict[str, Any]:
    """The manifest of the bundle in `file` and its digest, once all of it is right. Raises Failure for anything else.

    The manifest vouches for all the rest. That it is the one that was written only its digest, kept elsewhere, can say.
    """
    try:
        return _verify(decompressing(file))
    except (EOFError, OSError, zlib.error) as error:
        _refuse(f"it cannot be read: {error}")


def _verify(stream: IO[bytes]) -> dict[str, Any]:
    prefix, mtime, manifest = _read_manifest(stream)
    for member in manifest["members"]:
        name, size = member["name"], member["size"]
        header = make_header(prefix + name, size, mtime)
        if _read(stream, len(header)) != header:
            _refuse(f"where {escape(name)} should begin, there is something else")
        if _hash(stream, size) != member["sha256"]:
            _refuse(f"{escape(name)} is not what it was: its SHA-256 is another")
        if _read(stream, -size % BLOCK) != padding(size):
            _refuse(f"there is something hidden after {escape(name)}")
    if _read(stream, len(END)) != END or stream.read(1):
        _refuse("there is more in it than its manifest says")
    return manifest


def _read_manifest(stream: IO[bytes]) -> tuple[str, int, dict[str, Any]]:
    """The folder that all is in, the time that all has, and the manifest."""
    header = _read(stream, BLOCK)
    named = _FIRST.fullmatch(header[:100])
    try:
        size, mtime = int(header[124:135], 8), int(header[136:147], 8)
    except ValueError:
        size = mtime = -1
    if named is None or size < 0 or mtime < 0:
        _refuse(f"it does not begin with a {MANIFEST}")
    prefix = f"run-{int(named[1])}/"
    if size > _LARGEST_MANIFEST or header != make_header(prefix + MANIFEST, size, mtime):
        _refuse(f"it does not begin with a {MANIFEST} of aegis")
    text = _read(stream, size)
    if _read(stream, -size % BLOCK) != padding(size):
        _refuse(f"there is something hidden after {MANIFEST}")
    manifest = _check_manifest(text, run=int(named[1]))
    return prefix, mtime, {**manifest, "manifest_sha256": hashlib.sha256(text).hexdigest()}


def _check_manifest(text: bytes, *, run: int) -> dict[str, Any]:
    try:
        manifest = json.loads(text)
        members = manifest["members"]
        is_right = (
            manifest["format"] == FORMAT
            and manifest["run"] == run
            and all(_is_member(member) for member in members)
            and len({member["name"] for member in members}) == len(members)
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        is_right = False
    if not is_right:
        _refuse(f"its {MANIFEST} is not one that aegis {FORMAT.rpartition('-')[2]} writes")
    return dict(manifest)


def _is_member(member: dict[str, Any]) -> bool:
    name, size = member["name"], member["size"]
    parts = name.split("/")
    return (
        type(size) is int
        and 0 <= size < 1 << 60
        and _DIGEST.fullmatch(member["sha256"]) is not None
        and not {"", ".", ".."} & set(parts)
        and "\0" not in name
        and name != MANIFEST
        and bool(name.encode())
    )


def _hash(stream: IO[bytes], size: int) -> str:
    digest = hashlib.sha256()
    while size:
        data = stream.read(min(_PIECE, size))
        if not data:
            _refuse("it ends too early")
        digest.update(data)
        size -= len(data)
    return digest.hexdigest()


def _read(stream: IO[bytes], size: int) -> bytes:
    parts = []
    while size:
        data = stream.read(min(_PIECE, size))
        if not data:
            _refuse("it ends too early")
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


def _refuse(why: str) -> NoReturn:
    raise Failure("bad-bundle", f"this is no whole bundle of a run: {why}") from None
