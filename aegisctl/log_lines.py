"""Chunks of output to lines on a stream: prefixes, times, filters. Memory is bounded by a line of 64 KiB and `-n`."""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections import deque

from aegisctl.log_text import LineSplitter, harmless
from aegisctl.terminal import write_all
from aegisctl.text import escape, pad
from aegisctl.times import format_clock, parse_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from aegisctl.output import Output


class LogLines:
    """Takes the answers of ReadLogs; `end` writes what had no newline, and what `-n` has kept back."""

    def __init__(
        self,
        output: Output,
        *,
        several: bool,
        times: bool = False,
        grep: str | None = None,
        since: str | None = None,
        last: int | None = None,
    ) -> None:
        self._output = output
        self._tty = output.stdout.tty
        self._several = several
        self._times = times
        self._grep = None if grep is None else re.compile(grep.encode("utf-8", "surrogateescape"))
        self._since = None if since is None else parse_time(since)
        self._kept: deque[bytes] | None = None if last is None else deque(maxlen=last)
        self._splitters: dict[tuple[str, int], LineSplitter] = {}
        self._name_cells = 0
        self.count = 0

    def feed(self, chunk: Mapping[str, Any]) -> None:
        """Write the lines that a chunk completes, in one go."""
        source = (str(chunk.get("step") or ""), int(chunk.get("attempt") or 1))
        splitter = self._splitters.setdefault(source, LineSplitter())
        self._write(source, splitter.feed(a2b_base64(chunk.get("data") or ""), chunk.get("time")))

    def end(self) -> None:
        """Nothing more will come."""
        for source, splitter in self._splitters.items():
            self._write(source, splitter.end())
        self._splitters.clear()
        if self._kept:
            write_all(self._output.stdout.fd, b"".join(self._kept))

    def _write(self, source: tuple[str, int], lines: Iterable[tuple[str | None, bytes]]) -> None:
        ready = b"".join(self._format(source, time, line) for time, line in lines if self._is_wanted(time, line))
        if self._kept is not None:
            self._kept.extend(ready.splitlines(keepends=True))
        elif ready:
            write_all(self._output.stdout.fd, ready)

    def _is_wanted(self, time: str | None, line: bytes) -> bool:
        if self._since is not None and time is not None and parse_time(time) < self._since:
            return False
        return self._grep is None or self._grep.search(line) is not None

    def _format(self, source: tuple[str, int], time: str | None, line: bytes) -> bytes:
        self.count += 1
        step, attempt = source
        if self._output.is_json:
            text = line.decode("utf-8", "replace")
            record = {"step": step, "attempt": attempt, "time": time, "text": text}
            return self._output.format_line(record).encode("utf-8", "replace")
        if not self._tty:
            parts = [*([time or ""] if self._times else []), *([escape(step)] if self._several else [])]
            return b"\t".join([*(part.encode() for part in parts), line]) + b"\n"
        prefix = self._prefix(step, time)
        shown = harmless(line, color=self._output.stdout.color).split("\n")
        return "".join(f"{prefix}{part}\n" for part in shown).encode("utf-8", "replace")

    def _prefix(self, step: str, time: str | None) -> str:
        clock = format_clock(parse_time(time), utc=self._output.utc) if self._times and time else ""
        prefix = f"{pad(clock, 8)}  " if self._times else ""
        if self._several:
            self._name_cells = max(self._name_cells, len(step))
            bar = "|" if self._output.stdout.plain else "│"
            prefix += f"{pad(escape(step), self._name_cells)} {bar} "
        return prefix
