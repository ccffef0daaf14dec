"""YAML that means harm: refused in words and soon, whatever it would become."""

import re

import pytest

from aegisd.importing.unreadable import UnreadableError
from aegisd.importing.yaml_file import MOST_BYTES, read_yaml

_BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
_MERGES = "a0: &a0 {k0: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 40))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (_BOMB, "comes to more than 20000 values"),
        (_MERGES, "comes to more than 20000 values"),
        ("a: &a [*a]", "stands for nothing that is complete"),
        ("a: *nobody", "stands for nothing that is complete"),
        ("a: !!python/object/apply:os.system ['true']", "asks for more than plain values"),
        ("a: !own {}", "asks for more than plain values"),
        ("!!binary aGk=", "asks for more than plain values"),
        ("[" * 40 + "]" * 40, "more than 32 levels deep"),
        ("[" * 200_000, "more than 32 levels deep"),
        ("".join(f"{' ' * n}a:\n" for n in range(600)), "more than 32 levels deep"),
        ("a: 1\na: 2", "the key 'a' stands there twice"),
        ("a: [1", "it is not YAML: expected ',' or ']'"),
        ("a: 1\n---\na: 2", "it is not YAML: but found another document"),
        ("a: \x01", "it is not YAML that can be used"),
        ("? [1]\n: 2", "it is not YAML: found unhashable key"),
        ("a: " + "9" * 5000, "it is not YAML that can be used"),
        ("a: 2026-99-99", "it is not YAML that can be used"),
        ("x" * (MOST_BYTES + 1), "it is larger than 256 KiB"),
        ("- x\n" * 30_000, "comes to more than 20000 values"),
        ("", None),
    ],
    ids=lambda value: str(value)[:24].encode("unicode_escape").decode(),
)
def test_hostile(text: str, words: str | None) -> None:
    """Bombs of references and merges, tags, depth, size, keys that stand twice: an UnreadableError with the reason."""
    if words is None:
        assert read_yaml(text.encode()) is None
        return
    with pytest.raises(UnreadableError, match=re.escape(words)):
        read_yaml(text.encode())


def test_bytes_that_are_no_text() -> None:
    """Neither UTF-8 nor YAML: the byte is named."""
    with pytest.raises(UnreadableError, match="byte 3 is not UTF-8"):
        read_yaml(b"a: \xff")


def test_references_that_are_meant() -> None:
    """A mapping that is used twice, and one that another adds to, are what YAML says."""
    text = "base: &base {url: a, retries: 1}\none: {<<: *base, retries: 2}\ntwo: *base\n"
    assert read_yaml(b"\xef\xbb\xbf" + text.encode()) == {
        "base": {"url": "a", "retries": 1},
        "one": {"url": "a", "retries": 2},
        "two": {"url": "a", "retries": 1},
    }
