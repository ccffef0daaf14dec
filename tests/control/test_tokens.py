"""EmitEvent: operators, tokens of attempts, and nobody else."""

from typing import Any

import pytest

from aegisd.control.peer import Peer
from aegisd.engine.tokens import AttemptIdentity
from aegisd.wire.errors import INTERFACE
from tests.control.client import make_call
from tests.control.fake_daemon import FakeDaemon
from tests.control.test_access import ask_as, make_peer

UNIT = AttemptIdentity(run=7, workflow="ci", step="unit", index=1, attempt=2)
DENIED = f"{INTERFACE}.PermissionDenied"


def emit(**more: Any) -> dict[str, Any]:
    """A call of EmitEvent."""
    return make_call("EmitEvent", type="custom.note", data={"a": 1}, **more)


async def ask(peer: Peer, *calls: dict[str, Any], daemon: FakeDaemon) -> list[str | None]:
    """The errors of the answers."""
    _, replies = await ask_as(peer, *calls, daemon=daemon)
    return [reply.get("error") for reply in replies]


async def test_operators_emit() -> None:
    """An operator emits in its own name, about a run or not; a reader does not."""
    daemon = FakeDaemon()
    assert await ask(make_peer(uid=0), emit(), emit(run=3), daemon=daemon) == [None, None]
    assert daemon.emits.emitted == [("custom.note", {"a": 1}, "dev2", None), ("custom.note", {"a": 1}, "dev2", 3)]
    assert await ask(make_peer(), emit(), daemon=daemon) == [DENIED]


async def test_a_token_speaks_for_its_attempt(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever shows the token of an attempt emits as that attempt, and may do nothing else with it."""
    caplog.set_level("DEBUG")
    daemon = FakeDaemon()
    token = daemon.tokens.issue(UNIT)
    calls = [emit(token=token), emit(token=token, run=7), make_call("CancelRun", run=1), make_call("Drain")]
    assert await ask(make_peer(), *calls, daemon=daemon) == [None, None, DENIED, DENIED]
    assert daemon.emits.emitted == [("custom.note", {"a": 1}, UNIT)] * 2
    assert token.partition(".")[2] not in caplog.text
    assert await ask(make_peer(), emit(token=token, run=8), daemon=daemon) == [f"{INTERFACE}.BadParameter"]


@pytest.mark.parametrize("uid", [0, 1002])
async def test_what_is_no_token(uid: int) -> None:
    """A token that is wrong or over is refused, also to an operator: nobody is taken for somebody else."""
    daemon = FakeDaemon()
    over = daemon.tokens.issue(UNIT)
    daemon.tokens.revoke(over)
    calls = [emit(token=token) for token in (over, "", "1.x", "é.\0"[:2])]
    assert await ask(make_peer(uid=uid), *calls, daemon=daemon) == [DENIED] * 4
    unfit, invalid = "a\0", "org.varlink.service.InvalidParameter"
    assert await ask(make_peer(uid=uid), emit(token=7), emit(token=unfit), daemon=daemon) == [invalid] * 2
    assert daemon.emits.emitted == []
    assert await ask(make_peer(), make_call("StartRun", workflow="quality", token=over), daemon=daemon) == [DENIED]
