"""The OpenAPI document against the app: every route is in it and nothing else, and it holds together."""

import json
import re
from typing import Any

import pytest

from aegis_web.api import OPERATIONS
from aegis_web.app import make_app
from aegis_web.interface import parse_type
from aegis_web.limits import Limits
from aegis_web.openapi import describe_all, make_document
from tests.web.api_kit import ApiDaemon, open_api
from tests.web.kit import ask, get
from tests.web.test_app import split

ALL = (*OPERATIONS, describe_all(OPERATIONS))
DOCUMENT = make_document(ALL)
OTHERS = {"/api/v1/ws"}  # OpenAPI has no WebSockets


def test_routes() -> None:
    """Every route below /api, and /health, is an operation, with its method; each operation is a route."""
    app = make_app(ApiDaemon(), limits=Limits())  # type: ignore[arg-type]
    routes = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api") or rule.rule == "/health"
    }
    described = {(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item}
    assert {each for each in routes if each[1] not in OTHERS} == described


def test_names_are_there_once() -> None:
    """An operation has a name of its own, by which generated clients call it, and says what it is."""
    names = [operation.name for operation in ALL]
    assert len(names) == len(set(names))
    assert all(operation.summary and not operation.summary.endswith(".") for operation in ALL)


def test_references_lead_somewhere() -> None:
    """Every `$ref` is a schema of the document."""
    found = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT)))
    assert found <= DOCUMENT["components"]["schemas"].keys()
    assert "Run" in found


def test_parts_of_paths_are_described() -> None:
    """Every part of a path is a parameter that is required."""
    for path, item in DOCUMENT["paths"].items():
        for operation in item.values():
            parts = {each["name"] for each in operation["parameters"] if each["in"] == "path" and each["required"]}
            assert parts == set(re.findall(r"\{(\w+)\}", path))


def test_what_changes_something_needs_a_token() -> None:
    """No operation but a GET can be called by anybody (W1.20)."""
    for item in DOCUMENT["paths"].values():
        for method, operation in item.items():
            assert ({} in operation["security"]) == (method == "get")


@pytest.mark.parametrize("operation", ALL, ids=lambda each: each.name)
def test_types(operation: Any) -> None:
    """What is declared as answer and body are types of the interface's language."""
    parse_type(operation.answer)
    if operation.body is not None:
        parse_type(operation.body)


async def test_it_is_served() -> None:
    """To everybody, as JSON."""
    async with open_api(ApiDaemon()) as address:
        status, answer = await ask(address, get("/api/v1/openapi.json"))
        assert status == 200
        assert json.loads(split(answer)[1]) == json.loads(json.dumps(DOCUMENT))
