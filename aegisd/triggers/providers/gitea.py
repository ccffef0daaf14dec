"""Gitea and Forgejo: an HMAC of the body as bare hexadecimal digits. Of several headers the first present one decides;
the `secret` in the body of old versions is not looked at.

https://forgejo.org/docs/latest/user/webhooks/
"""

from typing import Any

from aegisd.config.trigger_webhook import WebhookSpec
from aegisd.triggers.facts import Facts, first
from aegisd.triggers.headers import HeaderView
from aegisd.triggers.providers import github
from aegisd.triggers.providers.sender import Proof, Sender, id_key
from aegisd.triggers.signature import UnprovenError, check_signed, read_hex

_BARE = ("X-Forgejo-Signature", "X-Gitea-Signature")


def _verify(proof: Proof) -> None:
    for name in _BARE:
        given = proof.headers.get(name)
        if given is not None:
            check_signed(proof.body, read_hex(given), proof.spec.secrets)
            return
    given = proof.headers.get(github.HEADER)
    if given is None:
        message = f"there is no {_BARE[0]}, {_BARE[1]} or {github.HEADER}"
        raise UnprovenError(message)
    github.check_hub_signature(given, proof)


def _keys(proof: Proof) -> tuple[str, ...]:
    found = first(proof.headers.get(f"X-{name}-Delivery") for name in ("Forgejo", "Gitea"))
    return (*id_key(found), proof.digest)


def _facts(headers: HeaderView, payload: Any, _: WebhookSpec) -> Facts:
    return github.read_hub_facts(first(headers.get(f"X-{name}-Event") for name in ("Forgejo", "Gitea")), payload)


GITEA = Sender(verify=_verify, keys=_keys, facts=_facts)
