"""Finds the test reports of a step and reads them, as safely as artifacts are found. Blocks: call it in a thread."""

import os
from collections.abc import Callable, Iterator, Sequence

from aegisd.core.artifact import Refusal, show_harmless
from aegisd.core.report import ReportedTests, add_up
from aegisd.store.gather import Found, RefusedError, find_files

_PIECE = 64 * 1024
_MOST_FILES = 1000
_CLOCK_S = 2.0  # what the time of change of a file may be behind the clock, on the file systems there are


def read_reports(
    folder: str, patterns: Sequence[str], *, follow: bool, since: float, check: Callable[[], None]
) -> ReportedTests:
    """What the reports say that `patterns` name below `folder`; those that were not read are its problems.

    A report from before `since` (seconds since 1970) does not count: an earlier run has left it.
    """
    parts: list[ReportedTests] = []
    for number, found in enumerate(find_files(folder, patterns, follow=follow, check=check)):
        if number >= _MOST_FILES:
            parts.append(_problem("...", f"there are more than {_MOST_FILES} reports"))
            break
        parts.append(_problem(found.name, found.reason) if isinstance(found, Refusal) else _read(found, since, check))
    return add_up(parts)


def _read(found: Found, since: float, check: Callable[[], None]) -> ReportedTests:
    from aegisd.core.junit import ReportError, read_report  # noqa: PLC0415 - brings expat, for those who have reports

    name = show_harmless(found.key)
    try:
        with found.open() as fd:
            if os.fstat(fd).st_mtime < since - _CLOCK_S:
                return _problem(name, "it is older than the attempt")
            return read_report(_iter_pieces(fd), check=check)
    except (RefusedError, ReportError) as error:
        return _problem(name, str(error))
    except OSError as error:
        return _problem(name, error.strerror or str(error))


def _iter_pieces(fd: int) -> Iterator[bytes]:
    while data := os.read(fd, _PIECE):
        yield data


def _problem(name: str, reason: str) -> ReportedTests:
    return ReportedTests(problems=(Refusal(name=name, reason=reason),))
