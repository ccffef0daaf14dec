"""aegisd's own log: with fields to the journal under systemd, else on stderr, as text or as JSON on wish.

A record may carry facts for machines: `extra={"aegis": {"run": 842}}` is `AEGIS_RUN=842` in the journal and
`"run": 842` in JSON.
"""

import json
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from aegisd.journal_socket import PRIORITIES, SOCKET, JournalHandler
from aegisd.timeline.identity import format_time


class TextFormatter(logging.Formatter):
    """`2026-11-21T08:00:31.204Z info aegisd.engine: words`, one line per record but for tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        head = f"{format_time(record.created)} {record.levelname.lower()} {record.name}: "
        return head + _escape(record.getMessage()) + _traceback(self, record)


class JournalFormatter(logging.Formatter):
    """`<6>aegisd.engine: words`: systemd reads the priority, and adds the time itself."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with a priority in front of each line."""
        head = f"<{PRIORITIES.get(record.levelno, 6)}>"
        text = f"{record.name}: {_escape(record.getMessage())}{_traceback(self, record)}"
        return "\n".join(head + line for line in text.split("\n"))


class FieldFormatter(logging.Formatter):
    """The words alone, and the traceback: everything else is in fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The value of the field MESSAGE."""
        return _escape(record.getMessage()) + _traceback(self, record)


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time, level, logger, message and, with an exception, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a JSON object."""
        fields = {
            "time": format_time(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in getattr(record, "aegis", {}).items() if value is not None},
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


def configure_logging(*, log_format: str, level: str, environment: Mapping[str, str]) -> None:
    """Send all logging to the journal when stderr is its, else to stderr. `log_format` is `text` or `json`."""
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    if log_format == "json":
        handler.setFormatter(JsonFormatter())
    elif is_journal(environment):
        handler.setFormatter(JournalFormatter())
        handler = _open_journal(handler)
    else:
        handler.setFormatter(TextFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("httpcore", "httpx", "hpack"):  # they log addresses and headers, which may be secret
        logging.getLogger(name).setLevel(logging.WARNING)


def _open_journal(stderr: logging.Handler) -> logging.Handler:
    """The journal's socket where there is one."""
    if not Path(SOCKET).exists():
        return stderr
    handler = JournalHandler(otherwise=stderr)
    handler.setFormatter(FieldFormatter())
    return handler


def is_journal(environment: Mapping[str, str]) -> bool:
    """Whether stderr is the journal: $JOURNAL_STREAM names its device and inode (systemd.exec(5))."""
    try:
        status = os.fstat(2)
    except OSError:
        return False
    return environment.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def _escape(text: str) -> str:
    """No record can forge another: control characters become visible."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return "\n" + formatter.formatException(record.exc_info) if record.exc_info else ""
