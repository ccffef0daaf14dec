"""The body of a delivery as a value, and only if everybody would read it in the same way.

Of a key that is there twice, two programs may see two values; NaN is no JSON; what is nested deeper than 64 is meant to
hurt. GitHub can also send the JSON in a form, as `payload=`.
"""

import json
from typing import Any
from urllib.parse import parse_qs

from attrs import field, frozen

from aegisd.core.nesting import is_deeper

_DEEPEST = 64
_FORM = "application/x-www-form-urlencoded"


class UnreadableError(Exception):
    """The body cannot be used: an HTTP status and why."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@frozen(kw_only=True)
class Payload:
    """What a body says, and as which JSON; `text` is what steps read."""

    value: Any
    text: str = field(repr=False)


def parse_payload(content_type: str | None, body: bytes) -> Payload:
    """What the body says. Raises UnreadableError."""
    text = _read_text(content_type, body)
    return Payload(value=_parse_json(text), text=text)


def _read_text(content_type: str | None, body: bytes) -> str:
    kind, charset = _split(content_type or "")
    if charset not in {"", "utf-8", "utf8"}:
        raise UnreadableError(415, f"the charset must be utf-8, not {charset[:40]!r}")
    if kind == _FORM:
        return _read_form(body)
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        return _decode(body)
    shown = repr(kind[:80]) if kind else "missing"
    raise UnreadableError(415, f"the content type must be application/json or a form with payload=; it is {shown}")


def _split(content_type: str) -> tuple[str, str]:
    kind, *parameters = (part.strip() for part in content_type.lower().split(";"))
    charset = next((each.partition("=")[2].strip('"') for each in parameters if each.startswith("charset=")), "")
    return kind, charset


def _decode(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise UnreadableError(400, "the body is not UTF-8") from None


def _read_form(body: bytes) -> str:
    try:
        values = parse_qs(body.decode("ascii"), strict_parsing=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise UnreadableError(400, "the body is not a form") from None
    found = values.get("payload", [])
    if len(found) != 1:
        raise UnreadableError(400, f"the form has {len(found)} fields named payload, not one")
    return found[0]


def _parse_json(text: str) -> Any:
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except RecursionError:
        raise UnreadableError(400, f"the JSON is nested deeper than {_DEEPEST}") from None
    except json.JSONDecodeError as error:
        raise UnreadableError(400, f"the body is not JSON: {error.msg} at character {error.pos}") from None
    except ValueError as error:
        raise UnreadableError(400, f"the body is not JSON: {error}") from None
    if is_deeper(value, _DEEPEST):
        raise UnreadableError(400, f"the JSON is nested deeper than {_DEEPEST}")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a key is there twice"
        raise ValueError(message)
    return found


def _refuse_constant(name: str) -> None:
    message = f"{name} is no number of JSON"
    raise ValueError(message)
