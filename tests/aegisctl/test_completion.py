"""Completion scripts: each shell takes its own, and bash and fish offer what the declarations say."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from aegisctl.commands import COMMANDS
from aegisctl.help_text import all_verbs
from aegisctl.shells import SHELLS
from tests.aegisctl.conftest import Cli

CHECK = {"bash": ["bash", "-n"], "zsh": ["zsh", "-n"], "fish": ["fish", "--no-execute"]}
ASK_BASH = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _aegisctl; printf "%s\\n" "${COMPREPLY[@]}"'


def _needs(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"NOT TESTED: {shell} is not here")


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """The scripts, and an aegisctl that lists workflows, one of which no host would have, and steps of each."""
    for name, render in SHELLS.items():
        (tmp_path / name).write_text(render(all_verbs()))
    fake = tmp_path / "aegisctl"
    fake.write_text(
        "#!/bin/sh\ncase $* in\n"
        "*--steps*) printf '%s\\n' \"unit-of-$5\" docs '$(touch harm)' ;;\n"
        "*) printf 'quality\\tpassed\\nnightly\\tfailed\\n$(touch harm)\\tx\\n' ;;\nesac\n"
    )
    fake.chmod(0o755)
    return tmp_path


def _run(scripts: Path, *words: str) -> list[str]:
    env = {**os.environ, "PATH": f"{scripts}:{os.environ['PATH']}", "HOME": str(scripts), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(words, capture_output=True, text=True, timeout=20, check=False, env=env, cwd=scripts)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout.splitlines()


def _bash(scripts: Path, *words: str) -> list[str]:
    return _run(scripts, "bash", "-c", ASK_BASH, "-", str(scripts / "bash"), "aegisctl", *words)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_takes_it(shell: str, scripts: Path) -> None:
    """No error of syntax, and every verb is in it."""
    text = (scripts / shell).read_text()
    assert [name for name in COMMANDS if name.rpartition(" ")[2] not in text] == []
    _needs(shell)
    assert _run(scripts, *CHECK[shell], str(scripts / shell)) == []


def test_zsh_knows_the_function(scripts: Path) -> None:
    """As a file of $fpath, which is how packages bring it."""
    _needs("zsh")
    (scripts / "_aegisctl").write_text((scripts / "zsh").read_text())
    ask = "fpath=($PWD $fpath); autoload -Uz compinit && compinit -u -d dump && echo $_comps[aegisctl]"
    assert _run(scripts, "zsh", "-f", "-c", ask) == ["_aegisctl"]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("run", "quality", "--only", ""), ["unit-of-quality", "docs"]),
        (("run", "--reason", "why", "-d", "nightly", "--from", "u"), ["unit-of-nightly", "docs"]),
        (("run", "--only", ""), []),
    ],
)
def test_zsh_offers_steps(words: tuple[str, ...], offered: list[str], scripts: Path) -> None:
    """Those of the workflow in the line; what fits is up to zsh."""
    _needs("zsh")
    stubs = "compdef() { :; }; _message() { :; }; compadd() { print -l ${(P)2}; }"
    ask = f'{stubs}; source ./zsh; words=("$@"); CURRENT=$#; _aegisctl_steps'
    assert _run(scripts, "zsh", "-f", "-c", ask, "-", *words) == offered
    assert not (scripts / "harm").exists()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("dr",), ["drain"]),
        (("run", "--pro"), ["--progress"]),
        (("run", "--progress", "l"), ["live", "lines"]),
        (("run", "quality", "--progress", "=", "n"), ["none"]),
        (("--color", "a"), ["auto", "always"]),
        (("--color", "always", "drai"), ["drain"]),
        (("--color", "=", "always", "drai"), ["drain"]),
        (("completion", ""), ["bash", "zsh", "fish"]),
        (("help", "exit"), ["exit-codes"]),
        (("run", ""), ["quality", "nightly"]),
        (("run", "--reason", ""), [""]),
        (("show", "8"), [""]),
        (("--socket", "zs"), ["zsh"]),
        (("run", "quality", "--only", ""), ["unit-of-quality", "docs"]),
        (("run", "quality", "--skip", "=", "u"), ["unit-of-quality"]),
        (("--socket", "/s", "run", "--reason", "why", "-d", "nightly", "x=1", "--from", "u"), ["unit-of-nightly"]),
        (("plan", "nightly", "--only", "docs", "--skip", "d"), ["docs"]),
        (("run", "$(touch harm)", "--only", "d"), ["docs"]),
        (("run", "--only", ""), [""]),
        (("tail-events", "--step", ""), [""]),
    ],
)
def test_bash_offers(words: tuple[str, ...], offered: list[str], scripts: Path) -> None:
    """Verbs, flags, values of flags, files, and names of workflows; what a daemon calls them is never executed."""
    assert _bash(scripts, *words) == offered
    assert not (scripts / "harm").exists()


def test_fish_offers(scripts: Path) -> None:
    """As bash, with descriptions."""
    _needs("fish")

    def ask(line: str) -> list[str]:
        told = _run(scripts, "fish", "--no-config", "-c", f'source {scripts}/fish; complete -C "{line}"')
        return [row.partition("\t")[0] for row in told]

    assert ask("aegisctl drai") == ["drain"]
    assert ask("aegisctl run --prog") == ["--progress"]
    assert ask("aegisctl run --progress ") == ["auto", "lines", "live", "none"]
    assert ask("aegisctl run ") == ["nightly", "quality"]
    assert ask("aegisctl run --reason x quality --only ") == ["docs", "unit-of-quality"]
    assert ask("aegisctl plan nightly --skip u") == ["unit-of-nightly"]
    assert ask("aegisctl run --only ") == []
    assert not (scripts / "harm").exists()


def test_without_a_daemon(cli: Cli) -> None:
    """`aegisctl completion` needs none; another shell is refused with the ones there are."""
    assert "complete -o filenames -F _aegisctl aegisctl" in cli("completion", "bash").stdout
    refused = cli("completion", "tcsh")
    assert (refused.returncode, "bash, zsh, fish" in refused.stderr) == (2, True)
