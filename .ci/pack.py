"""Makes the one file: a launcher (launcher.c says what it does) with a folder behind it.

`pack.py LAUNCHER FOLDER OUTPUT`. The folder has the program `aegis`; files, folders and links are packed, with nothing
but the mode. The same folder gives the same bytes.
"""

import hashlib
import stat
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

_ENTRY = struct.Struct("<IIQ")
_TRAILER = struct.Struct("<QQII32s8s")
_MAGIC = b"AEGISONE"


def main() -> None:
    """Write the output and say how large it is."""
    launcher, folder, output = map(Path, sys.argv[1:4])
    entries = list(_list_entries(folder))
    whole = b"".join(entries)
    packed = zlib.compress(whole, 9)
    digest = hashlib.sha256(whole).hexdigest()[:32].encode()
    trailer = _TRAILER.pack(len(packed), len(whole), zlib.crc32(whole), len(entries), digest, _MAGIC)
    output.unlink(missing_ok=True)  # it may be running
    output.write_bytes(launcher.read_bytes() + packed + trailer)
    output.chmod(0o755)


def _list_entries(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            data = bytes(path.readlink())
        elif stat.S_ISREG(mode):
            data = path.read_bytes()
            mode = stat.S_IFREG | (0o755 if mode & 0o100 else 0o644)
        else:
            data = b""
        name = bytes(path.relative_to(folder))
        yield _ENTRY.pack(mode, len(name), len(data)) + name + data


main()
