"""The manual pages: roff that man and mandoc have nothing to say against, with all that help and reference have."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from aegisctl.commands import COMMANDS, load_verb
from aegisd.config.topics import list_tables
from aegisd.steps import SPECS
from docs.generate import roff
from docs.generate.man import PAGES, main


def _show(path: Path) -> str:
    """The page as a reader sees it, in one line."""
    env = {**os.environ, "MANWIDTH": "200", "LC_ALL": "C.UTF-8", "MAN_KEEP_FORMATTING": ""}
    done = subprocess.run(["man", "--warnings", "-l", str(path)], capture_output=True, text=True, check=False, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    return " ".join(re.sub(".\b", "", done.stdout).split())


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """All pages."""
    main(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_clean(name: str, pages: Path) -> None:
    """Neither groff nor mandoc warns."""
    if shutil.which("man") is None:
        pytest.skip("NOT TESTED: man is not here")
    assert "aegis" in _show(pages / name)
    if shutil.which("mandoc"):
        lint = subprocess.run(
            ["mandoc", "-T", "lint", "-W", "warning", str(pages / name)], capture_output=True, text=True, check=False
        )
        told = [line for line in lint.stdout.splitlines() if "missing date" not in line]
        assert told == []


def test_every_verb_flag_and_key(pages: Path) -> None:
    """aegisctl(1) has every verb with its flags, aegisd(8) its own, aegis.toml(5) every key."""
    texts = {name: (pages / name).read_text().replace("\\-", "-") for name in PAGES}
    for name in COMMANDS:
        verb, _ = load_verb(name)
        assert f"aegisctl {name}" in texts["aegisctl.1"]
        assert [flag.names[-1] for flag in verb.flags if flag.names[-1] not in texts["aegisctl.1"]] == []
    assert [word for word in ("--state-dir", "aegisd validate", "SIGHUP") if word not in texts["aegisd.8"]] == []
    keys = [key for table in list_tables(SPECS) for key in table.slots]
    assert [key for key in keys if f"\n\\fB{key}\\fP\n" not in texts["aegis.toml.5"]] == []


def test_text_stays_text(tmp_path: Path) -> None:
    """Nothing that a text says is a request to roff: dots and quotes at the start of a line, backslashes."""
    if shutil.which("man") is None:
        pytest.skip("NOT TESTED: man is not here")
    nasty = ".so /etc/passwd\n'br\nC:\\fB\\n --a-b `x` ~ ^"
    path = tmp_path / "x.1"
    path.write_text(roff.head("x", 1, version="1", about="y") + roff.section("z", roff.block(nasty)))
    assert ".so /etc/passwd 'br C:\\fB\\n --a-b `x` ~ ^" in _show(path)
