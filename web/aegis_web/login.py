"""`POST /login` and `POST /logout`: a browser shows a token once and gets a session.

The session's cookie is `HttpOnly` and `SameSite=Strict`, so that neither a script nor another site can use it.
"""

import trio
from quart import Response, request
from quart_trio import QuartTrio

from aegis_web.auth import RefusedError, check_same_site, current_auth
from aegis_web.forwarded import find_peer
from aegis_web.problems import make_problem
from aegis_web.sessions import COOKIE, LIFETIME_S
from aegisd.core.token import digest_secret
from aegisd.daemon import Daemon

_LARGEST = 4096
_READ_S = 10.0


def add_login(app: QuartTrio, daemon: Daemon) -> None:
    """Add both paths to `app`."""

    @app.post("/login")
    async def login() -> Response:
        check_same_site()
        peer = find_peer(daemon)
        source = peer.address
        wait = daemon.access.delay_sign_in(source)
        if wait is not None:
            detail = "too many failed sign-ins"
            return make_problem(429, detail, code="AEG316", headers={"Retry-After": str(wait)})
        given = await _read_form()
        secret = given.get("token", "").strip()
        if not secret or await daemon.access.find(secret) is None:
            daemon.access.note_failed_sign_in(source)
            raise RefusedError(401, "this token is not known here", code="AEG311", hint="aegisctl token new NAME")
        number = current_auth().sessions.begin(digest_secret(secret), now=trio.current_time())
        response = _go_on(given.get("next"))
        is_secure = peer.is_secure or (daemon.config.web.url or "").startswith("https:")
        response.set_cookie(
            COOKIE, number, max_age=int(LIFETIME_S), httponly=True, samesite="Strict", secure=is_secure, path="/"
        )
        return response

    @app.post("/logout")
    async def logout() -> Response:
        check_same_site()
        number = request.cookies.get(COOKIE)
        if number:
            current_auth().sessions.end(number)
        response = _go_on(None)
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="Strict")
        return response


async def _read_form() -> dict[str, str]:
    """The fields of a form or of a JSON object, those that are texts."""
    if (request.content_length or 0) > _LARGEST:
        raise RefusedError(413, f"the body has more than {_LARGEST} bytes", code="AEG314")
    request.max_content_length = _LARGEST
    with trio.move_on_after(_READ_S):
        given = await request.get_json(silent=True) if request.is_json else dict(await request.form)
        return {name: each for name, each in given.items() if isinstance(each, str)} if isinstance(given, dict) else {}
    raise RefusedError(408, f"the body did not arrive within {_READ_S:g} s", code="AEG314")


def _go_on(path: str | None) -> Response:
    """To `path` of this server for forms, nothing for programs. Never to another server."""
    if request.is_json:
        return Response(b"", status=204)
    is_ours = path is not None and path.startswith("/") and path[1:2] not in {"/", "\\"} and path.isprintable()
    target = path if is_ours and path is not None else "/"
    return Response(b"", status=303, headers={"Location": target})
