"""Hostile requests by the thousand: proper ones of each kind, then cut, doubled, swapped and filled with odd bytes."""

import random

import trio

from tests.web.kit import Address, ask, connect, get

_WS = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
_H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
_H2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SEEDS = (
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Type: application/json\r\n\r\n{"":1}',
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
    b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /broken HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /ws HTTP/1.1\r\nHost: a\r\n" + _WS + b"Sec-WebSocket-Protocol: x\r\n\r\n\x81\x85\x00\x00\x00\x00hello",
    b"GET /ws HTTP/1.1\r\nHost: a\r\n"
    + _WS
    + b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n\xc1\x83\x00\x00\x00\x00abc",
    b"GET /ws-deaf HTTP/1.1\r\nHost: a\r\n" + _WS + b"\r\n\x88\x82\x00\x00\x00\x00\x03\xe8",
    b"GET / HTTP/1.1\r\nHost: a\r\n" + _H2C + b"\r\n",
    _H2 + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /%00%0a%ff?a=%zz HTTP/1.1\r\nHost: [::1]:1\r\nCookie: a=b; a=c\r\nRange: bytes=0-\r\n\r\n",
)
_ODD = (
    b"\xff",
    b"\x00",
    b"\r\n",
    b"\n",
    b": ",
    b",",
    b"%",
    b"\xc3\x28",
    b"9" * 30,
    b"[",
    b"a" * 200,
    b"\r\n\r\n",
    b"-1",
)


def mutate(chance: random.Random) -> bytes:
    """A request that was proper once."""
    data = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randint(0, 6)):
        at = chance.randrange(len(data) + 1)
        until = min(len(data), at + chance.randint(1, 20))
        match chance.randrange(6):
            case 0:
                data[at:at] = chance.choice(_ODD)
            case 1:
                del data[at:until]
            case 2:
                data[at:until] = chance.randbytes(until - at)
            case 3:
                data[at:at] = data[at:until]
            case 4:
                del data[at:]
            case 5:
                data += chance.choice(SEEDS)
        if not data:
            data += b"\r\n"
    return bytes(data)


async def bombard(address: Address, *, count: int, seed: int, at_once: int = 25) -> None:
    """Send `count` hostile requests, `at_once` clients side by side; some leave at once, some reset, some wait."""
    chance = random.Random(seed)
    turns = trio.CapacityLimiter(at_once)
    async with trio.open_nursery() as nursery:
        for _ in range(count):
            await turns.acquire_on_behalf_of(token := object())
            nursery.start_soon(_send, address, mutate(chance), chance.choice((0.0, 0.0, 0.005, 0.02)), turns, token)
    with trio.fail_after(60):
        status, answer = await ask(address, get())
    assert status == 200, answer


async def _send(address: Address, data: bytes, stay_s: float, turns: trio.CapacityLimiter, token: object) -> None:
    try:
        async with await connect(address) as stream:
            half = len(data) // 2
            await stream.send_all(data[:half])
            await stream.send_all(data[half:])
            with trio.move_on_after(stay_s):
                while await stream.receive_some(65536):
                    pass
    except trio.BrokenResourceError:
        pass
    finally:
        turns.release_on_behalf_of(token)
