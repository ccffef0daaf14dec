"""The small pure parts: times and numbers of calls, seats, replies as bytes."""

import base64
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegisd.control.bounds import read_number
from aegisd.control.limits import Limits
from aegisd.control.replies import SEND, encode_error, encode_events, encode_log, encode_reply
from aegisd.control.request import decode_request
from aegisd.control.seats import Seats
from aegisd.core.record import EventFilter
from aegisd.moments import parse_moment
from aegisd.store.memory import MemoryStore
from aegisd.streams import EventStream, LogPiece
from aegisd.timeline.ring import Ring
from aegisd.timeline.tail import Gap, Tail
from aegisd.wire.errors import CallError
from aegisd.wire.framing import FramingError
from tests.control.fake_daemon import EPOCH, make_record

NOW = 1_795_248_031.204


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("2026-11-21T08:00:31Z", "2026-11-21T08:00:31.000Z"),
        ("2026-11-21t08:00:31.2045678z", "2026-11-21T08:00:31.204Z"),
        ("2026-11-21 09:30:31+01:30", "2026-11-21T08:00:31.000Z"),
        ("2026-11-20T23:00:31.5-09:00", "2026-11-21T08:00:31.500Z"),
        ("0", "2026-11-21T08:00:31.204Z"),
        ("90", "2026-11-21T07:59:01.204Z"),
        ("2h", "2026-11-21T06:00:31.204Z"),
        ("1d12h", "2026-11-19T20:00:31.204Z"),
    ],
)
def test_moments(text: str | None, expected: str | None) -> None:
    """RFC 3339 in any zone, or a duration back from now, becomes UTC with milliseconds."""
    assert parse_moment(text, name="since", now=NOW) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-21",
        "2026-11-21T08:00:31",
        "2026-02-30T08:00:31Z",
        "2026-11-21T25:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "-2h",
        "100y",
        "2026-11-21T08:00:31Z\n",
    ],
)
def test_what_is_no_moment(text: str) -> None:
    """Anything else is a BadParameter that names the parameter and shows what is right."""
    with pytest.raises(CallError) as caught:
        parse_moment(text, name="until", now=NOW)
    assert caught.value.name.endswith(".BadParameter")
    assert caught.value.message.startswith("until: ")
    assert "2026-11-21T08:00:31Z" in str(caught.value.hint)


@given(moment=st.datetimes(timezones=st.integers(-840, 840).map(lambda m: timezone(timedelta(minutes=m)))))
def test_moments_are_the_same_instant(moment: datetime) -> None:
    """Normalising does not move a time, but to the millisecond before it."""
    text = moment.isoformat()
    try:
        found = parse_moment(text, name="since", now=NOW)
    except CallError:
        assert moment.year in {1, 9999}
        return
    assert found is not None
    assert timedelta(0) <= moment - datetime.fromisoformat(found) < timedelta(milliseconds=1)


@given(text=st.text(max_size=30))
def test_moments_raise_call_errors_only(text: str) -> None:
    """Any text is a time or a BadParameter."""
    try:
        found = parse_moment(text, name="since", now=NOW)
    except CallError:
        return
    assert found is not None
    assert datetime.fromisoformat(found).tzinfo is UTC


def test_numbers_have_bounds() -> None:
    """The bounds themselves pass, and the message names them."""
    assert read_number({}, "limit", least=1, most=9) is None
    assert [read_number({"limit": n}, "limit", least=1, most=9) for n in (1, 9)] == [1, 9]
    with pytest.raises(CallError, match="limit is 10; it must be 1 to 9"):
        read_number({"limit": 10}, "limit", least=1, most=9)
    with pytest.raises(CallError, match="last is -1; it must be at least 0"):
        read_number({"last": -1}, "last", least=0)


def test_seats_of_one_user_are_limited() -> None:
    """One user cannot keep others out, all others together cannot keep root out."""
    seats = Seats(Limits(connections=10, reserved=2, per_user=5), privileged=frozenset({0}))
    assert [seats.take(1001) for _ in range(6)] == [True] * 5 + [False]
    assert [seats.take(1002) for _ in range(4)] == [True] * 3 + [False]
    assert [seats.take(0) for _ in range(3)] == [True] * 2 + [False]
    seats.give_back(1001)
    assert seats.take(1003) is False
    assert seats.take(0) is True


@given(uids=st.lists(st.integers(0, 3), max_size=60))
def test_seats_are_counted_right(uids: list[int]) -> None:
    """Whatever comes and goes, no limit is passed, and an empty house has room for everyone."""
    limits = Limits(connections=10, reserved=2, per_user=4)
    seats = Seats(limits, privileged=frozenset({0}))
    inside = [uid for uid in uids if seats.take(uid)]
    assert len(inside) <= limits.connections
    assert all(inside.count(uid) <= limits.per_user for uid in (1, 2, 3))
    for uid in inside:
        seats.give_back(uid)
    assert all(seats.take(uid) for uid in (0, 1, 2, 3))


def test_events_are_joined_into_large_sends() -> None:
    """A page becomes few sends of about SEND bytes; every reply in them is whole and in order."""
    tail = Tail(ring=Ring(size=1), store=MemoryStore(), wanted=EventFilter(), cursor=0)
    page = [make_record(1), Gap(first=2, last=9), *(make_record(seq) for seq in range(10, 2000))]
    sends = list(encode_events(EventStream(tail, epoch=EPOCH), page))
    assert all(SEND <= len(data) < SEND + 1024 for data in sends[:-1])
    replies = [json.loads(frame) for frame in b"".join(sends).split(b"\0")[:-1]]
    assert all(reply["continues"] is True for reply in replies)
    assert replies[0]["parameters"]["event"] == {"cursor": f"{EPOCH}.1", **json.loads(make_record(1).body)}
    assert replies[1]["parameters"] == {"gap": {"from": 2, "to": 9}, "cursor": f"{EPOCH}.9"}
    assert len(replies) == 1992
    assert list(encode_events(EventStream(tail, epoch=EPOCH), [])) == []


@given(step=st.text(st.characters(exclude_categories=["Cs"])), data=st.binary())
def test_log_replies_are_json(step: str, data: bytes) -> None:
    """Any step name and any bytes make one reply with one NUL at its end."""
    encoded = encode_log(LogPiece(step=step, attempt=2, offset=3, size=4, time="now", data=data))
    assert encoded.count(b"\0") == 1
    expected = {"step": step, "attempt": 2, "offset": 3, "size": 4, "time": "now"}
    expected["data"] = base64.b64encode(data).decode()
    assert json.loads(encoded[:-1]) == {"parameters": expected, "continues": True}


def test_replies_that_are_not_utf8_inside() -> None:
    """Half a surrogate pair (a file name) is written as its escape."""
    assert encode_reply({"path": "a\udcff"}) == b'{"parameters":{"path":"a\\udcff"}}\0'


def test_standard_errors_carry_only_their_own() -> None:
    """Varlink's errors have the parameters of the standard, ours have message and hint."""
    standard = CallError("org.varlink.service.MethodNotFound", "no", method="a.B")
    assert json.loads(encode_error(standard)[:-1])["parameters"] == {"method": "a.B"}
    ours = CallError("NoSuchRun", "no")
    assert json.loads(encode_error(ours)[:-1])["parameters"] == {"message": "no", "hint": None}


@given(frame=st.binary(max_size=100))
def test_requests_raise_framing_errors_only(frame: bytes) -> None:
    """Any bytes are a call or a FramingError."""
    try:
        decode_request(frame)
    except FramingError:
        return


def test_requests() -> None:
    """Flags default to false, parameters to none; members that Varlink does not know are passed over."""
    request = decode_request(b'{"method":"a.B","more":true,"later":[1]}')
    assert (request.method, request.parameters, request.more, request.oneway) == ("a.B", {}, True, False)
