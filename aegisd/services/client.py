"""One service's HTTP client: kept open, made away from the event loop, bounded in what it reads.

- Making a client reads certificates for 20 to 150 ms, so a thread does it; contexts are shared by certificate file.
- There are no timeouts of httpx: its read timeout starts anew with each byte, so that a service that drips would never
  meet it. Who calls puts one deadline around the whole call.
- Redirects are not followed: a redirect is an answer, with `location`. Proxies of the environment are not used.
"""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

import httpcore
import httpx
import trio

from aegisd import __version__
from aegisd.core.targets import TargetPolicy
from aegisd.network.checked import CheckedNetwork
from aegisd.services.faults import explain_fault
from aegisd.services.secrets import list_header_secrets, mask_bytes, mask_text
from aegisd.steps.calling import Answer, Request, ServiceFault

_MOST_CONNECTIONS = 20
_IDLE_S = 30.0
_MOST_HEADER = 1000
_PUBLIC = TargetPolicy(private=False, low_ports=False)  # for URLs that a step gives
_NAMED = TargetPolicy(loopback=True)  # for services that the admin named


class _Transport(httpx.AsyncHTTPTransport):
    """httpx's own transport on a network that checks addresses; httpx has no argument for one."""

    def __init__(self, *, context: ssl.SSLContext, network: httpcore.AsyncNetworkBackend) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=_MOST_CONNECTIONS,
            max_keepalive_connections=_MOST_CONNECTIONS,
            keepalive_expiry=_IDLE_S,
            network_backend=network,
        )


class ServiceClient:
    """Sends requests to `url`, with `headers` beside those of each request. What is in `secrets` is masked in answers
    and messages. `who` is what messages begin with."""

    def __init__(
        self,
        *,
        who: str,
        url: str,
        headers: Mapping[str, str],
        secrets: tuple[str, ...],
        client: httpx.AsyncClient,
    ) -> None:
        self._who = who
        self._url = url
        self._headers = headers
        self._secrets = secrets
        self._client = client

    async def send(self, request: Request) -> Answer:
        """The answer to `request`. Raises ServiceFault. The caller sets the deadline."""
        begun = trio.current_time()
        url = f"{self._url}{request.path}" if request.url is None else request.url
        secrets = (*self._secrets, *list_header_secrets(request.headers))
        try:
            async with self._open(url, request) as response:
                body = b"" if request.limit is None else await self._read(response, request.limit)
                location = response.headers.get("location")
                return Answer(
                    status=response.status_code,
                    content_type=response.headers.get("content-type", "")[:_MOST_HEADER],
                    location=None if location is None else mask_text(location, secrets)[:_MOST_HEADER],
                    retry_after=response.headers.get("retry-after", "")[:_MOST_HEADER],
                    body=mask_bytes(body, secrets),
                    duration_s=trio.current_time() - begun,
                )
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ssl.SSLError, OSError) as error:
            raise explain_fault(self._who, error) from None

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    @asynccontextmanager
    async def _open(self, url: str, request: Request) -> AsyncIterator[httpx.Response]:
        headers = {name.lower(): (name, value) for name, value in (*self._headers.items(), *request.headers.items())}
        sent = self._client.build_request(
            request.method,
            url,
            params=request.query or None,
            headers=[(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.values()],
            content=request.body,
        )
        response = await self._client.send(sent, stream=True, follow_redirects=False)
        try:
            yield response
        finally:
            with trio.CancelScope(shield=True):
                await response.aclose()

    async def _read(self, response: httpx.Response, limit: int) -> bytes:
        """At most `limit` bytes of the body. Raises ServiceFault when it is larger, or compressed though nobody asked:
        a few bytes could become any number. The reading is ended by cancelling it: httpx's generators do not like to be
        left in the middle."""
        encoding = response.headers.get("content-encoding", "identity")
        if encoding.lower() != "identity":
            msg = f"the answer is encoded as {encoding[:40]}, which was not asked for"
            raise self._refuse(msg)
        body, too_large = bytearray(), False
        with trio.CancelScope() as scope:
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > limit:
                    too_large = True
                    scope.cancel()
        if too_large:
            msg = f"the answer is larger than {limit} bytes"
            raise self._refuse(msg)
        return bytes(body)

    def _refuse(self, why: str) -> ServiceFault:
        return ServiceFault("body", f"{self._who}: {why}")


class ClientMaker:
    """Makes clients; certificates are read once per file."""

    def __init__(self) -> None:
        self._contexts: dict[str | None, ssl.SSLContext] = {}
        self._lookups = trio.CapacityLimiter(8)

    async def make(
        self,
        *,
        who: str,
        url: str = "",
        headers: Mapping[str, str] | None = None,
        secrets: tuple[str, ...] = (),
        ca_file: str | None = None,
        public_only: bool = False,
    ) -> ServiceClient:
        """A client. Raises OSError (ssl.SSLError is one) when `ca_file` cannot be used."""
        context = self._contexts.get(ca_file)
        if context is None:
            context = await trio.to_thread.run_sync(partial(ssl.create_default_context, cafile=ca_file))
            self._contexts[ca_file] = context
        network = CheckedNetwork(_PUBLIC if public_only else _NAMED, limiter=self._lookups)
        client = httpx.AsyncClient(
            transport=_Transport(context=context, network=network),
            timeout=None,  # noqa: S113 - one deadline around the whole call, see the module
            trust_env=False,
            headers={"User-Agent": f"aegis/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"},
        )
        return ServiceClient(who=who, url=url, headers=headers or {}, secrets=secrets, client=client)
