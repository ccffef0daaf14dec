"""The headers of a delivery. What decides over it must be there once: of two signatures a proxy might see another one
than aegis does."""

from aegisd.core.hook import Headers

_SECRET = ("authorization", "cookie", "password", "secret", "token")
_MOST = 64
_LONGEST = 1024


class DoubledError(Exception):
    """A header that decides is there twice."""


class HeaderView:
    """Looks headers up without regard to case."""

    def __init__(self, headers: Headers) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in headers:
            self._values.setdefault(name.lower(), []).append(value)

    def get(self, name: str) -> str | None:
        """The one value of the header, or None. Raises DoubledError."""
        values = self._values.get(name.lower(), [])
        if len(values) > 1:
            raise DoubledError(name)
        return values[0].strip() if values else None

    def shown(self) -> dict[str, str]:
        """What may be kept and shown: secrets masked, and no more than a sender needs."""
        return {name: _show(name, ", ".join(values)) for name, values in list(self._values.items())[:_MOST]}


def _show(name: str, value: str) -> str:
    is_secret = any(word in name for word in _SECRET) or ("key" in name and name != "idempotency-key")
    return f"(set, {len(value)} bytes)" if is_secret else value[:_LONGEST]
