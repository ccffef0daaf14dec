"""aegisd's own log: entries of the journal with their fields, and what happens when the journal does not take them."""

import io
import json
import logging
import os
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegisd.journal import FieldFormatter, JsonFormatter
from aegisd.journal_socket import JournalHandler, encode_entry


def _record(message: str, **fields: object) -> logging.LogRecord:
    record = logging.LogRecord("aegisd.runs", logging.WARNING, "/x.py", 7, message, (), None, "told")
    record.aegis = fields
    return record


def _parse(entry: bytes) -> dict[str, str]:
    """An entry as the journal reads it, by the description of the protocol."""
    fields = {}
    while entry:
        line, _, entry = entry.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            (length,) = struct.unpack("<Q", entry[:8])
            value, entry = entry[8 : 8 + length], entry[8 + length + 1 :]
        fields[name.decode()] = value.decode()
    return fields


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[socket.socket]:
    """A journal's socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "socket"))
        receiver.settimeout(10)
        yield receiver


@pytest.fixture
def otherwise() -> logging.StreamHandler[io.StringIO]:
    """Where lines go that the journal does not take."""
    return logging.StreamHandler(io.StringIO())


@pytest.fixture
def handler(tmp_path: Path, otherwise: "logging.StreamHandler[io.StringIO]") -> Iterator[JournalHandler]:
    """A handler that sends to `journal`."""
    made = JournalHandler(otherwise=otherwise, path=str(tmp_path / "socket"))
    made.setFormatter(FieldFormatter())
    yield made
    made.close()


def test_a_line_has_fields(journal: socket.socket, handler: JournalHandler) -> None:
    """Words, priority and the facts of the record, those that are known."""
    handler.handle(_record("run 842 ended", run=842, step=None, workflow="quality"))
    fields = _parse(journal.recv(65536))
    assert (fields["MESSAGE"], fields["PRIORITY"], fields["SYSLOG_IDENTIFIER"]) == ("run 842 ended", "4", "aegisd")
    assert (fields["AEGIS_RUN"], fields["AEGIS_WORKFLOW"], fields["AEGIS_LOGGER"]) == ("842", "quality", "aegisd.runs")
    assert "AEGIS_STEP" not in fields


def test_no_value_forges_a_field(journal: socket.socket, handler: JournalHandler) -> None:
    """A line break in a value stays in the value, whoever chose it; a traceback keeps its lines."""
    handler.handle(_record("a\nPRIORITY=0", step="x\nMESSAGE=forged"))
    fields = _parse(journal.recv(65536))
    assert (fields["MESSAGE"], fields["AEGIS_STEP"]) == ("a\\nPRIORITY=0", "x\nMESSAGE=forged")
    assert fields["PRIORITY"] == "4"
    record = _record("broken")
    try:
        int("x")
    except ValueError:
        record.exc_info = sys.exc_info()
    handler.handle(record)
    assert _parse(journal.recv(65536))["MESSAGE"].startswith("broken\nTraceback")


def test_a_large_entry_goes_through_memory(journal: socket.socket, handler: JournalHandler) -> None:
    """What no datagram holds comes as a sealed file."""
    handler.handle(_record("x" * 1_000_000))
    data, files, _, _ = socket.recv_fds(journal, 100, 1)
    assert data == b""
    try:
        assert len(_parse(os.pread(files[0], 2_000_000, 0))["MESSAGE"]) == 1_000_000
        with pytest.raises(PermissionError):
            os.ftruncate(files[0], 0)
    finally:
        os.close(files[0])


def test_a_full_journal_stops_nothing(
    journal: socket.socket, handler: JournalHandler, otherwise: "logging.StreamHandler[io.StringIO]"
) -> None:
    """Lines that the journal does not take, because it reads nothing or is gone, are written to stderr."""
    for number in range(2000):
        handler.handle(_record(f"line {number}"))
    assert "line 1999" in otherwise.stream.getvalue()
    assert "line 0\n" not in otherwise.stream.getvalue()
    journal.close()
    handler.handle(_record("gone"))
    assert "gone" in otherwise.stream.getvalue()


def test_bytes_that_are_no_text() -> None:
    """A surrogate becomes a question mark: the journal gets UTF-8."""
    assert encode_entry({"A": "x\udcff"}) == b"A=x?\n"


def test_json_has_the_facts_too() -> None:
    """The JSON log has them as values beside the words."""
    told = json.loads(JsonFormatter().format(_record("run 842 ended", run=842, step=None)))
    assert (told["run"], told["message"], "step" in told) == (842, "run 842 ended", False)
