"""Row 74: which addresses webhooks may reach, in every spelling, and through names that change their mind."""

import functools
import socket
from ipaddress import ip_network
from typing import Any

import httpcore
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from aegisd.core.targets import TargetPolicy, find_objection
from aegisd.sinks import targets
from aegisd.sinks.targets import BlockedError, GuardedBackend
from tests.sinks.test_post import make_post, make_request
from tests.sinks.webhook_kit import open_receiver

INTRANET = TargetPolicy()
PUBLIC = TargetPolicy(private=False)
NEVER = (
    *("0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "168.63.129.16"),  # noqa: S104 - nothing is bound
    *("192.0.0.192", "192.88.99.1"),
    *("198.18.0.1", "198.19.255.255", "192.0.2.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250"),
    *("240.0.0.1", "255.255.255.255", "::", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1"),
    *("64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "fe80::1"),
    *("fe80::1%eth0", "fec0::1", "ff02::1", "fd00:ec2::254"),
)
PRIVATE = ("10.0.0.1", "100.64.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12::1")
OPEN = ("8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1")


@pytest.mark.parametrize("address", NEVER)
def test_never(address: str) -> None:
    """Neither policy, nor any exception, opens these."""
    everything = TargetPolicy(loopback=True, hosts=frozenset({"h"}), networks=())
    assert all(find_objection(address, host="h", policy=policy) for policy in (INTRANET, PUBLIC, everything))


@pytest.mark.parametrize("address", [*PRIVATE, *OPEN])
def test_private_networks(address: str) -> None:
    """`intranet` reaches them, `public` does not, but for hosts and networks that are named."""
    is_private = address in PRIVATE
    assert find_objection(address, host="h", policy=INTRANET) is None
    assert find_objection(address, host="h", policy=PUBLIC) == ("private" if is_private else None)
    named = TargetPolicy(private=False, hosts=frozenset({"ci.corp"}))
    assert find_objection(address, host="CI.corp.", policy=named) is None
    network = TargetPolicy(private=False, networks=(ip_network("10.0.0.0/24"),))
    assert (find_objection(address, host="h", policy=network) is None) == (not is_private or address == "10.0.0.1")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.255.255.254", "::1"])
def test_this_host(address: str) -> None:
    """Only where it is allowed."""
    assert find_objection(address, host="h", policy=INTRANET) == "loopback"
    assert find_objection(address, host="h", policy=TargetPolicy(loopback=True)) is None


@given(st.ip_addresses(v=4))
def test_no_embedded_address_gets_through(address: Any) -> None:
    """Whatever IPv4 address is wrapped into IPv6 (mapped, NAT64, 6to4, compatible), it is denied."""
    number = int(address)
    for text in (
        f"::ffff:{address}",
        f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}",
        f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1",
    ):
        assert find_objection(text, host="h", policy=INTRANET)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.1.", "localhost"),
        *("0", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]"),  # noqa: S104 - as above
        *("[0:0:0:0:0:0:0:1]", "[::ffff:7f00:1]"),
    ],
)
async def test_spellings_of_this_host(host: str) -> None:
    """However it is written, nobody is connected to."""
    reached: list[object] = []

    async def behave(stream: trio.abc.Stream) -> None:
        reached.append(stream)

    async with open_receiver(behave) as port:
        post = make_post(policy=INTRANET)
        answer = await post.send(make_request(f"http://{host}:{port}/"), limit_s=5)
        await post.retire()
    assert answer.error in {"blocked", "dns"}
    assert reached == []
    if answer.error == "blocked":
        assert "is not an allowed target (" in answer.text


def _answer_with(*rounds: list[str]) -> Any:
    left = list(rounds)

    def look_up(host: str, port: int) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return look_up


async def test_rebinding(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is looked up once for a connection, and what was checked is connected to: a second answer is not asked
    for."""
    connected: list[str] = []

    class Backend(httpcore.AsyncMockBackend):
        async def connect_tcp(self, host: str, *arguments: Any, **more: Any) -> Any:
            connected.append(host)
            return await super().connect_tcp(host, *arguments, **more)

    monkeypatch.setattr(targets, "_get_addresses", _answer_with(["8.8.8.8"], ["127.0.0.1"]))
    backend = GuardedBackend(PUBLIC)
    backend._backend = Backend([])  # type: ignore[assignment]
    await backend.connect_tcp("rebind.example.org", 80)
    assert connected == ["8.8.8.8"]
    with pytest.raises(
        BlockedError, match=r"rebind.example.org is 127.0.0.1, which is not an allowed target \(loopback"
    ):
        await backend.connect_tcp("rebind.example.org", 80)


async def test_every_answer_must_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One bad address among good ones is enough."""
    monkeypatch.setattr(targets, "_get_addresses", _answer_with(["8.8.8.8", "169.254.169.254"]))
    with pytest.raises(BlockedError, match="link-local"):
        await GuardedBackend(INTRANET).connect_tcp("h.example.org", 80)


async def test_the_next_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several addresses the first that answers is taken."""
    monkeypatch.setattr(targets, "_get_addresses", _answer_with(["127.0.0.3", "127.0.0.1"]))

    async def behave(stream: trio.abc.Stream) -> None:
        await stream.send_all(b"hello")

    async with open_receiver(behave) as port:
        stream = await GuardedBackend(TargetPolicy(loopback=True)).connect_tcp("h", port, 1.0)
        assert await stream.read(5) == b"hello"
        await stream.aclose()


async def test_dead_name_servers_delay_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 50: look-ups that hang hold threads of their own webhook only, and are left at the deadline."""
    import threading

    stuck = threading.Event()

    def look_up(host: str, port: int) -> list[str]:
        if host == "dead":
            stuck.wait(20)
        return ["127.0.0.1"]

    monkeypatch.setattr(targets, "_get_addresses", look_up)
    here = TargetPolicy(loopback=True)
    dead, well = GuardedBackend(here), GuardedBackend(here)
    try:
        async with open_receiver(_end) as port, trio.open_nursery() as nursery:
            for _ in range(60):
                nursery.start_soon(functools.partial(dead.connect_tcp, "dead", port))
            await trio.sleep(0.1)
            with trio.fail_after(2):
                await (await well.connect_tcp("well", port)).aclose()
                assert await trio.to_thread.run_sync(lambda: "a thread is free") == "a thread is free"
            nursery.cancel_scope.cancel()
    finally:
        stuck.set()


async def _end(stream: trio.abc.Stream) -> None:
    await stream.aclose()


async def test_no_unix_sockets() -> None:
    """A webhook cannot talk to the sockets of this host."""
    with pytest.raises(BlockedError):
        await GuardedBackend(INTRANET).connect_unix_socket("/run/x.sock")


def test_the_look_up_itself() -> None:
    """It asks the system, and gives addresses as text."""
    assert "127.0.0.1" in targets._get_addresses("localhost", 80)
    with pytest.raises(socket.gaierror):
        targets._get_addresses("nobody.invalid", 80)
