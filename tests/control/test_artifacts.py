"""The door to artifacts: who may put and delete, what goes over the wire in pieces, and what is refused."""

from binascii import a2b_base64, b2a_base64
from pathlib import Path
from typing import Any

import pytest

from aegisd.control.service import INTERFACES
from aegisd.core.parameters import fits
from aegisd.wire.errors import INTERFACE
from tests.control import client as door
from tests.control.client import open_client, open_server
from tests.control.fake_artifacts import ATTEMPT


def _base64(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode()


async def _ask(client: door.Client, method: str, **parameters: Any) -> dict[str, Any]:
    reply = await client.call(method, **parameters)
    declared = INTERFACES[INTERFACE]
    assert "error" not in reply, reply
    assert fits(reply["parameters"], declared.methods[method].reply, declared.types)
    return dict(reply["parameters"])


async def test_put_list_get_read_delete(tmp_path: Path) -> None:
    """S87 to S90: what was put in pieces is listed, described, read back in pieces, and gone after its deletion."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        first = await _ask(client, "PutArtifact", run=1, key="plan", data=_base64(b"hello "), last=False)
        assert first == {"upload": "up", "artifact": None}
        last = await _ask(client, "PutArtifact", run=1, key="plan", data=_base64(b"world"), last=True, upload="up")
        assert last["artifact"]["size"] == 11
        assert [a["key"] for a in (await _ask(client, "ListArtifacts", run=1))["artifacts"]] == ["plan"]
        assert (await _ask(client, "ListArtifacts", run=1, after="plan"))["artifacts"] == []
        assert (await _ask(client, "GetArtifact", run=1, key="plan"))["artifact"]["key"] == "plan"
        replies = await client.stream_replies("ReadArtifact", run=1, key="plan")
        answers = [reply["parameters"] for reply in replies]
        assert b"".join(a2b_base64(answer["data"]) for answer in answers[:-1]) == b"hello world"
        assert [answer["offset"] for answer in answers[:-1]] == [0, 4, 8]
        assert answers[-1]["artifact"]["key"] == "plan"
        assert await _ask(client, "DeleteArtifact", run=1, key="plan") == {}
        reply = await client.call("GetArtifact", run=1, key="plan")
        assert reply["error"] == f"{INTERFACE}.NoSuchArtifact"


@pytest.mark.parametrize("data", ["!", "YQ", "Y Q==", "YQ==\n"])
async def test_what_is_no_base64(tmp_path: Path, data: str) -> None:
    """Data that is not base64 is refused before anything is kept."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        reply = await client.call("PutArtifact", run=1, key="plan", data=data, last=True)
        assert reply["error"] == f"{INTERFACE}.BadParameter"
        assert served.daemon.artifacts.calls == []


async def test_a_step_speaks_for_itself(tmp_path: Path) -> None:
    """With a token a call is that of the attempt, about its own run, whatever else it says; a wrong one is refused."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        token = served.daemon.tokens.issue(ATTEMPT)
        await _ask(client, "PutArtifact", key="plan", data="", last=True, token=token)
        await _ask(client, "DeleteArtifact", run=1, key="plan", token=token)
        assert served.daemon.artifacts.calls == [
            ("put", 1, "plan", b"", None, None, True, ATTEMPT),
            ("delete", 1, "plan", ATTEMPT),
        ]
        for refused in ({"run": 2, "token": token}, {"run": 1, "token": "1.wrong"}, {"run": 1, "token": ""}):
            reply = await client.call("PutArtifact", key="plan", data="", last=True, **refused)
            assert reply["error"] == f"{INTERFACE}.PermissionDenied", refused
        reply = await client.call("PutArtifact", key="plan", data="", last=True)
        assert reply["error"] == f"{INTERFACE}.BadParameter"
        assert len(served.daemon.artifacts.calls) == 2
