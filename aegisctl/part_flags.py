"""The flags that ask for a part of a workflow: of all verbs that take one."""

from __future__ import annotations

from aegisctl.declare import Flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given

PART_FLAGS = (
    Flag("--only", metavar="STEP", repeat=True, help="only this step; repeatable"),
    Flag("--from", metavar="STEP", repeat=True, help="this step and all that follow it; repeatable"),
    Flag("--skip", metavar="STEP", repeat=True, help="not this step; repeatable"),
)


def part_of(given: Given) -> dict[str, list[str] | None]:
    """The part as parameters of a call."""
    return {flag.key: given.texts(flag.key) or None for flag in PART_FLAGS}
