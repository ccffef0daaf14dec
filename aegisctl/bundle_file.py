"""Bundles as files: compressed by the ending of their name, read by their first bytes.

gzip is in every Python; Zstandard is in the standard library from 3.14 on, and no other one is asked for.
"""

from __future__ import annotations

from contextlib import contextmanager

from aegisctl.failure import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO, Any

_GZIP_LEVEL = 6


def check_name(path: str) -> None:
    """Raises Failure for a name that no bundle can have here."""
    if not path.endswith((".tar", ".tar.gz", ".tgz", ".tar.zst")):
        raise Failure("usage", f"{path!r} does not say what to write", hint="end it in .tar.gz, .tar.zst or .tar")
    if path.endswith(".zst"):
        _zstd()


@contextmanager
def compressing(file: IO[bytes], path: str) -> Iterator[IO[bytes]]:
    """A stream into `file` that is compressed as the ending of `path` says. The same bytes give the same file."""
    if path.endswith(".tar"):
        yield file
    elif path.endswith(".zst"):
        with _zstd().ZstdFile(file, "wb") as packed:
            yield packed
    else:
        import gzip  # noqa: PLC0415 - only for what is written

        packer: Any = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=_GZIP_LEVEL)
        with packer as packed:
            yield packed


def decompressing(file: IO[bytes]) -> IO[bytes]:
    """What is in `file`, which can be sought in, whatever it was compressed with."""
    magic = file.read(4)
    file.seek(0)
    if magic.startswith(b"\x1f\x8b"):
        import gzip  # noqa: PLC0415 - only for what is read

        return gzip.open(file)  # type: ignore[return-value] # of a file of bytes it is one
    if magic == b"\x28\xb5\x2f\xfd":
        stream: IO[bytes] = _zstd().ZstdFile(file)
        return stream
    return file


def _zstd() -> Any:
    from importlib import import_module  # noqa: PLC0415 - only for those who ask

    try:
        return import_module("compression.zstd")
    except ImportError:
        hint = "use .tar.gz"
        raise Failure("usage", "this Python has no Zstandard (it comes with 3.14)", hint=hint) from None
