"""One attempt over HTTP: a request goes out, an `Answer` comes back, within one deadline, whatever the receiver does.

httpcore, the part of httpx that speaks HTTP, is used as it is: webhooks need none of what httpx adds (redirects,
cookies, proxies from the environment, decoding of answers), and an attempt costs half as much of the thread that also
drives the runs.
"""

import ssl
from collections.abc import Callable
from functools import partial

import httpcore
import trio
from attrs import evolve

from aegisd.core.masking import Redactor
from aegisd.core.targets import TargetPolicy
from aegisd.network.checked import CheckedNetwork
from aegisd.sinks.fate import Answer, parse_retry_after
from aegisd.sinks.network_error import CONNECT_S, explain_error
from aegisd.sinks.request import Request

_KEEP_S = 5.0
_MOST_READ = 64 * 1024
_KEPT = 4096  # more than is shown: a secret at the edge is seen whole before it is cut
_SHOWN = 1024
_TO_PROXY = TargetPolicy(loopback=True)  # the admin named it, as a service


class Post:
    """The connections to one receiver, kept open. `wall` gives seconds since 1970.

    With a `proxy` (`http://HOST:PORT`) that one connects, and decides in the place of `policy` where to.
    """

    def __init__(
        self,
        *,
        policy: TargetPolicy,
        tls: ssl.SSLContext | None,
        redactor: Redactor,
        connections: int,
        wall: Callable[[], float],
        proxy: str | None = None,
    ) -> None:
        advice = "; see `targets` and `allow_loopback` of the webhook"
        self._backend = CheckedNetwork(_TO_PROXY if proxy else policy, advice=advice)
        make = partial(httpcore.AsyncHTTPProxy, proxy) if proxy else httpcore.AsyncConnectionPool
        self._pool = make(
            ssl_context=tls,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=_KEEP_S,
            network_backend=self._backend,
        )
        self._redactor = redactor
        self._wall = wall
        self._under_way = 0
        self._retired = False

    async def send(self, request: Request, *, limit_s: float) -> Answer:
        """The answer within `limit_s` seconds. Never raises for what the receiver or the network does.

        The status decides: an answer that breaks off behind it, or never ends, is one all the same.
        """
        begun = trio.current_time()
        found: list[Answer] = []
        self._under_way += 1
        try:
            with trio.move_on_after(limit_s):
                await self._try_twice(request, found)
        finally:
            self._under_way -= 1
            await self._close_if_over()
        answer = found[-1] if found else Answer(error="timeout", text=f"no answer within {limit_s:g} s")
        text = self._redactor.redact(_show(answer.text))[:_SHOWN]
        return evolve(answer, text=text, duration_s=round(trio.current_time() - begun, 4))

    async def retire(self) -> None:
        """Close, once what is under way has its answer."""
        self._retired = True
        await self._close_if_over()

    async def _close_if_over(self) -> None:
        if self._retired and not self._under_way:
            with trio.CancelScope(shield=True):
                await self._pool.aclose()

    async def _try_twice(self, request: Request, found: list[Answer]) -> None:
        """A kept connection may have ended just now: that says nothing about the receiver, so a new one is made."""
        connects = self._backend.connects
        await self._try(request, found)
        if found[-1].error == "closed" and self._backend.connects == connects:
            found.clear()
            await self._try(request, found)

    async def _try(self, request: Request, found: list[Answer]) -> None:
        try:
            async with self._pool.stream(
                "POST",
                request.url,
                headers=request.headers,
                content=request.body,
                extensions={"timeout": {"connect": CONNECT_S}},
            ) as response:
                found.append(self._read_head(response))
                await self._read_body(response, found)
        except Exception as error:  # noqa: BLE001 - the boundary: a receiver can never end aegisd
            if not found:
                found.append(explain_error(error, httpcore.URL(request.url).host.decode("ascii", "replace")))

    def _read_head(self, response: httpcore.Response) -> Answer:
        headers = {name.lower(): value for name, value in response.headers}
        retry_after = headers.get(b"retry-after", b"").decode("latin-1")
        return Answer(
            status=response.status,
            retry_after_s=parse_retry_after(retry_after, now=self._wall()) if retry_after else None,
            abort=headers.get(b"webhook-delivery", b"").strip().lower() == b"abort-message",
        )

    async def _read_body(self, response: httpcore.Response, found: list[Answer]) -> None:
        """The start of the answer, for people. The stream is left by a cancellation, which closes it in order."""
        kept, size = b"", 0
        with trio.CancelScope() as enough:
            async for chunk in response.aiter_stream():
                size += len(chunk)
                if len(kept) < _KEPT:
                    kept = (kept + chunk)[:_KEPT]
                    found[-1] = evolve(found[-1], text=kept.decode("utf-8", "replace"))
                if size >= _MOST_READ:
                    enough.cancel()


def _show(text: str) -> str:
    r"""Control characters written out, so that an answer cannot act on a terminal or forge a line of a log."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)
