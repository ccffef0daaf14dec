"""`tokens` in `[web]`: tokens whose digests stand in the configuration. Declarations, and how they are read."""

import re
from typing import Any

from attrs import frozen

from aegisd.config.decode import INVALID
from aegisd.config.reading import Reading
from aegisd.config.table import Table, read_object
from aegisd.config.unfit import name_type
from aegisd.config.values import Path
from aegisd.config.web_keys import TokenKeys
from aegisd.core.token import AccessToken, Scope

_DIGEST = re.compile(r"[0-9a-f]{64}")
_HELP = "openssl rand -hex 32 > token;  tr -d '\\n' < token | sha256sum"


@frozen(kw_only=True)
class _Seen:
    names: set[str]


def read_tokens(reading: Reading, value: Any, path: Path) -> Any:
    """The `AccessToken`s of the list `value`; what is wrong is noted."""
    if not isinstance(value, list):
        message = f"`tokens` in [web] must be a list of tables, not {name_type(value)}"
        reading.error("AEG014", message, reading.value(path), path=path, help='write [{ name = "ci", ... }]')
        return INVALID
    seen = _Seen(names=set())
    found = [_read_token(reading, each, (*path, place), seen) for place, each in enumerate(value)]
    return tuple(each for each in found if each is not INVALID)


def _read_token(reading: Reading, value: Any, path: Path, seen: _Seen) -> Any:
    keys = read_object(reading, Table(value=value, path=path, where="a token of [web]"), TokenKeys)
    if keys is INVALID:
        return INVALID
    wrong = None
    if keys.name in seen.names:
        wrong = ("name", "another token has that name")
    elif not _DIGEST.fullmatch(keys.sha256):
        wrong = ("sha256", "a SHA-256 digest has 64 digits and small letters a to f")
    elif not keys.scopes or not set(keys.scopes) <= set(Scope):
        wrong = ("scopes", f"scopes are {', '.join(Scope)}, at least one of them")
    if wrong is not None:
        key, text = wrong
        message = f"`{key}` in a token of [web]: {text}"
        reading.error("AEG310", message, reading.value((*path, key)), path=(*path, key), help=_HELP)
        return INVALID
    seen.names.add(keys.name)
    return AccessToken(name=keys.name, sha256=keys.sha256, scopes=tuple(Scope(each) for each in keys.scopes))
