"""Who asks over HTTP, and what they may do. Fails closed: what is not known to be allowed is refused.

`await require(scope)` is what a tenant says before it answers; it gives the `Caller`, whose `by` goes into events, or
None where reading is open to everybody (`public_read`). `check_same_site()` comes before it where something changes.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import trio
from attrs import frozen
from quart import current_app, has_websocket_context, request, websocket
from quart.wrappers.base import BaseRequestWebsocket
from quart_trio import QuartTrio

from aegis_web.hosts import host_name
from aegis_web.sessions import COOKIE, Sessions
from aegisd.core.token import AccessToken, Scope
from aegisd.daemon import Daemon

_EXTENSION = "aegis_auth"
_LONGEST = 512
_OWN_SITES = {"same-origin", "none"}


class RefusedError(Exception):
    """The request is not answered as it is; `status` is from 400 on."""

    def __init__(
        self, status: int, detail: str, *, code: str, hint: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.code = code
        self.hint = hint
        self.headers = dict(headers or {})


@frozen(kw_only=True)
class Caller:
    """Somebody with a token. `is_signed_in`: by a session of a browser."""

    token: AccessToken
    is_signed_in: bool = False

    @property
    def by(self) -> str:
        """What events call them."""
        return f"token {self.token.name}"


@frozen(kw_only=True)
class Auth:
    """What the functions below need to know; one for each app."""

    daemon: Daemon
    sessions: Sessions


def add_auth(app: QuartTrio, daemon: Daemon) -> None:
    """Let the tenants of `app` ask who asks."""
    app.extensions[_EXTENSION] = Auth(daemon=daemon, sessions=Sessions())


def current_auth() -> Auth:
    """That of the app that answers now."""
    auth: Auth = current_app.extensions[_EXTENSION]
    return auth


async def require(scope: Scope, *, headers: Sequence[str] = ("Authorization",)) -> Caller | None:
    """Who asks, who may do what needs `scope`. None: anybody who may read. `headers` are those that may carry a token;
    a session counts as well. Raises RefusedError."""
    caller = await find_caller(headers)
    if caller is None:
        if scope is Scope.READ and current_auth().daemon.config.web.public_read:
            return None
        raise RefusedError(401, "this needs a token", code="AEG311", hint="aegisctl token new NAME makes one")
    if not caller.token.allows(scope):
        detail = f'the token "{caller.token.name}" is not good for this: it needs the scope {scope.value}'
        raise RefusedError(403, detail, code="AEG312", hint=f"aegisctl token new NAME --scope {scope.value}")
    return caller


async def find_caller(headers: Sequence[str] = ("Authorization",)) -> Caller | None:
    """Who asks; None without a token. Raises RefusedError for one that is shown and not known."""
    auth, asked = current_auth(), _asked()
    shown = [secret for name in headers for secret in _read_secrets(asked, name)]
    if len(shown) > 1:
        raise RefusedError(401, "the request shows more than one token", code="AEG311")
    if shown:
        token = await auth.daemon.access.find(shown[0]) if len(shown[0]) <= _LONGEST else None
        if token is None:
            raise RefusedError(401, "this token is not known here", code="AEG311", hint="aegisctl token list")
        return Caller(token=token)
    number = asked.cookies.get(COOKIE)
    digest = auth.sessions.find(number, now=trio.current_time()) if number and len(number) <= _LONGEST else None
    token = await auth.daemon.access.find_digest(digest) if digest is not None else None
    return None if token is None else Caller(token=token, is_signed_in=True)


def check_same_site() -> None:
    """Raises RefusedError when a page of another site makes a browser send this."""
    asked = _asked()
    site, origin = asked.headers.get("Sec-Fetch-Site"), asked.headers.get("Origin")
    is_own = site in _OWN_SITES if site is not None else origin is None or _is_own_origin(origin, asked)
    if has_websocket_context() and origin is not None:  # browsers send the former late, the latter always
        is_own = is_own and _is_own_origin(origin, asked)
    if not is_own:
        detail = "this request comes from a page of another site"
        raise RefusedError(403, detail, code="AEG313", hint="behind a proxy: set url in [web]")


def _asked() -> BaseRequestWebsocket:
    return websocket if has_websocket_context() else request


def _read_secrets(asked: BaseRequestWebsocket, name: str) -> list[str]:
    values = asked.headers.getlist(name)
    if name != "Authorization":
        return [value.strip() for value in values]
    found = []
    for value in values:
        scheme, _, secret = value.strip().partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise RefusedError(401, "the header Authorization is not `Bearer TOKEN`", code="AEG311")
        found.append(secret.strip())
    return found


def _is_own_origin(origin: str, asked: BaseRequestWebsocket) -> bool:
    """Whether `origin` is the address that the client asked, or the one of `[web] url`."""
    url = current_auth().daemon.config.web.url
    if url is not None and _normalize(origin) == _normalize(url):
        return True
    host = asked.headers.get("Host", "")
    parts = urlsplit(origin)
    return bool(host) and parts.netloc.lower() == host.lower() and host_name(host) is not None


def _normalize(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    return parts.scheme, parts.hostname, port or {"http": 80, "https": 443}.get(parts.scheme)
