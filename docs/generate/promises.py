"""`docs/reference/promises.md`: what three older systems promised, and the tests that hold it here.

The promises are in promises.toml, in words of our own. Which test holds which is read from the docstrings of the tests
(`S21`, `S41 to S44`): so a test that goes takes its claim along, and a promise without one fails test_promises.py.
The faults of those systems that a test keeps away (`W1.3`) are listed by number.
"""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent.parent
PROMISES = Path(__file__).with_name("promises.toml")
_RANGE = re.compile(r"\bS(\d{1,3})(?: to |-|–)S(\d{1,3})\b")
_NUMBER = re.compile(r"\bS(\d{1,3})\b")
_FAULT = re.compile(r"\bW\d\.\d{1,2}\b")
_FAULT_RANGE = re.compile(r"\b(W\d\.\d{1,2})(?: to |-|–)(W\d\.\d{1,2})\b")
_MOST_TESTS = 4

_HEAD = """\
# Promises

<!-- made by `make docs` from docs/generate/promises.toml and the docstrings of the tests -->

aegis takes the place of three systems: aegis_qa (workflows of QA services), crackerjack (events of quality checks)
and vibeforge (events and artifacts of agent sessions). This is what they promised, each promise with the tests that
hold it in aegis. Where aegis differs on purpose, it says how and why. What their events are called here:
[event names](event-names.md); how to bring a configuration along:
[come from aegis_qa](../how-to/come-from-aegis-qa.md).
"""
_FAULTS = """
## Faults that are kept away

Tests that hold a fault of those systems out of aegis, by the number that our notes give it. `W1` are those of aegis_qa
as it was released, `W2` of its design, `W3` of crackerjack's events, `W4` of vibeforge's event log.

| fault | tests |
|---|---|
"""


class Claim(NamedTuple):
    """A test and what its docstring says that it holds."""

    file: str
    name: str
    promises: frozenset[int]
    faults: frozenset[str]

    @property
    def link(self) -> str:
        """For the page."""
        return f"[{self.name.removeprefix('test_')}](../../{self.file})"


def read_promises() -> Mapping[str, Any]:
    """The file of promises: parts by name, each with its title and its promises by number."""
    return tomllib.loads(PROMISES.read_text())


def find_numbers(text: str) -> frozenset[int]:
    """The promises that a docstring names; a range stands for each number in it."""
    numbers = {int(number) for number in _NUMBER.findall(text)}
    for first, last in _RANGE.findall(text):
        numbers |= set(range(int(first), int(last) + 1))
    return frozenset(numbers)


def find_faults(text: str) -> frozenset[str]:
    """The faults that a docstring names, ranges as in `find_numbers`."""
    faults = set(_FAULT.findall(text))
    for first, last in _FAULT_RANGE.findall(text):
        chapter, _, start = first.partition(".")
        faults |= {f"{chapter}.{number}" for number in range(int(start), int(last.partition(".")[2]) + 1)}
    return frozenset(faults)


def find_claims(folder: Path = ROOT / "tests") -> Iterator[Claim]:
    """The tests below `folder` that name a promise or a fault."""
    for path in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                text = " ".join((ast.get_docstring(node) or "").split())
                numbers, faults = find_numbers(text), find_faults(text)
                if numbers or faults:
                    yield Claim(str(path.relative_to(folder.parent)), node.name, numbers, faults)


def render_page() -> str:
    """The whole page."""
    claims = list(find_claims())
    parts = [_HEAD]
    for part in read_promises().values():
        parts.append(f"\n## {part['title']}\n\n| | promise | tests | where aegis differs |\n|---|---|---|---|\n")
        for name, promise in part["promises"].items():
            holding = [claim for claim in claims if int(name[1:]) in claim.promises]
            differs = promise.get("differs", "")
            parts.append(f"| {name} | {promise['text']} | {_link(holding)} | {differs} |\n")
    faults = defaultdict(list)
    for claim in claims:
        for fault in claim.faults:
            faults[fault].append(claim)
    parts.append(_FAULTS)
    parts += [f"| {fault} | {_link(faults[fault])} |\n" for fault in sorted(faults, key=_rank)]
    return "".join(parts)


def _link(claims: list[Claim]) -> str:
    """The tests that are about this first: those that name least beside it."""
    found = sorted(claims, key=lambda claim: (len(claim.promises) + len(claim.faults), claim.file, claim.name))
    more = len(found) - _MOST_TESTS
    return ", ".join(claim.link for claim in found[:_MOST_TESTS]) + (f" and {more} more" if more > 0 else "")


def _rank(fault: str) -> tuple[int, int]:
    chapter, _, number = fault[1:].partition(".")
    return int(chapter), int(number)
