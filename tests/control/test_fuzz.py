"""A thousand mutated conversations with the real server: it answers or closes, and goes on serving."""

import json
import tempfile
from pathlib import Path

import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aegisd.control import HANDLERS
from aegisd.control.limits import Limits
from tests.control.client import open_client, open_server
from tests.control.fake_daemon import EPOCH

METHODS = st.sampled_from([*HANDLERS, "io.aegisd.Control.Nope", "a.B", "", "."]) | st.text(max_size=10)
NAMES = st.sampled_from(
    [
        "run",
        "workflow",
        "params",
        "interface",
        "selector",
        "limit",
        "since",
        "after",
        "last",
        "follow",
        "steps",
        "results",
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["quality", "2h", f"{EPOCH}.0", "\ud800", "\0", "io.aegisd.Control"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
FLAG = st.booleans() | st.none() | st.integers(0, 1)
CALLS = st.fixed_dictionaries(
    {"method": METHODS},
    optional={
        "parameters": st.dictionaries(NAMES, VALUES, max_size=3) | st.none() | SCALARS,
        "more": st.booleans(),
        "oneway": FLAG,
        "upgrade": FLAG,
    },
)


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """A call as bytes, often with a few of them changed."""
    body = bytearray(json.dumps(draw(CALLS)).encode())
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 3]))):
        position = draw(st.integers(0, len(body) - 1))
        body[position : position + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(body) + b"\0"


async def converse(folder: Path, message: list[bytes]) -> None:
    """Send all of it, read until the server closes or there is nothing more; then another client is served."""
    async with open_server(folder, limits=Limits(whole_s=0.05, grace_s=0.2)) as served:
        await served.daemon.emit(3)
        served.daemon.ring.close()
        client = await open_client(served.path)
        with trio.fail_after(20):
            try:
                await client.stream.send_all(b"".join(message))
                await client.stream.send_eof()
            except trio.BrokenResourceError:
                pass
            while (reply := await client.receive()) is not None:
                assert reply.keys() <= {"parameters", "error", "continues"}
        await client.stream.aclose()
        async with await open_client(served.path) as other:
            assert "error" not in await other.call("GetStatus")


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=st.lists(messages(), min_size=1, max_size=5))
def test_any_conversation_is_survived(message: list[bytes], caplog: pytest.LogCaptureFixture) -> None:
    """No traceback, whatever is sent."""
    with tempfile.TemporaryDirectory() as folder:
        trio.run(converse, Path(folder), message)
    for record in caplog.records:
        assert record.exc_info is None, record
    caplog.clear()
