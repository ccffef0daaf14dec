"""Events about the tokens of the HTTP door."""

from typing import ClassVar

from attrs import frozen


@frozen(kw_only=True)
class TokenCreated:
    """Somebody made a token with `aegisctl token new`."""

    type: ClassVar[str] = "token.created"
    name: str
    scopes: tuple[str, ...]
    by: str


@frozen(kw_only=True)
class TokenRevoked:
    """Somebody took a token back; it is worth nothing from now on."""

    type: ClassVar[str] = "token.revoked"
    name: str
    by: str


TokenEvent = TokenCreated | TokenRevoked
