"""The words, marks and times of `aegisctl`, for the page: one vocabulary on every surface, from one place.

The only module here that imports `aegisctl`, and of it only what is pure: text in, text out.
"""

from collections.abc import Mapping
from typing import Any

from aegisctl.event_text import describe_event
from aegisctl.executor_screen import format_nodes
from aegisctl.job_words import describe_job
from aegisctl.log_text import harmless
from aegisctl.marks import FAILED, MARKS, kind_of, word_of
from aegisctl.report_words import describe_tests, list_failing, list_slowest
from aegisctl.run_diff import Difference, RunFacts, compare_runs, is_equal
from aegisctl.run_words import describe_end, describe_exit, describe_part, describe_trigger
from aegisctl.text import escape, plural
from aegisctl.times import (
    format_age,
    format_clock,
    format_date,
    format_due,
    format_since,
    format_span,
    format_utc,
    parse_time,
)
from aegisctl.usage_text import describe_cost, describe_tokens
from aegisctl.usage_words import describe_receipt, describe_usage, describe_use

__all__ = [
    "FAILED",
    "MARKS",
    "Difference",
    "RunFacts",
    "clean_line",
    "compare_runs",
    "describe_cost",
    "describe_end",
    "describe_event",
    "describe_exit",
    "describe_job",
    "describe_part",
    "describe_receipt",
    "describe_tests",
    "describe_tokens",
    "describe_trigger",
    "describe_usage",
    "describe_use",
    "escape",
    "format_age",
    "format_clock",
    "format_date",
    "format_due",
    "format_nodes",
    "format_since",
    "format_span",
    "format_utc",
    "is_equal",
    "kind_of",
    "list_failing",
    "list_slowest",
    "mark_of",
    "parse_time",
    "plural",
    "run_kind",
    "word_of",
]


def mark_of(kind: str) -> str:
    """The sign of a state or result. That of a timeout is another one than in terminals: few fonts have theirs."""
    if kind == "timeout":
        return "◔"
    return MARKS[kind][1] if kind in MARKS else "?"


def run_kind(run: Mapping[str, Any] | None) -> str:
    """The kind of a run, `idle` where there is none yet."""
    return "idle" if run is None else kind_of(run)


def clean_line(line: bytes) -> str:
    """A line of output as plain text; what a progress bar wrote over is one line each."""
    return harmless(line, color=False)
