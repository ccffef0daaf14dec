"""What aegis has to know of a sender."""

import hashlib
from collections.abc import Callable
from typing import Any

from attrs import frozen

from aegisd.config.trigger_webhook import WebhookSpec
from aegisd.triggers.facts import Facts
from aegisd.triggers.headers import HeaderView


@frozen(kw_only=True)
class Proof:
    """What a delivery has to prove itself with. `now` is seconds since 1970; `is_private`: nobody can have listened."""

    headers: HeaderView
    body: bytes
    spec: WebhookSpec
    now: float
    is_private: bool

    @property
    def digest(self) -> str:
        """What all deliveries of this body have in common."""
        return f"sha256:{hashlib.sha256(self.body).hexdigest()}"


@frozen(kw_only=True)
class Sender:
    """`verify(proof)` raises UnprovenError or DoubledError. `keys(proof)` are what a delivery has in common with one
    that is the same. `facts(headers, payload, spec)` is what it says."""

    verify: Callable[[Proof], None]
    keys: Callable[[Proof], tuple[str, ...]]
    facts: Callable[[HeaderView, Any, WebhookSpec], Facts]


def id_key(given: str | None) -> tuple[str, ...]:
    """The key that the id of a delivery is."""
    return (f"id:{given[:256]}",) if given else ()
