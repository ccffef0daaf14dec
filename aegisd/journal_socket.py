"""The journal's own protocol, so that a log line has fields: `journalctl AEGIS_RUN=842` finds what was said of run 842.

An entry is one datagram to `/run/systemd/journal/socket` (systemd.io, "Native Journal Protocol"): `NAME=value` and a
line break for each field; a value with line breaks in it as name, line break, length in 64 bits little endian, value.
What is too large for a datagram goes through a sealed file in memory. The loop never waits for the journal: what it
does not take at once is written to stderr, where a service's output reaches it in order.
"""

import errno
import fcntl
import logging
import os
import socket
import struct
from collections.abc import Mapping

SOCKET = "/run/systemd/journal/socket"
PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}

_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL


class JournalHandler(logging.Handler):
    """Sends records with their fields to the journal; `otherwise` takes those that it does not accept."""

    def __init__(self, *, otherwise: logging.Handler, path: str = SOCKET) -> None:
        super().__init__()
        self._otherwise = otherwise
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record."""
        entry = encode_entry(describe_record(record, self.format(record)))
        try:
            self._send(entry)
        except OSError:
            self._otherwise.handle(record)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
        super().close()

    def _send(self, entry: bytes) -> None:
        try:
            self._socket.sendto(entry, self._path)
        except OSError as error:
            if error.errno not in {errno.EMSGSIZE, errno.ENOBUFS}:
                raise
            self._send_file(entry)

    def _send_file(self, entry: bytes) -> None:
        file = os.memfd_create("aegisd-log", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            with open(file, "wb", closefd=False) as writer:
                writer.write(entry)
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, _SEALS)
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("=i", file))
            self._socket.sendmsg([b""], [rights], 0, self._path)
        finally:
            os.close(file)


def describe_record(record: logging.LogRecord, message: str) -> dict[str, str]:
    """The fields of a record (systemd.journal-fields(7)); those in `record.aegis` get the prefix `AEGIS_`."""
    fields = {
        "MESSAGE": message,
        "PRIORITY": str(PRIORITIES.get(record.levelno, 6)),
        "SYSLOG_IDENTIFIER": "aegisd",
        "AEGIS_LOGGER": record.name,
        "CODE_FILE": record.pathname,
        "CODE_LINE": str(record.lineno),
        "CODE_FUNC": record.funcName or "",
    }
    more: Mapping[str, object] = getattr(record, "aegis", {})
    return {**fields, **{f"AEGIS_{name.upper()}": str(value) for name, value in more.items() if value is not None}}


def encode_entry(fields: Mapping[str, str]) -> bytes:
    """`fields` as the journal reads them."""
    return b"".join(_encode_field(name.encode(), value.encode(errors="replace")) for name, value in fields.items())


def _encode_field(name: bytes, value: bytes) -> bytes:
    if b"\n" in value:
        return name + b"\n" + struct.pack("<Q", len(value)) + value + b"\n"
    return name + b"=" + value + b"\n"
