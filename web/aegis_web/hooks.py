"""`POST /hooks/NAME`: other programs say that something happened. This file reads the request, within bounds, and says
the answer; what becomes of it is decided by the desk (`daemon.hooks`)."""

import ipaddress

import trio
from quart import Response, jsonify, request
from quart_trio import QuartTrio

from aegis_web.forwarded import find_peer
from aegis_web.links import run_url
from aegis_web.problems import make_problem
from aegisd.core.hook import HookAnswer, HookCall
from aegisd.daemon import Daemon

_READ_S = 10.0
_ALL_BODIES = 64 * 2**20


class _Budget:
    """The bytes of all bodies that are being read: many senders at once must not fill the memory."""

    def __init__(self, most: int) -> None:
        self.left = most


def add_hooks(app: QuartTrio, daemon: Daemon) -> None:
    """Add the path to `app`."""
    budget = _Budget(_ALL_BODIES)

    @app.post("/hooks/<name>")
    async def receive_hook(name: str) -> Response:
        peer = find_peer(daemon)
        admission = daemon.hooks.admit(name, source=peer.address)
        if admission.refusal is not None:
            return _tell(admission.refusal, daemon)
        encoding = request.headers.get("Content-Encoding", "identity")
        if encoding.lower() != "identity":
            return make_problem(415, "a compressed body is not read", code="AEG247")
        length = request.content_length
        if length is not None and length > admission.max_body:
            return _too_large(admission.max_body)
        read = await _read_body(admission.max_body, budget)
        if isinstance(read, Response):
            return read
        call = HookCall(
            trigger=name,
            headers=tuple(
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.scope["headers"]
            ),
            body=read,
            source=peer.address,
            is_private=peer.is_secure or _is_local(peer.address),
        )
        return _tell(await daemon.hooks.receive(call), daemon)


async def _read_body(most: int, budget: _Budget) -> bytes | Response:
    """The body, or what to answer instead."""
    body = bytearray()
    try:
        with trio.move_on_after(_READ_S) as reading:
            async for chunk in request.body:
                if len(body) + len(chunk) > most:
                    return _too_large(most)
                if len(chunk) > budget.left:
                    return make_problem(503, "too many bodies at once", headers={"Retry-After": "5"})
                budget.left -= len(chunk)
                body += chunk
        if reading.cancelled_caught:
            return make_problem(408, f"the body did not arrive within {_READ_S:g} s", code="AEG247")
        return bytes(body)
    finally:
        budget.left += len(body)


def _tell(answer: HookAnswer, daemon: Daemon) -> Response:
    if answer.status >= 400:
        headers = {"WWW-Authenticate": "Webhook"} if answer.status == 401 else {}
        if answer.retry_after_s is not None:
            headers["Retry-After"] = str(answer.retry_after_s)
        return make_problem(answer.status, answer.detail, hint=answer.hint, code=answer.code, headers=headers)
    told: dict[str, object] = {}
    if answer.run is not None:
        told = {"run": answer.run, "url": run_url(answer.run, daemon)}
    if answer.ignored is not None:
        told["ignored"] = answer.ignored
    if answer.is_duplicate:
        told["duplicate"] = True
    response = jsonify(told)
    response.status_code = answer.status
    if answer.run is not None:
        response.headers["Location"] = str(told["url"])
    return response


def _too_large(most: int) -> Response:
    return make_problem(413, f"the body has more than {most} bytes (max_body)", code="AEG247")


def _is_local(client: str) -> bool:
    try:
        return client == "unix" or ipaddress.ip_address(client).is_loopback
    except ValueError:
        return False
