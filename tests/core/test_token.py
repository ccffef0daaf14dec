"""What a token is good for."""

import hashlib

import pytest

from aegisd.core.token import AccessToken, Scope, digest_secret


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        ((Scope.READ,), {Scope.READ}),
        ((Scope.RUN,), {Scope.READ, Scope.RUN}),
        ((Scope.ADMIN,), set(Scope)),
        ((Scope.READ, Scope.ADMIN), set(Scope)),
        ((), set()),
    ],
)
def test_scopes(scopes: tuple[Scope, ...], allowed: set[Scope]) -> None:
    """Each scope includes those before it; a token without one is good for nothing."""
    token = AccessToken(name="x", sha256="", scopes=scopes)
    assert {scope for scope in Scope if token.allows(scope)} == allowed


def test_digest() -> None:
    """As `sha256sum` says it, so that a configuration can be written by hand."""
    assert digest_secret("aegis_x") == hashlib.sha256(b"aegis_x").hexdigest()
