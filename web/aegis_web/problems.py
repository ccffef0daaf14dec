"""Every error of the HTTP door as a problem (RFC 9457): what happened, what to do, and never a traceback.

The members beside those of the RFC: `hint`, `code` (for `aegisctl explain`) and `request_id` (also in aegisd's log).
"""

import logging
from collections.abc import Mapping

from quart import Response, g
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException

from aegis_web.auth import RefusedError
from aegis_web.http1 import encode_problem, name_status
from aegisd.core.record import StoreError
from aegisd.wire.errors import CallError

_log = logging.getLogger("aegisd.web")

PROBLEM_TYPE = "application/problem+json"

# the errors that the control socket has too, as HTTP says them
_STATUS = {
    "BadParameter": 422,
    "InvalidParameter": 422,
    "BadCursor": 400,
    "QueueFull": 503,
    "Draining": 503,
    "PermissionDenied": 403,
    "NotPossible": 409,
    "StoreFailed": 503,
    "ArtifactRefused": 422,
    "TooMuch": 429,
}
_RETRY_AFTER_S = 30


def add_problems(app: QuartTrio) -> None:
    """Let `app` answer errors so."""
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(CallError, _answer_call)
    app.register_error_handler(RefusedError, _answer_refused)
    app.register_error_handler(StoreError, _answer_store)
    app.register_error_handler(Exception, _answer_defect)


def make_problem(
    status: int,
    detail: str,
    *,
    hint: str | None = None,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A response that is a problem."""
    body = encode_problem(status, detail, hint=hint, code=code, request_id=g.get("request_id"))
    return Response(body, status=status, content_type=PROBLEM_TYPE, headers=dict(headers or {}))


async def _answer_http(error: HTTPException) -> Response:
    status = error.code or 500
    known = {404: "there is nothing here", 405: "this path takes other methods", 413: "the body is too large"}
    response = make_problem(status, known.get(status, name_status(status).lower()))
    if status == 405 and getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # type: ignore[attr-defined]
    return response


async def _answer_call(error: CallError) -> Response:
    kind = error.name.rpartition(".")[2]
    status = 404 if kind.startswith("NoSuch") else _STATUS.get(kind, 500)
    headers = {"Retry-After": str(_RETRY_AFTER_S)} if status == 503 else {}
    return make_problem(status, error.message, hint=error.hint, code=error.code, headers=headers)


async def _answer_refused(error: RefusedError) -> Response:
    headers = {401: {"WWW-Authenticate": 'Bearer realm="aegis"'}, 503: {"Retry-After": "5"}}.get(error.status, {})
    headers = {**headers, **error.headers}
    return make_problem(error.status, error.detail, hint=error.hint, code=error.code, headers=headers)


async def _answer_store(error: StoreError) -> Response:
    _log.error("request %s: %s", g.get("request_id"), error)
    detail = "aegisd cannot read its store now; its log says more"
    return make_problem(503, detail, code="AEG111", headers={"Retry-After": str(_RETRY_AFTER_S)})


async def _answer_defect(error: Exception) -> Response:
    _log.error("request %s broke aegisd's code", g.get("request_id"), exc_info=error)
    return make_problem(500, "a defect in aegisd; its log says more", hint="journalctl -u aegisd", code="AEG113")
