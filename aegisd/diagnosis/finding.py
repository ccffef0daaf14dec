"""What a check came to: a sentence, how bad it is, and what to do about it."""

from enum import StrEnum

from attrs import frozen


class Level(StrEnum):
    """`ok`; `warning`: works, but not as well as it could; `problem`: something does not work, or soon will not."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@frozen(kw_only=True)
class Finding:
    """One line of the doctor. `fix` are lines that say what to do, ready to paste where they are commands."""

    level: Level
    text: str
    fix: tuple[str, ...] = ()


def well(text: str) -> Finding:
    """All is well."""
    return Finding(level=Level.OK, text=text)


def warn(text: str, *fix: str) -> Finding:
    """It works, but not as well as it could."""
    return Finding(level=Level.WARNING, text=text, fix=fix)


def fail(text: str, *fix: str) -> Finding:
    """It does not work, or soon will not."""
    return Finding(level=Level.PROBLEM, text=text, fix=fix)
