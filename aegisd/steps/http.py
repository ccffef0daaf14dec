"""The step type `http`: one request to a service, or to a public address, and the answer as the step's result."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import quote as encode_part
from urllib.parse import urlencode, urlsplit

from attrs import frozen

from aegisd.core.codec import encode_value
from aegisd.core.model import Outcome, Result
from aegisd.core.schema import Complaint, Kind, key
from aegisd.core.template import REFERENCE, STEP_REFERENCE, UnresolvedError
from aegisd.steps.answering import IDEMPOTENT, SAFE, bad_body, call, read_json, settle
from aegisd.steps.base import Attempting, StepType
from aegisd.steps.calling import CALL_S, DEFAULT_LIMIT, MOST_LIMIT, Answer, Request

_PLACEHOLDER = re.compile(rf"{STEP_REFERENCE.pattern}|{REFERENCE.pattern}")
_UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]")


class Method(StrEnum):
    """What a request may be."""

    GET = "GET"
    HEAD = "HEAD"
    OPTIONS = "OPTIONS"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


class Response(StrEnum):
    """What becomes of the body of an answer."""

    AUTO = "auto"
    JSON = "json"
    TEXT = "text"
    NONE = "none"


@frozen(kw_only=True)
class HttpSpec:
    """The keys of an `http` step."""

    service: str | None = key(
        Kind.NAME,
        "The service that is called, from `[services]`; else `url` says where the request goes.",
        example='"qaagent"',
        default=None,
        default_text="none: `url` is given",
    )
    path: str = key(
        Kind.TEXT,
        "The path, added to the service's `url`. What is put in for a `{name}` is encoded: it stays one part of the "
        "path.",
        example='"/api/runs/{steps.start./body/id}"',
        default="/",
        template=True,
    )
    url: str | None = key(
        Kind.TEXT,
        "A whole URL in place of a service. It must lead to a public address; what is on this host or in its network "
        "is a service. Its host is written out, without a `{name}`.",
        example='"https://api.example.org/v1/{target}"',
        default=None,
        default_text="none: `service` is given",
        template=True,
    )
    method: Method | None = key(  # noqa: RUF009 - attrs' field()
        Kind.CHOICE,
        "What to ask for.",
        example='"POST"',
        default=None,
        default_text="`GET`; `POST` where `json` or `form` is given",
    )
    query: Mapping[str, str] = key(
        Kind.FIELDS,
        "What follows the `?`, encoded.",
        example='{ limit = 10, name = "{target}" }',
        factory=dict,
        template=True,
        default_text="none",
    )
    headers: Mapping[str, str] = key(
        Kind.HEADERS,
        "Headers of this request, over those of the service.",
        example='{ Accept = "application/json" }',
        factory=dict,
        template=True,
        secret=True,
        default_text="none",
    )
    json: Any = key(  # noqa: RUF009 - attrs' field()
        Kind.JSON,
        "The body as JSON. A text that is one `{steps.NAME./pointer}` and nothing else becomes that value as it is.",
        example='{ routes = "{steps.discover./routes}", quick = true }',
        default=None,
        default_text="none",
        template=True,
    )
    form: Mapping[str, str] | None = key(
        Kind.FIELDS,
        "The body as the fields of a form.",
        example='{ name = "{target}" }',
        default=None,
        default_text="none",
        template=True,
    )
    ok_status: tuple[int, ...] = key(
        Kind.COUNTS,
        "The status codes that count as success.",
        example="[200, 404]",
        default=(),
        default_text="200 to 299",
        minimum=100,
        maximum=599,
    )
    response: Response = key(  # noqa: RUF009 - attrs' field()
        Kind.CHOICE,
        "What the body of the answer is: `auto` goes by its type, `json` fails when it is none, `none` does not read "
        "it. It becomes `body` of the result.",
        example='"json"',
        default=Response.AUTO,
    )
    max_response: int = key(
        Kind.SIZE,
        "The largest body of an answer. A larger one is an error.",
        example='"128KiB"',
        default=DEFAULT_LIMIT,
        minimum=1,
        maximum=MOST_LIMIT,
        default_text='"64KiB"',
    )
    idempotency_key: bool = key(
        Kind.FLAG,
        "Send an `Idempotency-Key` with POST and PATCH, the same for all attempts. With `false` such a request is sent "
        "once: no retries, and no second time after the end of aegisd cut it short.",
        example="false",
        default=True,
    )

    @property
    def verb(self) -> str:
        """The method of the request."""
        if self.method is not None:
            return self.method.value
        return "GET" if self.json is None and self.form is None else "POST"

    @property
    def step_defaults(self) -> Mapping[str, Any]:
        """What a step of these keys is when it does not say otherwise."""
        return {} if self.idempotency_key or self.verb in IDEMPOTENT else {"idempotent": False}

    @classmethod
    def list_complaints(cls, values: Mapping[str, Any]) -> Iterable[Complaint]:
        """Two places for one request, two bodies, a body that GET does not have, a host that is a template."""
        if ("service" in values) == ("url" in values):
            yield Complaint(message="give `service` or `url`, one of them", key="url" if "url" in values else None)
        if "url" in values and "path" in values:
            yield Complaint(message="`path` belongs to a `service`", key="path", help="write it into `url`")
        if "json" in values and "form" in values:
            yield Complaint(message="`json` and `form` are two bodies", key="form", help="take one out")
        method = values.get("method")
        if method in SAFE and ("json" in values or "form" in values):
            yield Complaint(message=f"a {method} has no body", key="method", help='method = "POST"')
        if "url" in values and (fault := _find_fault(values["url"])):
            yield Complaint(message=f"`url` {fault}", key="url")
        if not str(values.get("path", "/")).startswith("/"):
            yield Complaint(message="`path` does not begin with a slash", key="path")


async def execute(spec: HttpSpec, attempting: Attempting) -> Outcome:
    """Send the request and keep the answer."""

    async def work() -> Outcome:
        request = make_request(spec, attempting)
        answer = await call(attempting, spec.service, request, ok=spec.ok_status, with_key=spec.idempotency_key)
        who = spec.service or str(urlsplit(request.url or "").hostname)
        return Outcome(result=Result.SUCCESS, data=_make_data(spec, who, answer))

    return await settle(attempting, work)


def make_request(spec: HttpSpec, attempting: Attempting) -> Request:
    """The request with everything put in. Raises UnresolvedError."""
    headers = {name: _check_header(name, attempting.expand(value)) for name, value in spec.headers.items()}
    body = None
    if spec.json is not None:
        body = encode_value(attempting.expand_value(spec.json))
        headers.setdefault("Content-Type", "application/json")
    elif spec.form is not None:
        body = urlencode({name: attempting.expand(value) for name, value in spec.form.items()}).encode()
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    return Request(
        method=spec.verb,
        path=_fill(spec.path, attempting),
        url=None if spec.url is None else _fill(spec.url, attempting),
        query=tuple((name, attempting.expand(value)) for name, value in spec.query.items()),
        headers=headers,
        body=body,
        limit=None if spec.response is Response.NONE else spec.max_response,
    )


def _fill(text: str, attempting: Attempting) -> str:
    """`text` with its references put in, each encoded so that it cannot become another part of a URL."""

    def replace(match: re.Match[str]) -> str:
        value = attempting.expand(match[0])
        if match[0].startswith("{{") or value == match[0]:
            return value
        if value in {".", ".."}:
            message = f'{match[0]} is "{value}", which would lead elsewhere'
            raise UnresolvedError(message)
        return encode_part(value, safe="", errors="replace")

    return _PLACEHOLDER.sub(replace, text)


def _check_header(name: str, value: str) -> str:
    if _UNSENDABLE.search(value):
        message = f"the header {name} would hold what no header can"
        raise UnresolvedError(message)
    return value


def _make_data(spec: HttpSpec, who: str, answer: Answer) -> dict[str, Any]:
    data: dict[str, Any] = {"status": answer.status, "content_type": answer.content_type}
    if answer.location is not None:
        data["location"] = answer.location
    if spec.response is Response.NONE:
        return data
    media = answer.content_type.partition(";")[0].strip().lower()
    is_json = media == "application/json" or media.endswith("+json")
    if spec.response is Response.JSON or (spec.response is Response.AUTO and is_json and answer.body):
        return {**data, "body": read_json(who, answer)}
    text = answer.body.decode(errors="replace")
    if len(encode_value(text)) > MOST_LIMIT:
        raise bad_body(who, f"is more than the {MOST_LIMIT} bytes that a result holds")
    return {**data, "body": text}


def _find_fault(url: str) -> str | None:
    """What is wrong with a URL in a step, in words that follow its name."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "is not a URL"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "does not begin with http:// or https:// and a host"
    if "{" in parts.netloc or "@" in parts.netloc:
        return "writes out its host, without a {name} and without a user"
    return "has a fragment, which is never sent" if parts.fragment else None


def _describe(spec: HttpSpec) -> str:
    return f"{spec.verb} {spec.url}" if spec.url is not None else f"{spec.verb} {spec.service} {spec.path}"


HTTP = StepType(name="http", spec=HttpSpec, execute=execute, describe=_describe, default_timeout=CALL_S)
