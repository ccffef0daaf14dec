"""`{name}` in commands and environments: known names are replaced, all else stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegisd.core.template import expand, iter_references


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("--to={target}", "--to=prod"),
        ("{target}{target}", "prodprod"),
        ("{{target}}", "{target}"),
        ("{other} {} {print $1} ${target} {{other}}", "{other} {} {print $1} ${target} {{other}}"),
        ("no braces", "no braces"),
    ],
)
def test_expand(text: str, expanded: str) -> None:
    """A known parameter is put in; doubled braces are a literal; shells keep their own braces."""
    assert expand(text, {"target": "prod"}) == expanded


@given(st.text())
def test_values_are_not_looked_at_again(value: str) -> None:
    """No value can bring in another parameter."""
    assert expand("<{a}>", {"a": value, "b": "secret"}) == f"<{value}>"


def test_references() -> None:
    """The names that a text refers to, literals left out."""
    assert list(iter_references("{a} {{b}} ${c} {d_1}")) == ["a", "d_1"]
