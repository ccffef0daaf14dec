"""The codes of the HTTP API and its tokens."""

from aegisd.config.code import Code

_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

API = (
    Code(
        code="AEG310",
        title="token in the configuration",
        text="An entry of `tokens` in [web] cannot be used: its name is there twice, `sha256` is not the SHA-256 "
        "digest of a secret in hexadecimal, or a scope is none of read, run and admin. The secret itself never stands "
        "in a configuration. Make it long and random: nothing slows down who guesses.",
        bad='[web]\ntokens = [{ name = "ci", sha256 = "secret", scopes = ["run"] }]\n',
        good=f'[[web.tokens]]\nname = "ci"\nsha256 = "{_DIGEST}"\nscopes = ["run"]\n',
    ),
    Code(
        code="AEG311",
        title="token needed",
        text="The request needs a token, or shows one that aegisd does not know, that was revoked, or in a place that "
        "this path does not look at. Programs send `Authorization: Bearer TOKEN`; the paths of aegis_qa also take "
        "`X-API-Key: TOKEN`. A token in a URL is not looked at, because URLs end up in logs.",
        bad="POST /api/v1/workflows/ci/run HTTP/1.1\n",
        good="aegisctl token new ci --scope run\n",
        kind="text",
    ),
    Code(
        code="AEG312",
        title="token not good for this",
        text="The token is known, but has not the scope that the request needs: `read` is enough to look, `run` to "
        "start, retry and cancel runs and to decide approvals, `admin` to see and repeat webhook deliveries.",
        bad="HTTP/1.1 403 Forbidden\n",
        good="aegisctl token new ops --scope admin\n",
        kind="text",
    ),
    Code(
        code="AEG313",
        title="request from another site",
        text="A page of another web site made a browser send this request (`Sec-Fetch-Site`, `Origin`). Such requests "
        "change nothing and open no WebSocket. Behind a proxy that changes the Host header, set `url` in [web].",
        bad="POST /api/v1/workflows/ci/run HTTP/1.1\nOrigin: https://evil.example.org\n",
        good='[web]\nurl = "https://ci.example.org"\n',
        kind="text",
    ),
    Code(
        code="AEG314",
        title="body of a request",
        text="The body of a request that changes something must be one JSON object with `Content-Type: "
        "application/json`, of at most 256 KiB, with the fields that the reference names.",
        bad="curl -d '{\"params\": {}}' http://localhost:8640/api/v1/workflows/ci/run\n",
        good="curl --json '{\"params\": {}}' http://localhost:8640/api/v1/workflows/ci/run\n",
        kind="text",
    ),
    Code(
        code="AEG315",
        title="parameter of a request",
        text="A parameter in the URL is unknown, is there twice, is not a number or not within its bounds.",
        bad="GET /api/events?limit=-1 HTTP/1.1\n",
        good="GET /api/events?limit=20 HTTP/1.1\n",
        kind="text",
    ),
    Code(
        code="AEG316",
        title="too many failed sign-ins",
        text="Too many wrong tokens were tried from this address. `Retry-After` says when the next one is looked at.",
        bad="HTTP/1.1 429 Too Many Requests\n",
        good="HTTP/1.1 204 No Content\n",
        kind="text",
    ),
    Code(
        code="AEG317",
        title="too many streams",
        text="As many clients follow events or output over HTTP as aegisd serves at once. `Retry-After` says when to "
        "come again.",
        bad="HTTP/1.1 503 Service Unavailable\n",
        good="HTTP/1.1 200 OK\ncontent-type: text/event-stream\n",
        kind="text",
    ),
    Code(
        code="AEG318",
        title="no such token",
        text="There is no token of that name among those that `aegisctl token new` has made.",
        bad="aegisctl token revoke cl\n",
        good="aegisctl token list\n",
        kind="text",
    ),
)
