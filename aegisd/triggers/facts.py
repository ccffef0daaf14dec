"""What a payload says that aegis acts on, whoever sent it. Payloads are strangers' words: every look into one may find
nothing, or something else than expected."""

import re
from collections.abc import Iterable
from typing import Any

from attrs import frozen

_LONGEST = 255
_REF = re.compile(r"refs/[^\x00-\x20\x7f-\x9f~^:?*\[\\]{1,250}")
_SHA = re.compile(r"[0-9a-f]{40,64}")
_BRANCH, _TAG = "refs/heads/", "refs/tags/"


@frozen(kw_only=True)
class Facts:
    """`event` is the sender's word, with its action behind a dot where it has one. `branch` is where a change goes to;
    `ref` and `sha` are what is to be looked at, and safe to use. `files` is None when not all are listed."""

    event: str | None = None
    ref: str | None = None
    branch: str | None = None
    tag: str | None = None
    sha: str | None = None
    files: frozenset[str] | None = None
    repo: str | None = None
    sender: str | None = None
    is_deletion: bool = False

    @property
    def title(self) -> str:
        """`push to main by octocat`, for people."""
        where = self.branch or self.tag
        parts = (self.event, f"to {where}" if where else None, f"by {self.sender}" if self.sender else None)
        return clean(" ".join(part for part in parts if part))


def dig(payload: Any, *way: str) -> Any:
    """What is found along the keys of `way`, or None."""
    for step in way:
        payload = payload.get(step) if isinstance(payload, dict) else None
    return payload


def dig_text(payload: Any, *way: str) -> str | None:
    """The text found along `way` if it is short and one line, or None."""
    found = dig(payload, *way)
    return found if isinstance(found, str) and 0 < len(found) <= _LONGEST and found.isprintable() else None


def safe_ref(ref: str | None) -> str | None:
    """`ref` if git would take it as the full name of a ref."""
    return ref if ref is not None and _REF.fullmatch(ref) and ".." not in ref else None


def safe_sha(sha: str | None) -> str | None:
    """`sha` if it is one, and not the row of zeros that stands for nothing."""
    return sha if sha is not None and _SHA.fullmatch(sha) and sha.strip("0") else None


def is_zero(sha: str | None) -> bool:
    """Whether `sha` is the row of zeros."""
    return sha is not None and sha != "" and not sha.strip("0")


def split_ref(ref: str | None) -> tuple[str | None, str | None]:
    """The branch or the tag that a full ref names."""
    branch = ref.removeprefix(_BRANCH) if ref and ref.startswith(_BRANCH) else None
    tag = ref.removeprefix(_TAG) if ref and ref.startswith(_TAG) else None
    return branch, tag


def join_event(event: str | None, action: str | None) -> str | None:
    """`pull_request.opened`."""
    return f"{event}.{action}" if event and action else event


def list_files(commits: Any) -> frozenset[str] | None:
    """All files that `commits` add, change or remove; None when that is not told."""
    if not isinstance(commits, list) or not commits:
        return None
    found: set[str] = set()
    for commit in commits:
        for kind in ("added", "modified", "removed"):
            names = dig(commit, kind)
            if not isinstance(names, list):
                return None
            found.update(name for name in names if isinstance(name, str))
    return frozenset(found)


def clean(text: str, longest: int = _LONGEST) -> str:
    """`text` on one line, with nothing in it that a terminal or a log would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:longest])


def first(values: Iterable[str | None]) -> str | None:
    """The first that is there."""
    return next((value for value in values if value), None)
