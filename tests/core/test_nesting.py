"""How deep values are nested."""

from typing import Any

import pytest

from aegisd.core.nesting import is_deeper


@pytest.mark.parametrize(
    ("value", "depth"),
    [
        (7, 0),
        ("[[[", 0),
        (None, 0),
        ([], 1),
        ({}, 1),
        ([1, [2], {"a": 3}], 2),
        ({"a": {"b": [{}]}}, 4),
        ([[], [[]]], 3),
    ],
)
def test_depth(value: Any, depth: int) -> None:
    """A list and an object are one level each, with something in them or without."""
    assert not is_deeper(value, depth)
    assert depth == 0 or is_deeper(value, depth - 1)


def test_deeper_than_the_interpreter_goes() -> None:
    """No recursion: what would end a recursive reader is only deep."""
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    assert is_deeper(value, 64)
