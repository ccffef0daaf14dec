"""The median against the standard library's."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegisd.core.median import find_median


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=12))
def test_as_the_standard_library_has_it(values: list[float]) -> None:
    """Odd and even numbers of values, in any order."""
    assert find_median(values) == statistics.median(values)


def test_of_nothing() -> None:
    """There is no median of nothing."""
    with pytest.raises(IndexError):
        find_median([])
