"""Who is a reader, who is an operator, and what readers are told."""

import grp
import json
import os
import pwd
import socket
import sys
from typing import Any

import pytest
import trio

from aegisd.control.access import Operators, is_operator, refuse_reader
from aegisd.control.connection import Connection
from aegisd.control.dispatcher import Dispatcher
from aegisd.control.identity import Identities
from aegisd.control.limits import Limits
from aegisd.control.operators import resolve_operators
from aegisd.control.peer import Peer
from aegisd.wire.errors import INTERFACE
from tests.control.client import Client, make_call
from tests.control.fake_artifacts import ATTEMPT
from tests.control.fake_daemon import FakeDaemon

OPERATORS = Operators(groups={"aegis": 500}, users={"dev1": 1001}, always=frozenset({0, 900}))


def make_peer(**changes: Any) -> Peer:
    """A peer that is nobody."""
    known: dict[str, Any] = {"pid": 1, "uid": 1002, "gid": 1002, "groups": frozenset({27, 100}), "name": "dev2"}
    return Peer(**{**known, **changes})


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        (make_peer(), False),
        (make_peer(uid=0), True),
        (make_peer(uid=900), True),
        (make_peer(uid=1001), True),
        (make_peer(gid=500), True),
        (make_peer(groups=frozenset({27, 500})), True),
        (make_peer(uid=500), False),
        (make_peer(gid=1001), False),
        (make_peer(gid=0, groups=frozenset()), False),
    ],
    ids=str,
)
def test_operators(peer: Peer, expected: object) -> None:
    """Users count by uid, groups by either kind of gid; root and the daemon's own user always may."""
    assert is_operator(peer, OPERATORS) is expected


@pytest.mark.parametrize(
    ("groups", "users", "who"),
    [
        ({"aegis": 500}, {}, 'members of "aegis" may'),
        ({"aegis": 500}, {"aegis": 900, "dev1": 1001}, 'members of "aegis" and dev1 may'),
        ({}, {"dev1": 1001}, "dev1 may"),
        ({}, {}, "only root and the daemon's own user may"),
    ],
)
def test_what_a_reader_is_told(groups: dict[str, int], users: dict[str, int], who: str) -> None:
    """The refusal names who you are, what was refused and who may."""
    operators = Operators(groups=groups, users=users, always=frozenset())
    error = refuse_reader(make_peer(), operators, method=f"{INTERFACE}.CancelRun")
    assert error.name == f"{INTERFACE}.PermissionDenied"
    assert error.message == f"CancelRun refused: you (dev2) may read but not change things here; {who}"
    assert (error.hint is not None) == bool(groups)


async def test_names_are_resolved(caplog: pytest.LogCaptureFixture) -> None:
    """A name may be a group, a user or both; one that is neither is told to the log."""
    user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(os.getegid())
    operators = await resolve_operators((user.pw_name, group.gr_name, "nobody-like-this"), always=frozenset({7}))
    assert operators.users[user.pw_name] == user.pw_uid
    assert operators.groups[group.gr_name] == group.gr_gid
    assert operators.always == {7}
    assert len(caplog.records) == 1
    assert "nobody-like-this" in caplog.text


async def ask_as(
    peer: Peer, *calls: dict[str, Any], daemon: FakeDaemon | None = None
) -> tuple[FakeDaemon, list[dict[str, Any]]]:
    """What a connection of `peer` answers."""
    daemon = daemon or FakeDaemon()
    dispatcher = Dispatcher(daemon, version="1.0.0", operators=OPERATORS, wall=lambda: 0.0)
    ours, theirs = trio.socket.socketpair()
    connection = Connection(theirs, peer=peer, dispatcher=dispatcher, limits=Limits())
    async with trio.open_nursery() as nursery, Client(trio.SocketStream(ours)) as client:
        nursery.start_soon(connection.serve)
        await client.send(*calls)
        replies = [await client.receive() for _ in calls]
        nursery.cancel_scope.cancel()
    theirs.close()
    return daemon, [reply for reply in replies if reply is not None]


COMMANDS = [
    make_call("StartRun", workflow="quality"),
    make_call("RetryRun", run=1),
    make_call("CancelRun", run=1),
    make_call("Reload"),
    make_call("Drain"),
    make_call("Undrain"),
]


async def test_readers_read() -> None:
    """A reader is refused every command, also with wrong parameters, and reads everything."""
    reading = [make_call(name) for name in ("GetStatus", "ListWorkflows", "ListRuns", "ShowConfig", "Diagnose")]
    reading += [make_call("PlanWorkflow", workflow="quality"), make_call("TailEvents", more=True)]
    wrong = make_call("CancelRun", run="x")
    daemon, replies = await ask_as(make_peer(), *COMMANDS, wrong, *reading)
    assert [reply.get("error") for reply in replies] == [f"{INTERFACE}.PermissionDenied"] * 7 + [None] * 7
    assert daemon.calls == []


async def test_readers_with_a_token() -> None:
    """A reader that shows the token of an attempt may put what is the attempt's, and nothing more."""
    daemon = FakeDaemon()
    token = daemon.tokens.issue(ATTEMPT)
    put = make_call("PutArtifact", key="plan", data="", last=True, token=token)
    without = make_call("PutArtifact", run=1, key="plan", data="", last=True)
    _, replies = await ask_as(make_peer(), put, without, make_call("Reload", token=token), daemon=daemon)
    assert [reply.get("error") for reply in replies] == [None, *[f"{INTERFACE}.PermissionDenied"] * 2]


async def test_operators_command(caplog: pytest.LogCaptureFixture) -> None:
    """An operator's commands are carried out in its name, and logged with uid and pid."""
    caplog.set_level("INFO")
    daemon, replies = await ask_as(make_peer(groups=frozenset({500})), *COMMANDS)
    assert [reply.get("error") for reply in replies] == [None] * 6
    assert [call[0] for call in daemon.calls] == ["submit", "retry", "cancel", "reload", "drain", "undrain"]
    assert daemon.calls[3] == ("reload", "dev2")
    assert "io.aegisd.Control.Reload by dev2 (uid 1002, pid 1)" in caplog.text


STRANGER = """
import json, os, socket, sys
os.setgroups([int(sys.argv[3])]); os.setgid(65534); os.setuid(65534)
with socket.socket(socket.AF_UNIX) as client:
    client.connect(sys.argv[1])
    client.sendall(sys.argv[2].encode() + b"\\0")
    print(client.recv(65536).decode().rstrip("\\0"))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize("group", [54321, 12345])
async def test_the_kernel_says_who_it_is(group: int) -> None:
    """Another user's process is known by its uid, and by the supplementary groups that it had when it connected."""
    daemon = FakeDaemon()
    listening = socket.socket(socket.AF_UNIX)
    listening.bind("\0aegis-test-" + str(os.getpid()) + str(group))
    listening.listen()
    operators = Operators(groups={"aegis": 12345}, users={}, always=frozenset({0}))
    dispatcher = Dispatcher(daemon, version="1.0.0", operators=operators, wall=lambda: 0.0)
    script = STRANGER.replace("client.connect(sys.argv[1])", 'client.connect("\\0" + sys.argv[1][1:])')
    address = "@" + listening.getsockname()[1:].decode()
    command = [sys.executable, "-I", "-c", script, address, json.dumps(COMMANDS[0]), str(group)]
    async with (
        trio.SocketListener(trio.socket.from_stdlib_socket(listening)) as listener,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(_serve_one, listener, dispatcher)
        reply = json.loads((await trio.run_process(command, capture_stdout=True)).stdout)
    if group == 12345:
        assert reply == {"parameters": {"run": 1}}
        assert daemon.calls[0][3].by == pwd.getpwuid(65534).pw_name
    else:
        assert reply["error"] == f"{INTERFACE}.PermissionDenied"
        assert "you (nobody)" in reply["parameters"]["message"]


async def _serve_one(listener: trio.SocketListener, dispatcher: Dispatcher) -> None:
    async with await listener.accept() as stream:
        peer = await Identities().identify(stream.socket)
        await Connection(stream.socket, peer=peer, dispatcher=dispatcher, limits=Limits()).serve()
