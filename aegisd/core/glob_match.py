"""Whether a path fits a pattern of `core/globs.py`, without a file system. Pure.

It says of a path what a walk of the folders says (`store/gather.py`), for files that are on another host. All ways in
which a pattern can fit are followed at once: a path costs its names times the parts of the pattern, whatever both say.
"""

from collections.abc import Sequence

from aegisd.core.globs import AnyDepth, Literal, Part, Wild

_ANY = Wild("*")


def is_match(parts: Sequence[Part], names: Sequence[str]) -> bool:
    """Whether the file with the path `names`, folders first, fits the pattern that has `parts`."""
    # a pattern that names a folder stands for all in it
    whole = (*parts, AnyDepth(), _ANY)
    finals = (len(parts) - 1, len(whole) - 1)
    states = {0}
    for place, name in enumerate(names):
        is_last = place == len(names) - 1
        following: set[int] = set()
        for state in states | {state + 1 for state in states if isinstance(whole[state], AnyDepth)}:
            part = whole[state]
            if isinstance(part, AnyDepth):
                following |= {state} if _ANY.matches(name) else set()
            elif not (part.name == name if isinstance(part, Literal) else part.matches(name)):
                continue
            elif state not in finals:
                following.add(state + 1)
            elif is_last:
                return True
            elif isinstance(part, Literal):
                following.add(len(parts))
        states = following
    return False
