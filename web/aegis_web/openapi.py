"""`/api/v1/openapi.json`: the API as an OpenAPI 3.1 document, made from the operations and the interface's types."""

import re
from collections.abc import Sequence
from typing import Any

from aegis_web.answers import encode
from aegis_web.ask import TOKEN_OR_KEY, Ask, Operation
from aegis_web.interface import TYPES, parse_type
from aegis_web.params import LONGEST, Param
from aegisd import __version__
from aegisd.core.interface import Array, Dictionary, Nullable, Reference, Scalar, Struct, Type

_PART = re.compile(r"\{(\w+)\}")
_SCALARS: dict[str, dict[str, Any]] = {
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "string": {"type": "string"},
    "object": {"type": "object"},
}
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457",
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "hint": {"type": "string"},
        "code": {"type": "string", "description": "for aegisctl explain"},
        "request_id": {"type": "string"},
    },
    "required": ["title", "status", "detail"],
}
_SSE_EVENT = {
    "type": "object",
    "description": "One server-sent event; `data` is JSON",
    "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
    "required": ["data"],
}
_ALWAYS = (400, 401, 403, 404, 414, 431, 500, 503)
_OF_CHANGES = (408, 409, 413, 415, 422)


def describe_all(operations: Sequence[Operation]) -> Operation:
    """The operation that answers with the document of `operations` and itself."""
    ready: list[bytes] = []

    async def get_document(_: Ask) -> bytes:
        return ready[0]

    itself = Operation(
        method="GET",
        path="/api/v1/openapi.json",
        name="getDocument",
        summary="This document",
        handler=get_document,
        answer="object",
        scope=None,
        tag="status",
    )
    ready.append(encode(make_document((*operations, itself))))
    return itself


def make_document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The document as plain values."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _describe(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "aegis", "version": __version__, "description": "Drives and watches aegisd."},
        "paths": paths,
        "components": {
            "schemas": {name: make_schema(struct) for name, struct in TYPES.items()} | {"Problem": _PROBLEM},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "session": {"type": "apiKey", "in": "cookie", "name": "aegis_session"},
            },
        },
    }


def make_schema(kind: Type, *, closed: bool = False) -> dict[str, Any]:
    """The JSON schema of a type; with `closed` a struct has no other fields."""
    match kind:
        case Scalar():
            return dict(_SCALARS[kind.name])
        case Nullable():
            return {"anyOf": [make_schema(kind.of, closed=closed), {"type": "null"}]}
        case Array():
            return {"type": "array", "items": make_schema(kind.of, closed=closed)}
        case Dictionary():
            return {"type": "object", "additionalProperties": make_schema(kind.of, closed=closed)}
        case Reference():
            return {"$ref": f"#/components/schemas/{kind.name}"}
        case Struct():
            required = [name for name, of in kind.fields.items() if not isinstance(of, Nullable)]
            fields = {name: make_schema(of, closed=closed) for name, of in kind.fields.items()}
            schema: dict[str, Any] = {"type": "object", "properties": fields}
            schema |= {"required": required} if required else {}
            return schema | ({"additionalProperties": False} if closed else {})


def _describe(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": [
            *(_describe_part(name) for name in _PART.findall(operation.path)),
            *map(_describe_param, operation.query),
        ],
        "responses": _describe_answers(operation),
        "security": _describe_security(operation),
    }
    if operation.body is not None:
        schema = make_schema(parse_type(operation.body), closed=True)
        described["requestBody"] = {
            "required": bool(schema.get("required")),
            "content": {"application/json": {"schema": schema}},
        }
    return described


def _describe_answers(operation: Operation) -> dict[str, Any]:
    schema = make_schema(parse_type(operation.answer))
    content = {media: {"schema": _SSE_EVENT if media == "text/event-stream" else schema} for media in operation.media}
    good = {"description": "Done", "content": content}
    bad = {
        "description": "A problem",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    answers: dict[str, Any] = {str(status): good for status in (operation.status, *operation.also)}
    if operation.method == "GET" and operation.media == ("application/json",):
        answers["304"] = {"description": "As `If-None-Match` says"}
    refused = {*_ALWAYS, 422, *operation.errors, *(_OF_CHANGES if operation.changes else ())}
    return answers | {str(status): bad for status in sorted(refused)}


def _describe_security(operation: Operation) -> list[dict[str, list[str]]]:
    if operation.scope is None:
        return [{}]
    known: list[dict[str, list[str]]] = [{"token": []}, {"session": []}]
    if operation.credentials == TOKEN_OR_KEY:
        known.append({"key": []})
    return known if operation.changes else [{}, *known]


def _describe_part(name: str) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 0} if name in {"run", "delivery"} else {"type": "string"}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _describe_param(param: Param) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": {"count": "integer", "seconds": "number", "flag": "boolean"}.get(param.kind, "string")
    }
    if param.kind in {"count", "seconds"}:
        schema |= {"minimum": param.minimum, "maximum": param.maximum}
    if schema["type"] == "string" and not param.choices:
        schema |= {"maxLength": LONGEST} | ({"minLength": 1} if param.kind == "moment" else {})
    if param.choices:
        schema["enum"] = list(param.choices)
    if param.default is not None:
        schema["default"] = param.default
    if param.is_list:
        schema = {"type": "array", "items": schema, "maxItems": 50}
    return {"name": param.name, "in": "query", "description": param.doc, "schema": schema}
