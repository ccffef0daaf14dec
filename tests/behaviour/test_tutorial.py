"""The tutorial, done as it says: each block of it is run, in order, in a folder of the test."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.behaviour.host import link_programs
from tests.documents import Block, list_blocks
from tests.source import ROOT

TUTORIAL = ROOT / "docs" / "tutorial.md"


_NO_HTTP = "\n[web]\nbind = []\n"  # another aegisd of this host may have the port


class Reader:
    """Somebody who follows the tutorial with `folder` for /tmp/shop and the programs of this environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._blocks = [block for block in list_blocks("console", "toml") if block.path == TUTORIAL]
        programs = f"{link_programs(folder / 'bin')}:{os.environ['PATH']}"
        self._environment = {**os.environ, "PATH": programs, "AEGIS_SOCKET": str(folder / "control.sock")}

    def block(self, beginning: str) -> Block:
        """The block that begins so."""
        (found,) = [block for block in self._blocks if block.text.startswith(beginning)]
        return found

    def follow(self, beginning: str) -> str:
        """Run the commands of a block; what they say."""
        script = "\n".join(self._commands(self.block(beginning)))
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout + done.stderr

    def start(self, beginning: str) -> "subprocess.Popen[bytes]":
        """Run the last command of a block as the second terminal does: until it is told to stop."""
        command = self._commands(self.block(beginning))[-1]
        with (self.folder / "terminal").open("wb") as terminal:
            return subprocess.Popen(
                ["bash", "-c", command.replace(" aegisd ", " exec aegisd ")],
                cwd=self.folder,
                env=self._environment,
                stdout=terminal,
                stderr=terminal,
            )

    def _commands(self, block: Block) -> list[str]:
        text = block.text.replace("/tmp/shop", str(self.folder))  # noqa: S108 - what the tutorial says
        return [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")]


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """A reader at the start of step 3, whose daemon is stopped at the end."""
    reader = Reader(tmp_path)
    reader.follow("$ mkdir -p /tmp/shop")
    (tmp_path / "aegis.toml").write_text(reader.block("[workflows.quality]").text + _NO_HTTP)
    daemon = reader.start("$ export AEGIS_SOCKET=/tmp/shop/control.sock\n$ RUNTIME")
    try:
        deadline = time.monotonic() + 20
        while not (tmp_path / "control.sock").exists():
            assert time.monotonic() < deadline, (tmp_path / "terminal").read_text()
            time.sleep(0.05)
        yield reader
    finally:
        daemon.terminate()
        daemon.wait(20)


def test_tutorial_works(reader: Reader) -> None:
    """The configuration is valid, the run fails where it should, the repair is retried, a misspelt key is refused."""
    assert "no problems" in reader.follow("$ aegisctl validate")
    assert "quality" in reader.follow("$ export AEGIS_SOCKET=/tmp/shop/control.sock\n$ aegisctl status")
    first = reader.follow("$ aegisctl run quality")
    assert "total is 4, not 3" in first
    assert "1" in first.splitlines()
    assert "total is 4, not 3" in reader.follow("$ aegisctl logs quality --failed")
    repaired = reader.follow("$ echo 'def total(prices): return sum(prices)'")
    assert "skipped" in repaired
    assert "success" in repaired
    config = reader.folder / "aegis.toml"
    text = config.read_text()
    config.write_text(text.replace('timeout = "30s"', 'timeout = "30s"\nretires = 2'))
    assert "retries" in reader.follow("$ aegisctl reload")
    config.write_text(text.replace('timeout = "30s"', 'timeout = "30s"\nretries = 2'))
    assert "1 changed" in reader.follow("$ aegisctl reload")
