"""aegisd's own log, on stderr: with journal priorities under systemd, as text elsewhere, as JSON on wish."""

import json
import logging
import os
import sys
from collections.abc import Mapping

from aegisd.timeline.identity import format_time

_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


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
        head = f"<{_PRIORITIES.get(record.levelno, 6)}>"
        text = f"{record.name}: {_escape(record.getMessage())}{_traceback(self, record)}"
        return "\n".join(head + line for line in text.split("\n"))


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time, level, logger, message and, with an exception, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a JSON object."""
        fields = {
            "time": format_time(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


def configure_logging(*, log_format: str, level: str, environment: Mapping[str, str]) -> None:
    """Send all logging to stderr. `log_format` is `text` or `json`."""
    handler = logging.StreamHandler(sys.stderr)
    if log_format == "json":
        handler.setFormatter(JsonFormatter())
    else:
        handler.setFormatter(JournalFormatter() if is_journal(environment) else TextFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("httpcore", "httpx", "hpack"):  # they log addresses and headers, which may be secret
        logging.getLogger(name).setLevel(logging.WARNING)


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
