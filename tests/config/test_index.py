"""Where keys and values stand: for generated texts of every form, and for those that are broken or far too large."""

import time
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegisd.config.index import build_index
from aegisd.config.source import Source
from aegisd.config.values import Path
from tests.config.documents import Writer, documents


def _leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _leaves(each, (*path, name))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _leaves(each, (*path, place))
    else:
        yield path


@settings(max_examples=400)
@given(documents())
def test_every_leaf_has_its_place(writer: Writer) -> None:
    """The index knows where each value that tomllib finds begins: the same offset, so the same line and column."""
    index = build_index(writer.text)
    assert index.stopped is None
    assert index.twice is None
    found = set(_leaves(tomllib.loads(writer.text)))
    assert found == set(writer.leaves)
    assert {path: index.value(path)[0] for path in found} == writer.leaves


@settings(max_examples=400)
@given(documents())
def test_every_key_has_its_place(writer: Writer) -> None:
    """So are keys: of tables, dotted ones, quoted ones, those of inline tables."""
    index = build_index(writer.text)
    for path, offset in writer.keys.items():
        if not (len(path) == 1 and (*path, 0) in index.keys):
            assert index.key(path)[0] == offset, path


@given(documents(), st.integers(0, 400), st.text(alphabet="[]{}=.,\"'#\n\\ a1", max_size=3))
def test_agrees_with_tomllib_on_what_is_broken(writer: Writer, at: int, noise: str) -> None:
    """Whatever tomllib reads from a spoiled text, the index has a place for; and it never raises."""
    text = writer.text[:at] + noise + writer.text[at:]
    index = build_index(text)
    try:
        found = tomllib.loads(text)
    except ValueError:
        return
    assert index.stopped is None
    assert index.twice is None
    assert all(path in index.values for path in _leaves(found))


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 4_000_000,
        "a." * 2_000_000,
        "[" + "a." * 2_000_000,
        "a = {" * 800_000,
        'a = "' + "\\n" * 2_000_000 + '"',
        "a = '''" + "'x" * 2_000_000,
        'a = """' + '""x' * 1_300_000,
        'a = "' + "\\" * 4_000_000,
        "#" * 4_000_000,
        "a = [" + "1," * 2_000_000,
        "[[a]]\n" * 700_000,
        "a = " + "1" * 4_000_000,
        '"' + "k" * 4_000_000,
    ],
    ids=lambda text: text[:12],
)
def test_four_megabytes_take_linear_time(text: str) -> None:
    """No text within the limit of size keeps the index busy for long."""
    begun = time.thread_time()
    build_index(text)
    assert time.thread_time() - begun < 3


def test_nearest_table_for_unknown_paths() -> None:
    """A path that is not there gets the place of the table around it."""
    index = build_index("[a]\nb = 1\n")
    assert index.key(("a", "zzz", 3)) == (1, 2)
    assert index.value(()) == (0, 1)


def test_lines_and_columns() -> None:
    """Offsets become lines and columns that count from 1, in characters."""
    source = Source("x", "äé = 1\n\nb = 2")
    assert [source.position(offset) for offset in (0, 5, 6, 7, 8, 12)] == [
        (1, 1),
        (1, 6),
        (1, 7),
        (2, 1),
        (3, 1),
        (3, 5),
    ]
    assert source.offset(3, 5) == 12
