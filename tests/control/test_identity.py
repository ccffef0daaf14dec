"""Names and groups of clients, also when the host's name service is slow or broken."""

import os
import pwd
import threading

import trio

from aegisd.control.identity import Identities, read_credentials, read_groups


def me() -> tuple[trio.socket.SocketType, trio.socket.SocketType]:
    """A connection with ourselves."""
    return trio.socket.socketpair()


async def test_the_kernel_knows_us() -> None:
    """pid, uid, gid and groups are those of the process that connected."""
    ours, theirs = me()
    with ours, theirs:
        assert read_credentials(theirs) == (os.getpid(), os.geteuid(), os.getegid())
        assert read_groups(theirs) == frozenset(os.getgroups())
        peer = await Identities().identify(theirs)
    assert peer.name == pwd.getpwuid(os.geteuid()).pw_name


async def test_names_are_remembered() -> None:
    """The name service is asked once a minute for a user, not for each connection."""
    asked: list[int] = []
    identities = Identities(lookup=lambda uid: asked.append(uid) or f"user{uid}")  # type: ignore[func-returns-value]
    ours, theirs = me()
    with ours, theirs:
        names = {(await identities.identify(theirs)).name for _ in range(5)}
    assert names == {f"user{os.geteuid()}"}
    assert asked == [os.geteuid()]


async def test_users_without_a_name_are_numbers() -> None:
    """A uid that the host does not know is written as such, and asked for again next time."""
    identities = Identities(lookup=lambda uid: {}[uid])
    ours, theirs = me()
    with ours, theirs:
        assert (await identities.identify(theirs)).name == f"uid {os.geteuid()}"


async def test_a_name_service_that_hangs_costs_two_seconds(autojump_clock: trio.testing.MockClock) -> None:
    """A look-up without an answer is given up; the client is known by its number."""
    answer = threading.Event()
    identities = Identities(lookup=lambda uid: f"{uid} {answer.wait(10)}")
    ours, theirs = me()
    began = trio.current_time()
    with ours, theirs:
        assert (await identities.identify(theirs)).name == f"uid {os.geteuid()}"
    assert trio.current_time() - began <= 2.1
    answer.set()
