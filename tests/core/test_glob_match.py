"""Whether a path fits a pattern: the same as a walk of the folders finds, and never slow."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegisd.core.glob_match import is_match
from aegisd.core.globs import parse_pattern
from aegisd.store.gather import Found, find_files

_NAMES = st.sampled_from(["a", "b", "ab", ".a", "a.txt"])
_PATHS = st.lists(_NAMES, min_size=1, max_size=4).map("/".join)
_PARTS = st.sampled_from(["a", "b", "*", "**", "?", "a*", ".a", "*.txt", "[ab]"])
_PATTERNS = st.lists(_PARTS, min_size=1, max_size=4).map("/".join)


@settings(max_examples=150, deadline=None)
@given(paths=st.sets(_PATHS, max_size=12), pattern=_PATTERNS)
def test_it_says_what_a_walk_finds(tmp_path_factory: pytest.TempPathFactory, paths: set[str], pattern: str) -> None:
    """For any files and any pattern."""
    folder = tmp_path_factory.mktemp("walk")
    made = set()
    for path in sorted(paths):
        place = folder / path
        if any(parent.is_file() for parent in place.parents) or place.is_dir():
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
        made.add(path)
    found: Any = find_files(str(folder), [pattern], follow=False)
    walked = {each.key for each in found if isinstance(each, Found)}
    parts = parse_pattern(pattern)
    assert {path for path in made if is_match(parts, path.split("/"))} == walked


def test_a_long_pattern_costs_little() -> None:
    """A pattern that fits in very many ways is tried in all of them at once."""
    parts = parse_pattern("/".join(["**", "a"] * 100) + "/b")
    assert not is_match(parts, ["a"] * 1000)
