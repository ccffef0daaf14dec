"""Framing: any chunking gives the same messages, hostile input gives FramingError and nothing else."""

import contextlib
import itertools
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegisd.wire.framing import MAX_DEPTH, NUL, Framer, FramingError, decode_message, encode_message

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
MESSAGES = st.dictionaries(st.text(), VALUES)
BODIES = st.binary(max_size=40).map(lambda body: body.replace(NUL, b""))
FRAGMENTS = st.sampled_from(
    [b"{", b"}", b"[", b"]", b'"', b"\\", b":", b",", b"NaN", b"Infinity", b"1e999", b"-", b"0", b"\xff", b'"a":', b" "]
)


def collect(stream: bytes, cuts: list[int], limit: int) -> tuple[list[bytes], bool]:
    """The frames that come out when `stream` arrives cut at `cuts`, and whether it ended in an error."""
    framer = Framer(limit=limit)
    frames = []
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    try:
        for start, end in itertools.pairwise(edges):
            framer.feed(stream[start:end])
            while (frame := framer.next_frame()) is not None:
                frames.append(frame)
    except FramingError:
        return frames, True
    return frames, False


@given(bodies=st.lists(BODIES), cuts=st.lists(st.integers(min_value=0)))
def test_any_chunking_gives_the_same_frames(bodies: list[bytes], cuts: list[int]) -> None:
    """What comes out depends on the bytes, not on how they arrived."""
    stream = b"".join(body + NUL for body in bodies)
    assert collect(stream, cuts, limit=1000) == (bodies, False)


@given(stream=st.binary(max_size=200), cuts=st.lists(st.integers(min_value=0)), limit=st.integers(0, 50))
def test_chunking_does_not_move_the_error(stream: bytes, cuts: list[int], limit: int) -> None:
    """A message above the limit is refused after the same frames, however it arrived."""
    assert collect(stream, cuts, limit) == collect(stream, [], limit)


def test_limit_is_exact() -> None:
    """A message of exactly the limit passes, one byte more does not, NUL or no NUL."""
    assert collect(b"x" * 10 + NUL, [], limit=10) == ([b"x" * 10], False)
    assert collect(b"x" * 11 + NUL, [], limit=10) == ([], True)
    assert collect(b"x" * 11, [], limit=10) == ([], True)


def test_pending_counts_what_is_held() -> None:
    """A reader can tell whether a message has begun."""
    framer = Framer()
    framer.feed(b"{}\0{")
    assert framer.next_frame() == b"{}"
    assert framer.next_frame() is None
    assert framer.pending == 1


def test_a_dripping_peer_costs_linear_time() -> None:
    """Bytes that were searched for a NUL are not searched again."""
    framer = Framer(limit=10**6)
    began = time.thread_time()
    for _ in range(20_000):
        framer.feed(b"0123456789")
        assert framer.next_frame() is None
    assert time.thread_time() - began < 2


@given(message=MESSAGES)
def test_messages_survive_the_way(message: dict[str, Any]) -> None:
    """What was encoded is decoded, and holds no NUL but its end."""
    encoded = encode_message(message)
    assert encoded.count(NUL) == 1
    assert decode_message(encoded[:-1]) == message


@given(text=st.text(alphabet=st.characters(categories=["Cs", "Lu"])))
def test_half_surrogates_are_written_as_escapes(text: str) -> None:
    """Names of files that are not UTF-8 make no message that is not UTF-8."""
    encoded = encode_message({"name": text})
    encoded.decode()
    assert decode_message(encoded[:-1]) == json.loads(json.dumps({"name": text}))


@given(frame=st.binary(max_size=200))
def test_garbage_raises_framing_errors_only(frame: bytes) -> None:
    """Any bytes are a message or a FramingError."""
    with contextlib.suppress(FramingError):
        assert isinstance(decode_message(frame), dict)


@given(parts=st.lists(FRAGMENTS, max_size=60))
def test_near_json_raises_framing_errors_only(parts: list[bytes]) -> None:
    """Bytes that look like JSON are a message or a FramingError."""
    with contextlib.suppress(FramingError):
        decode_message(b"".join(parts))


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"[]",
        b'"text"',
        b"null",
        b"{",
        b'{"a":1}{}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":1}}',
        b"{'a':1}",
        b'{"a":"\xff"}',
        b'\xef\xbb\xbf{"a":1}',
        b"\xff\xfe{\x01}\x01",
        b'{"a":' + b"1" * 5000 + b"}",
        b'{"a":"\xed\xa0\x80"}',
    ],
    ids=repr,
)
def test_what_is_no_message(frame: bytes) -> None:
    """Each kind of garbage is refused in words."""
    with pytest.raises(FramingError, match="a message is not"):
        decode_message(frame)


def nested(depth: int, opening: bytes = b'{"a":', closing: bytes = b"}") -> bytes:
    """A message `depth` levels deep."""
    return opening * depth + b"1" + closing * depth


def test_depth_is_bounded() -> None:
    """The deepest allowed nesting passes, one level more is refused before it is parsed."""
    assert decode_message(nested(MAX_DEPTH))
    with pytest.raises(FramingError, match="nested deeper"):
        decode_message(nested(MAX_DEPTH + 1))
    with pytest.raises(FramingError, match="nested deeper"):
        decode_message(b"[" * 100_000)


@given(text=st.text(alphabet='[]{}"\\a', max_size=300))
def test_brackets_in_strings_do_not_nest(text: str) -> None:
    """A string may hold any number of brackets, quotes and backslashes."""
    assert decode_message(json.dumps({"a": [text, [text]]}).encode()) == {"a": [text, [text]]}


@pytest.mark.parametrize(
    "frame",
    [
        b'"' + b'\\"' * 130_000 + b"[" * 100,
        b"[]," * 87_000,
        b'"\\' * 87_000 + b"[[" * 50,
        b'{"a":"' + b"[" * 260_000 + b'"}',
    ],
    ids=["escaped quotes", "many brackets", "open string", "brackets in a string"],
)
def test_hostile_nesting_costs_little(frame: bytes) -> None:
    """No frame of 256 KiB holds the daemon up for long."""
    began = time.thread_time()
    with contextlib.suppress(FramingError):
        decode_message(frame)
    assert time.thread_time() - began < 1
