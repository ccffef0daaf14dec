"""Webhooks of aegis_qa. What is sent looks different here, so each says so."""

from urllib.parse import urlsplit

from aegisd.core.events import EVENT_TYPES
from aegisd.importing.draft import Draft, plain
from aegisd.importing.fields import Fields
from aegisd.importing.names import adopt_name, adopt_text

_LEAST_SECRET = 24
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def adopt_webhook(values: object, number: int, taken: list[str]) -> Draft:
    """One webhook; `taken` are the names of those before it. Without an address it is switched off."""
    draft = Draft()
    fields = Fields(values, f"webhook {number}", draft)
    url, secret = fields.text("url"), fields.text("secret")
    parts = _split(url)
    draft.put("name", adopt_name(parts[1] or f"hook-{number}", taken, otherwise=f"hook-{number}"))
    draft.note(
        "the body has more fields than there (docs/how-to/receive-webhooks.md); deliveries are repeated and kept"
    )
    is_on = parts[0] in ("http", "https") and bool(parts[1] or "${" in url)
    draft.put(
        "url", adopt_text(url, "url", draft) if is_on else "https://example.invalid/", "" if is_on else "to be set"
    )
    if not is_on:
        draft.note(f"the address {plain(url)[:80]!r} is none that can be sent to")
    draft.put("events", _adopt_events(fields, draft))
    is_on = _put_secret(draft, secret) and is_on
    if parts[1] in _LOOPBACK:
        draft.put("allow_loopback", value=True)
    if not is_on:
        draft.put("enabled", value=False, remark="switch it on once the rest is right")
    fields.finish()
    return draft


def _split(url: str) -> tuple[str, str]:
    """Scheme and host; of a variable nothing is known."""
    if url.startswith("${"):
        return "http", ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.hostname or ""


def _adopt_events(fields: Fields, draft: Draft) -> list[str]:
    wanted = fields.texts("events", ("workflow.completed",))
    known = [name for name in wanted if name == "*" or name in EVENT_TYPES]
    for name in wanted:
        if name not in known:
            draft.note(f"there is no event {plain(name)!r}: it was left out")
    if not known:
        draft.note("no event was left: workflow.completed stands in")
    return known or ["workflow.completed"]


def _put_secret(draft: Draft, secret: str) -> bool:
    """Whether the webhook can be used with its secret."""
    if not secret:
        return True
    draft.note("signatures are those of Standard Webhooks (webhook-signature), not X-Aegis-Signature")
    text = adopt_text(secret, "secret", draft)
    if "${" not in text and len(text) < _LEAST_SECRET:
        draft.note(f"its secret was shorter than {_LEAST_SECRET} characters and was left out: make a new one")
        return False
    draft.put("secret", text)
    return True
