"""`docs/reference/http-api.md`, from the operations of the HTTP API: the table from which its routes are made."""

from collections.abc import Iterable

from aegis_web.api import OPERATIONS
from aegis_web.ask import TOKEN_OR_KEY, Operation
from aegis_web.openapi import describe_all
from aegis_web.params import Param

_HEAD = """\
# The HTTP API

<!-- made by `make docs` from the operations in web/aegis_web/ -->

For programs that are not on the host, or not on its control socket. It says the same as the
[control interface](control-interface.md), in the same types; `GET /api/v1/openapi.json` describes it for generators of
clients. How to begin: [use the HTTP API](../how-to/use-the-http-api.md). What holds for every request, and its limits:
[HTTP](http.md).

- **Tokens.** `Authorization: Bearer TOKEN`, made with `aegisctl token new`. Reading needs none unless
  `public_read = false` in `[web]`; what changes something always does. On the paths of aegis_qa the token may be in
  `X-API-Key`. A browser signs in at `POST /login` and then has a cookie. A token in a URL is refused.
- **Scopes.** `read`, `run`, `admin`; each includes those before it.
- **Bodies** are JSON objects with `Content-Type: application/json`, at most 256 KiB. Fields that are not known, like
  parameters that are not, are refused by name.
- **Other sites.** What a browser sends for a page of another site (`Sec-Fetch-Site`, `Origin`) changes nothing.
- **Answers** are JSON. Those to GET have an `ETag`; `If-None-Match` is answered with 304. gzip for who accepts it.
- **Errors** are problems (RFC 9457) with `code`, which `aegisctl explain` knows.
- **Pages.** A list has at most `limit` entries; `next` goes into the parameter that the table names, null at the end.
- Types are those of the control interface: `?` may be null or left out, `[]` is a list, `[string]` an object of.
"""
_STREAM = """
## Streams

`GET /api/v1/stream` is `text/event-stream`, or `application/x-ndjson` for who accepts only that. Each event has its
cursor as `id`; a client that comes again sends `Last-Event-ID`, or `since`: it misses nothing and sees nothing twice.

| `event:` | NDJSON | data |
|---|---|---|
| none | `{"event": ...}` | an event, with `cursor` |
| `reset` | `{"gap": ...}` | events `from` to `to` are no longer kept; go on behind them |
| `reset` | `{"reset": ...}` | the cursor `after` is of another store; what follows is new |
| `bye` | `{"bye": ...}` | aegisd ends; come again |

When nothing happens there is a comment (NDJSON: an empty line) every 15 seconds. What happens within a tenth of a
second is sent together. Three quarters of `connections` may be streams; one more gets 503 with `Retry-After`. A client
that takes nothing for 15 seconds is dropped; nobody waits for it.

`/api/v1/ws` gives the same over a WebSocket, with the same parameters: each message is one of the objects of the
NDJSON, or `{"alive": {}}`. Messages of the client are not looked at. At the end of aegisd it is closed with 1001.
"""
_TITLES = {
    "status": "aegisd",
    "workflows": "Workflows",
    "runs": "Runs",
    "artifacts": "Artifacts",
    "events": "Events",
    "deliveries": "Webhooks that came in",
    "webhooks": "Webhooks that go out",
    "services": "Services and approvals",
    "aegis_qa": "The paths of aegis_qa",
}


def render_page() -> str:
    """The whole page."""
    operations = (*OPERATIONS, describe_all(OPERATIONS))
    parts = [_HEAD]
    for tag, title in _TITLES.items():
        chosen = [each for each in operations if each.tag == tag]
        if chosen:
            parts.append(f"\n## {title}\n")
            parts += [_render(each) for each in chosen]
    parts.append(_STREAM)
    return "".join(parts)


def _render(operation: Operation) -> str:
    statuses = ", ".join(str(each) for each in (operation.status, *operation.also))
    media = (
        ""
        if operation.media == ("application/json",)
        else f" as {' or '.join(f'`{each}`' for each in operation.media)}"
    )
    lines = [
        f"\n### `{operation.method} {operation.path}`\n",
        f"{operation.summary}.\n" if not operation.summary.endswith(".") else f"{operation.summary}\n",
        f"- scope: {'none' if operation.scope is None else f'`{operation.scope.value}`'}"
        + (", also by `X-API-Key`" if operation.credentials == TOKEN_OR_KEY else ""),
    ]
    if operation.body not in (None, "()"):
        lines.append(f"- body: `{operation.body}`")
    lines.append(f"- answer ({statuses}): `{operation.answer}`{media}")
    return "\n".join([*lines, ""]) + "".join(_render_params(operation.query))


def _render_params(params: Iterable[Param]) -> Iterable[str]:
    rows = [f"| `{each.name}` | {_name_kind(each)} | {_name_default(each)} | {each.doc} |\n" for each in params]
    return ["\n| parameter | values | default | meaning |\n|---|---|---|---|\n", *rows] if rows else []


def _name_kind(param: Param) -> str:
    kind = ", ".join(f"`{each}`" for each in param.choices)
    kind = kind or {"flag": "`true`, `false`", "text": "text", "moment": "time"}.get(param.kind, "")
    kind = kind or f"{param.minimum} to {param.maximum}"
    return f"{kind}; may be repeated" if param.is_list else kind


def _name_default(param: Param) -> str:
    if param.default is None:
        return "-"
    return f"`{str(param.default).lower()}`"
