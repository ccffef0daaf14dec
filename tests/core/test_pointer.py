"""JSON Pointer against the examples of RFC 6901 and against what hostile documents hold."""

import pytest

from aegisd.core.pointer import NoSuchValueError, check_pointer, read_pointer

DOCUMENT = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", DOCUMENT),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_examples_of_the_rfc(pointer: str, value: object) -> None:
    """Section 5 of RFC 6901."""
    check_pointer(pointer)
    assert read_pointer(DOCUMENT, pointer) == value


@pytest.mark.parametrize("pointer", ["/no", "/foo/2", "/foo/-", "/foo/01", "/foo/-1", "/foo/0/x", "/foo/1e0", "/foo/٣"])
def test_what_is_not_there(pointer: str) -> None:
    """A value that is not there is an error with words, for texts and lists too."""
    with pytest.raises(NoSuchValueError, match="has no"):
        read_pointer(DOCUMENT, pointer)


@pytest.mark.parametrize("pointer", ["foo", "/a~", "/a~2"])
def test_no_pointers(pointer: str) -> None:
    """What is not a pointer is refused when the configuration is read."""
    with pytest.raises(ValueError, match="JSON Pointer"):
        check_pointer(pointer)
