"""Who has signed in with a browser. A session is a random number in a cookie; what it stands for is kept here, in
memory: a number that was stolen from a disk or a log of aegisd is worth nothing, and a restart signs everybody out."""

import secrets
from collections import OrderedDict

from attrs import frozen

from aegisd.core.token import digest_secret

COOKIE = "aegis_session"
LIFETIME_S = 12 * 3600.0
_MOST = 1000


@frozen(kw_only=True)
class _Session:
    token: str  # the digest of the token that was shown
    ends: float


class Sessions:
    """Sessions by the digest of their number. The one that began first makes room for a new one."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, _Session] = OrderedDict()

    def begin(self, token: str, *, now: float) -> str:
        """The number of a new session for the token with that digest; `now` in seconds."""
        if len(self._sessions) >= _MOST:
            self._sessions.popitem(last=False)
        number = secrets.token_urlsafe(32)
        self._sessions[digest_secret(number)] = _Session(token=token, ends=now + LIFETIME_S)
        return number

    def find(self, number: str, *, now: float) -> str | None:
        """The digest of the token behind a session that has not ended."""
        session = self._sessions.get(digest_secret(number))
        if session is None:
            return None
        if now >= session.ends:
            self.end(number)
            return None
        return session.token

    def end(self, number: str) -> None:
        """Sign out."""
        self._sessions.pop(digest_secret(number), None)
