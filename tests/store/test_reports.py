"""Reports are found as artifacts are, read with bounds, and count only when this attempt has written them."""

import os
import time
from pathlib import Path

from aegisd.store.reports import read_reports

_PASSED = "<testsuite><testcase name='{}'/></testsuite>"


def _read(folder: Path, *patterns: str, since: float = 0.0) -> tuple[int, dict[str, str]]:
    tests = read_reports(str(folder), patterns, follow=False, since=since, check=lambda: None)
    return tests.total, {problem.name: problem.reason for problem in tests.problems}


def test_several_reports(tmp_path: Path) -> None:
    """All reports that match count together, each once; what is no report is named and does not keep the others."""
    for name in ("a.xml", "b.xml"):
        (tmp_path / name).write_text(_PASSED.format(name))
    (tmp_path / "c.xml").write_text("<html/>")
    (tmp_path / "d.xml").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "e.xml")
    total, problems = _read(tmp_path, "*.xml", "a.xml", "none.xml")
    assert total == 2
    assert problems == {
        "c.xml": "it is not JUnit XML: its root is html, not testsuites or testsuite",
        "d.xml": "it is a symbolic link",
        "e.xml": "it is a FIFO",
        "none.xml": "nothing matches",
    }


def test_a_report_of_an_earlier_run(tmp_path: Path) -> None:
    """In a directory that lasts, a report that was there before the attempt does not count; one just before, by the
    clock of the file system, does."""
    (tmp_path / "a.xml").write_text(_PASSED.format("a"))
    now = time.time()
    assert _read(tmp_path, "a.xml", since=now + 1) == (1, {})
    assert _read(tmp_path, "a.xml", since=now + 60) == (0, {"a.xml": "it is older than the attempt"})


def test_too_many_reports(tmp_path: Path) -> None:
    """A thousand reports are read, and of more it is said."""
    for number in range(1010):
        (tmp_path / f"{number:04}.xml").write_text(_PASSED.format(number))
    assert _read(tmp_path, "*") == (1000, {"...": "there are more than 1000 reports"})
