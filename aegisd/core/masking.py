"""Keeping secrets out of what is shown: addresses with their secret parts covered, texts without known secrets. Pure.

This is best effort: an answer may hold a secret in a form that is not looked for here.
"""

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote, urlsplit, urlunsplit

COVER = "•••"

_DOT = "•"
_SIGN = re.compile(r"[^\s\"'\[\],{}#=]")
_SECRET_VALUE = re.compile(
    r"""((?:^|[\s{,.])["']?[\w-]*(?:secret|token|passw|credential|api_?key)[\w-]*["']?\s*=)(.*)""", re.IGNORECASE
)
_USER = re.compile(r"(?<=://)[^\s/\"']+(?=@)")
_PATH = re.compile(r"(?<![/:])/[^\s\"'/][^\s\"']*")
_SHORTEST = 6
_LONG_PART = 16
_PLAIN_PART = re.compile(r"[a-z]*(?:[-_.][a-z0-9]*)*|[0-9]{1,12}|[0-9a-f]{40}|\{[a-z_]+\}", re.IGNORECASE)


def mask_url(url: str) -> str:
    """`url` as it may be shown: without user, values of the query and what looks like a secret in the path.

    Slack's and others' addresses are secrets themselves: `https://hooks.slack.com/services/T0AB/B1CD/•••`.
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    path = "/".join(COVER if _is_secret(part) else part for part in parts.path.split("/"))
    query = "&".join(f"{item.partition('=')[0]}={COVER}" for item in parts.query.split("&")) if parts.query else ""
    return urlunsplit((parts.scheme, host, path, query, ""))


def cover_line(line: str) -> str:
    """A line of a configuration with what it says of secrets covered, sign by sign, so that columns stay: values of
    keys whose names say so, users in addresses, and parts of paths that look like a secret."""
    line = _SECRET_VALUE.sub(lambda match: match[1] + _SIGN.sub(_DOT, match[2]), line)
    line = _USER.sub(lambda match: _DOT * len(match[0]), line)
    return _PATH.sub(lambda match: "/".join(_DOT * len(p) if _is_secret(p) else p for p in match[0].split("/")), line)


class Redactor:
    """Covers `secrets` in texts, also as base64, in the percent code of addresses and in hexadecimal digits. Those of
    fewer than six bytes stay: they would cover ordinary words."""

    def __init__(self, secrets: Iterable[str]) -> None:
        needles = {form for secret in secrets if len(secret.encode()) >= _SHORTEST for form in _forms(secret)}
        longest_first = sorted(needles, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def redact(self, text: str) -> str:
        """`text` without the secrets."""
        return self._pattern.sub(COVER, text) if self._pattern else text


def _is_secret(part: str) -> bool:
    return len(part) >= _LONG_PART and not _PLAIN_PART.fullmatch(part)


def _forms(secret: str) -> Iterable[str]:
    raw = secret.encode()
    yield secret
    yield quote(secret, safe="")
    yield raw.hex()
    for shift in range(3):  # base64 of a text that holds it somewhere
        code = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
        yield code[(0, 2, 3)[shift] : len(code) - (1 if (shift + len(raw)) % 3 else 0)]
    if secret.startswith("whsec_"):
        yield secret.removeprefix("whsec_")
