"""The HTTP API: the operations of all its topics, each behind the same checks, and how their answers travel.

Before a handler sees a request its site, token, parameters and body are checked; what it gives becomes JSON with an
ETag, compressed where that is worth it.
"""

from typing import Any

import msgspec
import trio
from quart import Response, request
from quart_trio import QuartTrio

from aegis_web import (
    api_artifacts,
    api_deliveries,
    api_events,
    api_runs,
    api_services,
    api_status,
    api_webhooks,
    api_workflows,
    qa,
)
from aegis_web.answers import dress, encode
from aegis_web.ask import Ask, Operation
from aegis_web.auth import RefusedError, check_same_site, require
from aegis_web.interface import TYPES, parse_struct
from aegis_web.openapi import describe_all
from aegis_web.params import read_query
from aegis_web.snapshots import current_snapshots
from aegisd.core.interface import Struct
from aegisd.core.parameters import find_misfit
from aegisd.daemon import Daemon

_LARGEST = 256 * 1024
_READ_S = 10.0
_NUMBERS = frozenset({"run", "delivery"})

OPERATIONS: tuple[Operation, ...] = (
    *api_status.OPERATIONS,
    *api_workflows.OPERATIONS,
    *api_runs.OPERATIONS,
    *api_artifacts.OPERATIONS,
    *api_deliveries.OPERATIONS,
    *api_events.OPERATIONS,
    *api_webhooks.OPERATIONS,
    *api_services.OPERATIONS,
    *qa.OPERATIONS,
)


def add_api(app: QuartTrio, daemon: Daemon) -> None:
    """Add every operation to `app`, and the document that describes them."""
    for operation in (*OPERATIONS, describe_all(OPERATIONS)):
        add_operation(app, daemon, operation)


def add_operation(app: QuartTrio, daemon: Daemon, operation: Operation) -> None:
    """Add one operation to `app`."""
    body = None if operation.body is None else parse_struct(operation.body)

    async def answer(**path: str) -> Response:
        if operation.changes:
            check_same_site()
        caller = None
        if operation.scope is not None:
            caller = await require(operation.scope, headers=operation.credentials)
        ask = Ask(
            daemon=daemon,
            path={name: _read_part(name, text) for name, text in path.items()},
            query=read_query(operation.query, request.args),
            body={} if body is None else await _read_body(body),
            caller=caller,
        )
        if operation.is_shared:
            key = (request.path, request.query_string)
            return await dress(await current_snapshots().get(key, lambda: _encode(operation, ask)))
        given = await operation.handler(ask)
        return given if isinstance(given, Response) else await dress(given, status=operation.status)

    rule = operation.path.replace("{key}", "<path:key>").replace("{", "<").replace("}", ">")
    app.add_url_rule(rule, endpoint=operation.name, view_func=answer, methods=[operation.method])


async def _encode(operation: Operation, ask: Ask) -> bytes:
    return encode(await operation.handler(ask))


def _read_part(name: str, text: str) -> Any:
    if name not in _NUMBERS:
        return text
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise RefusedError(404, f"there is no {name} {text[:40]!r}: it is a number", code="AEG315")
    return int(text)


async def _read_body(struct: Struct) -> dict[str, Any]:
    """The JSON object that was sent, by the types of `struct`; nothing at all stands for an empty one."""
    data = await _read_bytes()
    if not data:
        data = b"{}"
    elif request.mimetype != "application/json":
        raise RefusedError(415, "the body must be application/json", code="AEG314")
    try:
        given = msgspec.json.decode(data)
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, f"the body is not JSON: {str(error)[:200]}", code="AEG314") from None
    if not isinstance(given, dict):
        raise RefusedError(422, "the body must be a JSON object", code="AEG314")
    wrong = find_misfit(struct, given, TYPES)
    if wrong is not None:
        detail = f'the body: "{wrong[:80]}" is unknown, is missing or has the wrong type'
        hint = f"its fields: {', '.join(struct.fields)}" if struct.fields else "it has no fields"
        raise RefusedError(422, detail, code="AEG314", hint=hint)
    return {name: value for name, value in given.items() if value is not None}


async def _read_bytes() -> bytes:
    if (request.content_length or 0) > _LARGEST:
        raise RefusedError(413, f"the body has more than {_LARGEST} bytes", code="AEG314")
    data = bytearray()
    with trio.move_on_after(_READ_S):
        async for chunk in request.body:
            data += chunk
            if len(data) > _LARGEST:
                raise RefusedError(413, f"the body has more than {_LARGEST} bytes", code="AEG314")
        return bytes(data)
    raise RefusedError(408, f"the body did not arrive within {_READ_S:g} s", code="AEG314")
