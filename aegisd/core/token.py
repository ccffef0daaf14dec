"""Tokens: what programs and signed-in people show at the HTTP door. Only their digests are kept."""

import hashlib
from enum import StrEnum

from attrs import frozen

PREFIX = "aegis_"


class Scope(StrEnum):
    """What a token is good for. Each scope includes those before it."""

    READ = "read"
    RUN = "run"
    ADMIN = "admin"


@frozen(kw_only=True)
class AccessToken:
    """A token without its secret: `sha256` is the digest of that in hexadecimal. `created_at` and `by` (who made it)
    are None for one from the configuration."""

    name: str
    sha256: str
    scopes: tuple[Scope, ...]
    created_at: str | None = None
    by: str | None = None

    def allows(self, scope: Scope) -> bool:
        """Whether the token is good for `scope`."""
        order = list(Scope)
        return any(order.index(scope) <= order.index(each) for each in self.scopes)


def digest_secret(secret: str) -> str:
    """The digest that is kept of a secret. Secrets are long and random, so that no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()
