"""The tokens of attempts: what the program of an attempt shows at the control socket to speak as that attempt.

A token is valid while its attempt executes. It is kept as a digest only, so that nothing that shows this object can
show a token: in memory, and where the program may outlive aegisd in what the next one is told of it. A step's program
gets it as `$AEGIS_TOKEN`.
"""

import hashlib
import hmac
import secrets

from attrs import frozen

_SECRET_BYTES = 32
_DIGEST_DIGITS = 64


@frozen(kw_only=True)
class AttemptIdentity:
    """Who speaks: attempt number `attempt` of step number `index` of a run."""

    run: int
    workflow: str
    step: str
    index: int
    attempt: int
    phase: str | None = None


class AttemptTokens:
    """The tokens that are valid now."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[bytes, AttemptIdentity]] = {}
        self._life = secrets.token_hex(4)
        self._last = 0

    def issue(self, identity: AttemptIdentity) -> str:
        """A new token of `identity`: `SERIAL.SECRET`, letters, digits, `.`, `-` and `_`."""
        self._last += 1
        serial, secret = f"{self._life}-{self._last}", secrets.token_urlsafe(_SECRET_BYTES)
        self._known[serial] = _digest(secret), identity
        return f"{serial}.{secret}"

    def describe(self, token: str) -> str:
        """What the next aegisd has to know of a valid `token` so that it stays valid; it cannot be shown as a token."""
        serial = token.partition(".")[0]
        return f"{serial} {self._known[serial][0].hex()}"

    def readmit(self, memo: str, identity: AttemptIdentity) -> str:
        """The token that an earlier aegisd described in `memo` is valid again, for `identity`; returns what revokes
        it."""
        serial, _, digest = memo.partition(" ")
        if len(digest) == _DIGEST_DIGITS and not set(digest) - set("0123456789abcdef"):
            self._known[serial] = bytes.fromhex(digest), identity
        return serial

    def revoke(self, token: str) -> None:
        """`token` is valid no more."""
        self._known.pop(token.partition(".")[0], None)

    def resolve(self, token: str) -> AttemptIdentity | None:
        """Who shows `token`; None when it is not valid. Takes as long for a nearly right one as for any other."""
        serial, _, secret = token.partition(".")
        digest, identity = self._known.get(serial, (b"", None))
        return identity if hmac.compare_digest(_digest(secret), digest) else None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()
