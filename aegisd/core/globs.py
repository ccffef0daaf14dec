"""The patterns of a step's `artifacts` and `reports`: relative paths with `*`, `?`, `[...]` and `**`. Pure.

`*` stands for any part of a name, `**` for any number of folders. Neither matches names that begin with a dot, unless
the pattern spells the dot out. A pattern that names a folder stands for everything in it.
"""

import fnmatch
import re
from functools import lru_cache

from attrs import frozen

MOST_PATTERN_BYTES = 1024
_MAGIC = re.compile(r"[*?\[]")


@frozen
class AnyDepth:
    """`**`: any number of folders, none included."""


@frozen
class Literal:
    """A name as it is."""

    name: str


@frozen
class Wild:
    """A name with wildcards."""

    pattern: str

    def matches(self, name: str) -> bool:
        """Whether `name` (as Python decodes file names) fits."""
        if name.startswith(".") and not self.pattern.startswith("."):
            return False
        return _compile(self.pattern).match(name) is not None


Part = AnyDepth | Literal | Wild


def parse_pattern(text: str) -> tuple[Part, ...]:
    """The parts of `text`, one for each folder and the file. Raises ValueError with what is wrong in words."""
    if not text.strip():
        message = "it is empty"
        raise ValueError(message)
    if len(text.encode(errors="replace")) > MOST_PATTERN_BYTES:
        message = f"it is longer than {MOST_PATTERN_BYTES} bytes"
        raise ValueError(message)
    if text.startswith(("/", "~")):
        message = "it is not relative to the run's directory"
        raise ValueError(message)
    names = [name for name in text.split("/") if name not in {"", "."}]
    if ".." in names:
        message = "`..` leads out of the run's directory"
        raise ValueError(message)
    if not names:
        message = "it names the run's directory itself"
        raise ValueError(message)
    parts: list[Part] = []
    for name in names:
        part = AnyDepth() if name == "**" else Wild(name) if _MAGIC.search(name) else Literal(name)
        if not (parts and part == parts[-1] == AnyDepth()):
            parts.append(part)
    if parts[-1] == AnyDepth():
        parts.append(Wild("*"))
    return tuple(parts)


@lru_cache(maxsize=1000)
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern))
