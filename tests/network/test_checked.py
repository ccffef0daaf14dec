"""Row 74: which addresses webhooks and steps may reach, in every spelling, and through names that change their mind."""

import functools
from typing import Any

import httpcore
import pytest
import trio

from aegisd.core.targets import TargetPolicy
from aegisd.network import checked
from aegisd.network.checked import CheckedNetwork, DeniedError, LookupFailedError
from tests.sinks.test_post import make_post, make_request
from tests.sinks.webhook_kit import open_receiver

INTRANET = TargetPolicy()
PUBLIC = TargetPolicy(private=False)


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

    monkeypatch.setattr(checked, "_get_addresses", _answer_with(["8.8.8.8"], ["127.0.0.1"]))
    backend = CheckedNetwork(PUBLIC)
    backend._backend = Backend([])  # type: ignore[assignment]
    await backend.connect_tcp("rebind.example.org", 80)
    assert connected == ["8.8.8.8"]
    with pytest.raises(
        DeniedError, match=r"rebind.example.org is 127.0.0.1, which is not an allowed target \(loopback"
    ):
        await backend.connect_tcp("rebind.example.org", 80)


async def test_every_answer_must_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One bad address among good ones is enough."""
    monkeypatch.setattr(checked, "_get_addresses", _answer_with(["8.8.8.8", "169.254.169.254"]))
    with pytest.raises(DeniedError, match="link-local"):
        await CheckedNetwork(INTRANET).connect_tcp("h.example.org", 80)


async def test_the_next_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several addresses the first that answers is taken."""
    monkeypatch.setattr(checked, "_get_addresses", _answer_with(["127.0.0.3", "127.0.0.1"]))

    async def behave(stream: trio.abc.Stream) -> None:
        await stream.send_all(b"hello")

    async with open_receiver(behave) as port:
        stream = await CheckedNetwork(TargetPolicy(loopback=True)).connect_tcp("h", port, 1.0)
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

    monkeypatch.setattr(checked, "_get_addresses", look_up)
    here = TargetPolicy(loopback=True)
    dead, well = CheckedNetwork(here), CheckedNetwork(here)
    try:
        async with open_receiver(_end) as port, trio.open_nursery() as nursery:
            for _ in range(60):
                nursery.start_soon(functools.partial(dead.connect_tcp, "dead", port))
            await trio.sleep(0.1)
            with trio.fail_after(10):
                await (await well.connect_tcp("well", port)).aclose()
                assert await trio.to_thread.run_sync(lambda: "a thread is free") == "a thread is free"
            nursery.cancel_scope.cancel()
    finally:
        stuck.set()


async def _end(stream: trio.abc.Stream) -> None:
    await stream.aclose()


async def test_no_unix_sockets() -> None:
    """A webhook cannot talk to the sockets of this host."""
    with pytest.raises(DeniedError):
        await CheckedNetwork(INTRANET).connect_unix_socket("/run/x.sock")


def test_the_look_up_itself() -> None:
    """It asks the system, and gives addresses as text."""
    assert "127.0.0.1" in checked._get_addresses("localhost", 80)


@pytest.mark.parametrize("name", ["nobody.invalid", "a" * 64 + ".example.org"])
async def test_no_address(name: str) -> None:
    """A name that nobody knows, or that cannot be one, says so."""
    with pytest.raises(LookupFailedError, match=f"{name} has no address: "):
        await CheckedNetwork(INTRANET).connect_tcp(name, 80)


async def test_low_ports() -> None:
    """A policy without low ports leaves those of HTTP and the free ones."""
    network = CheckedNetwork(TargetPolicy(low_ports=False), advice="; see the manual")
    with pytest.raises(DeniedError, match=r"^127.0.0.1:22 is not an allowed target \(port 22\); see the manual$"):
        await network.connect_tcp("127.0.0.1", 22)
    for port in (80, 443, 1024):
        with pytest.raises(DeniedError, match="loopback"):
            await network.connect_tcp("127.0.0.1", port)
