"""The patterns of artifacts and reports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegisd.core.globs import AnyDepth, Literal, Wild, parse_pattern


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a", (Literal("a"),)),
        ("./dist//a/", (Literal("dist"), Literal("a"))),
        ("dist/*.whl", (Literal("dist"), Wild("*.whl"))),
        ("**/x[0-9]?", (AnyDepth(), Wild("x[0-9]?"))),
        ("a/**", (Literal("a"), AnyDepth(), Wild("*"))),
        ("**/**/a", (AnyDepth(), Literal("a"))),
    ],
)
def test_parts(text: str, parts: tuple[object, ...]) -> None:
    """A pattern is a part for each folder and one for the file; `**` alone stands for all below."""
    assert parse_pattern(text) == parts


@pytest.mark.parametrize("text", ["", " ", "/", "/etc/*", "../x", "a/../x", "a/..", "~/x", "./", ".", "x" * 1025])
def test_what_is_no_pattern(text: str) -> None:
    """What is absolute, leads out, or names nothing in the run's directory is refused."""
    with pytest.raises(ValueError, match=r"."):
        parse_pattern(text)


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("*", "a", True),
        ("*", ".hidden", False),
        (".*", ".hidden", True),
        ("*.txt", "a.txt", True),
        ("*.txt", "a.txt\n", False),
        ("[!a]?", "bc", True),
        ("[", "[", True),
        ("*", "caf\udce9", True),
    ],
)
def test_names(pattern: str, name: str, *, fits: bool) -> None:
    """Wildcards match names as the shell does, and no names that begin with a dot unless they spell it out."""
    assert Wild(pattern).matches(name) is fits


@given(st.text(st.characters(exclude_characters="\0"), max_size=40), st.text(max_size=20))
def test_no_pattern_breaks(text: str, name: str) -> None:
    """Any text is a pattern that matches or does not, or is refused in words."""
    try:
        parts = parse_pattern(text)
    except ValueError:
        return
    assert ".." not in [part.name for part in parts if isinstance(part, Literal)]
    assert all(part.matches(name) in {True, False} for part in parts if isinstance(part, Wild))
