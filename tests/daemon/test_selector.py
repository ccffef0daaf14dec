"""What people type for a run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegisd.selector import nearest, parse_selector
from aegisd.wire.errors import CallError


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("842", (None, 842)),
        ("#842", (None, 842)),
        ("quality", ("quality", 0)),
        ("quality~2", ("quality", 2)),
        ("a.b-c_d~0", ("a.b-c_d", 0)),
        ("-", ("-", 0)),
    ],
)
def test_selectors(selector: str, found: tuple[str | None, int]) -> None:
    """A number with or without #, a workflow, a workflow and how many runs back."""
    assert parse_selector(selector) == found


@pytest.mark.parametrize("selector", ["quality~", "quality~x", "quality~-1", "quality~1~2", "q~²", "q~" + "9" * 10])
def test_bad_selectors(selector: str) -> None:
    """What comes after ~ is a number of sane size."""
    with pytest.raises(CallError, match="after ~ comes a number"):
        parse_selector(selector)


def test_a_number_beyond_all_runs() -> None:
    """A number of a thousand digits is no run, and is not repeated in full."""
    with pytest.raises(CallError, match="there is no run") as caught:
        parse_selector("9" * 1000)
    assert len(str(caught.value)) < 100


@given(st.text())
def test_anything_is_answered(selector: str) -> None:
    """Any text is a selector or a refusal in words."""
    try:
        name, number = parse_selector(selector)
    except CallError:
        return
    assert number >= 0
    assert name is None or "~" not in name


def test_nearest() -> None:
    """A near miss is named, a far one is not."""
    assert nearest("qualty", ["quality", "deploy"]) == 'did you mean "quality"?'
    assert nearest("xyz", ["quality", "deploy"]) is None
