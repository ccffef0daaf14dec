"""What lines of a log mean beside their text: groups and annotations, as the services write them that people come from.

`::group::TITLE` to `::endgroup::` and `::error file=F,line=N,title=T::TEXT` (also `warning` and `notice`) as GitHub
reads them; `--- TITLE`, `+++ TITLE` and `~~~ TITLE` as Buildkite does, but not the heads of a diff and the verdicts of
Go's tests, which look the same.
"""

import re

from attrs import frozen

_GROUP = re.compile(r"(?:::group::|##\[group\])\s*(.*)")
_END = re.compile(r"::endgroup::|##\[endgroup\]")
_SECTION = re.compile(r"(?:---|\+\+\+|~~~) +(?!a/|b/|/dev/null|PASS:|FAIL:|SKIP:|BENCH:)([^\t]+)")
_NOTE = re.compile(r"::(error|warning|notice)(?: ([^\n]*?))?::(.*)")
_ESCAPED = re.compile("%(25|0D|0A|3A|2C)", re.IGNORECASE)


@frozen(kw_only=True)
class Annotation:
    """What a step points at. `level` is error, warning or notice; `place` is `FILE:LINE`, empty without one."""

    level: str
    text: str
    title: str = ""
    place: str = ""


@frozen(kw_only=True)
class Meaning:
    """`kind` is empty, group, section (a group that ends where the next one begins), end, or the level of `note`."""

    kind: str = ""
    title: str = ""
    note: Annotation | None = None


NOTHING = Meaning()


def read_meaning(text: str) -> Meaning:
    """What the line `text`, as it is shown, means."""
    if not text.startswith(("::", "##[", "---", "+++", "~~~")):
        return NOTHING
    if (note := read_annotation(text)) is not None:
        return Meaning(kind=note.level, note=note)
    if _END.match(text):
        return Meaning(kind="end")
    if found := _GROUP.match(text):
        return Meaning(kind="group", title=found[1])
    if found := _SECTION.fullmatch(text):
        return Meaning(kind="section", title=found[1])
    return NOTHING


def read_annotation(text: str) -> Annotation | None:
    """The annotation that a line is; None for any other line."""
    found = _NOTE.match(text)
    if found is None:
        return None
    given = dict(pair.strip().partition("=")[::2] for pair in (found[2] or "").split(","))
    place = ":".join(filter(None, (_unescape(given.get("file", "")), given.get("line", "")[:9])))
    return Annotation(level=found[1], text=_unescape(found[3]), title=_unescape(given.get("title", "")), place=place)


def _unescape(text: str) -> str:
    """What GitHub's tools escape in them; a line break becomes a blank."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)).replace("\n", " ").replace("\r", ""), text)
