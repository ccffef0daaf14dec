"""The archive of a run: a tar whose every byte follows from the names, sizes and contents of its members.

Headers are made here and not by `tarfile`, so that a bundle is the same whatever Python wrote it, and is checked by
making the headers again and comparing: nothing that stands in a foreign header is ever believed. A name that does not
fit into the old header, or a size of 8 GiB, goes into a pax record (POSIX.1-2001), which every tar reads.
"""

from __future__ import annotations

BLOCK = 512
END = bytes(2 * BLOCK)
_LARGEST = 8**11 - 1
_PAX_NAME = "././@PaxHeader"


def make_header(name: str, size: int, mtime: int) -> bytes:
    """The header of a file of `size` bytes, changed `mtime` seconds after 1970."""
    raw, records = name.encode(), b""
    if len(raw) > 100 or not name.isascii():
        records += _record("path", raw)
    if size > _LARGEST:
        records += _record("size", b"%d" % size)
    short = _block(raw[:100] if name.isascii() else b"see-pax-header", min(size, _LARGEST), mtime, kind=b"0")
    if not records:
        return short
    return _block(_PAX_NAME.encode(), len(records), mtime, kind=b"x") + records + padding(len(records)) + short


def padding(size: int) -> bytes:
    """The zeros after `size` bytes of content."""
    return bytes(-size % BLOCK)


def _record(key: str, value: bytes) -> bytes:
    """`LENGTH KEY=VALUE` and a line end; the length counts itself."""
    rest = b" %b=%b\n" % (key.encode(), value)
    length = len(rest) + 1
    while len(b"%d" % length) + len(rest) != length:
        length += 1
    return b"%d" % length + rest


def _block(name: bytes, size: int, mtime: int, *, kind: bytes) -> bytes:
    """One header in the ustar format: everybody may read, nobody owns it."""
    start = b"%b%07o\0%07o\0%07o\0%011o\0%011o\0" % (name.ljust(100, b"\0"), 0o644, 0, 0, size, mtime)
    end = (kind + bytes(100) + b"ustar\x0000" + bytes(64) + b"%07o\0%07o\0" % (0, 0)).ljust(BLOCK - 156, b"\0")
    total = sum(start) + sum(b" " * 8) + sum(end)
    return start + b"%06o\0 " % total + end
