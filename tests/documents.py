"""The documents of this checkout as tests see them: their code blocks, the commands in those, and their links."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.source import ROOT, list_files

REFERENCE = ROOT / "docs" / "reference"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_NOT_LOADED = re.compile(r"<!-- not loaded: .+ -->\s*$")


class Block(NamedTuple):
    """A fenced block of a document. `is_marked`: a comment right above it says why it does not stand alone."""

    path: Path
    line: int
    language: str
    text: str
    is_marked: bool

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"


def list_documents() -> list[Path]:
    """README.md and all of docs/."""
    return [ROOT / "README.md", *list_files("docs", pattern="*.md")]


def list_blocks(*languages: str) -> list[Block]:
    """The blocks of all documents in these languages."""
    found = []
    for path in list_documents():
        text = path.read_text()
        for match in _FENCE.finditer(text):
            before = text[: match.start()]
            block = Block(path, before.count("\n") + 1, match[1], match[2], _NOT_LOADED.search(before) is not None)
            found.append(block)
    return [block for block in found if block.language in languages]


def iter_commands(block: Block) -> Iterator[list[str]]:
    """The commands of a block: lines after `$ ` in `console`, all lines in `sh`. Pipes and redirections are cut."""
    for line in block.text.replace("\\\n", " ").splitlines():
        command = line.removeprefix("$ ") if block.language == "console" and line.startswith("$ ") else line
        if block.language == "console" and not line.startswith("$ "):
            continue
        lexer = shlex.shlex(command, posix=True, punctuation_chars="|&;<>")
        lexer.whitespace_split, lexer.commenters = True, "#"
        yield from _split_pipeline(list(lexer))


def iter_links(path: Path) -> Iterator[str]:
    """The targets of the links of a document that stay in the checkout, without their anchors."""
    text = _FENCE.sub("", path.read_text())
    for target in _LINK.findall(text):
        if "://" not in target and not target.startswith("#"):
            yield target.partition("#")[0]


def _split_pipeline(words: list[str]) -> Iterator[list[str]]:
    command: list[str] = []
    skip = False
    for word in [*words, ";"]:
        if skip:
            skip = False
        elif set(word) <= set("<>&") and "&&" not in word and word != "&":
            skip = True
        elif set(word) <= set("|&;"):
            if command:
                yield command
            command = []
        else:
            command.append(word)
