"""The keys of `[web]`: declarations only. `web.py` checks them."""

from attrs import frozen

from aegisd.config.tls_pair import TlsKeys
from aegisd.core.schema import Kind, key
from aegisd.core.token import AccessToken


@frozen(kw_only=True)
class TokenKeys:
    """The keys of a token of `[web]`."""

    name: str = key(Kind.NAME, "What events and lists call it.", example='"ci"')
    sha256: str = key(
        Kind.TEXT,
        "The SHA-256 digest of the token in hexadecimal. The token itself is long and random: nothing slows down who "
        "guesses.",
        example='"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
    )
    scopes: tuple[str, ...] = key(
        Kind.TEXTS,
        "What it is good for: `read`, `run` (start, retry and cancel runs, decide approvals; includes `read`) or "
        "`admin` (webhook deliveries; includes both).",
        example='["run"]',
    )


@frozen(kw_only=True)
class WebConfig:
    """The keys of `[web]`."""

    bind: tuple[str, ...] = key(
        Kind.TEXTS,
        "Where HTTP is answered: `HOST:PORT` with an IP address or `localhost`, or `unix:PATH`. `[]` switches HTTP "
        "off. An address that is taken keeps nothing else from working: aegisd says so in its log and tries again.",
        example='["127.0.0.1:8640", "unix:/run/aegis/web.sock"]',
        default=("127.0.0.1:8640",),
    )
    group: str | None = key(
        Kind.NAME,
        "The group whose members may connect to the Unix sockets of `bind`, such as that of a proxy.",
        example='"www-data"',
        default=None,
        default_text="only the user that aegisd runs as, and root",
    )
    url: str | None = key(
        Kind.TEXT,
        "Under which URL others reach this server, for links. Behind a proxy it has to be said.",
        example='"https://ci.example.org"',
        default=None,
        default_text="the name that the client used",
    )
    allowed_hosts: tuple[str, ...] = key(
        Kind.TEXTS,
        "Further names that requests may be sent to. Without them the server answers to `localhost`, the host's name "
        "and the address that the client connected to, and refuses every other name, so that no web site can make "
        "somebody's browser talk to it.",
        example='["ci.example.org"]',
        default=(),
        default_text="none",
    )
    public_read: bool = key(
        Kind.FLAG,
        "Whether reading needs no token. `/healthz` and `/readyz` never need one. What changes something always does.",
        example="true",
        default=True,
    )
    tokens: tuple[AccessToken, ...] = key(
        Kind.TABLE,
        "Tokens for the HTTP API, by their digests. Others are made with `aegisctl token new` without a reload.",
        example='[{ name = "ci", sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", '
        'scopes = ["run"] }]',
        default=(),
        default_text="none",
    )
    tls: TlsKeys | None = key(  # noqa: RUF009 - attrs' field()
        Kind.TABLE,
        "HTTPS at the addresses of `bind` that are not Unix sockets. A new certificate in the same files counts from "
        "the next connection on.",
        example='{ cert = "/etc/aegis/tls/fullchain.pem", key = "/etc/aegis/tls/key.pem" }',
        default=None,
        default_text="none: plain HTTP",
    )
    trusted_proxies: tuple[str, ...] = key(
        Kind.TEXTS,
        "Proxies whose word counts for where a request comes from: addresses, networks, or `unix` for who connects to "
        "a Unix socket. Of them `X-Forwarded-For` and `X-Forwarded-Proto` are believed, of nobody else.",
        example='["127.0.0.1", "unix"]',
        default=(),
        default_text="none",
    )
    connections: int = key(
        Kind.COUNT,
        "Clients at once. One more takes the place of the one that has been idle for longest.",
        example="512",
        default=512,
        minimum=8,
        maximum=100_000,
    )
