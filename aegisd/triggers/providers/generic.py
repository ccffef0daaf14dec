"""Any sender that puts an HMAC-SHA256 of the body into a header.

Its id is not signed. Where one is configured it decides alone, so that the same body can be sent twice on purpose;
without it the same body is the same delivery.
"""

from typing import Any

from aegisd.config.trigger_webhook import Encoding, WebhookSpec
from aegisd.triggers.facts import Facts, clean
from aegisd.triggers.headers import HeaderView
from aegisd.triggers.providers import github
from aegisd.triggers.providers.sender import Proof, Sender, id_key
from aegisd.triggers.signature import UnprovenError, check_signed, read_base64, read_hex


def _verify(proof: Proof) -> None:
    name = proof.spec.header or ""
    given = proof.headers.get(name)
    if given is None:
        message = f"there is no {name}"
        raise UnprovenError(message)
    if proof.spec.encoding is Encoding.PREFIXED:
        github.check_hub_signature(given, proof)
    elif proof.spec.encoding is Encoding.BASE64:
        check_signed(proof.body, read_base64(given), proof.spec.secrets)
    else:
        check_signed(proof.body, read_hex(given), proof.spec.secrets)


def _keys(proof: Proof) -> tuple[str, ...]:
    named = proof.spec.id_header
    return (id_key(proof.headers.get(named)) if named else ()) or (proof.digest,)


def _facts(headers: HeaderView, _: Any, spec: WebhookSpec) -> Facts:
    found = headers.get(spec.event_header) if spec.event_header else None
    return Facts(event=clean(found) if found else None)


GENERIC = Sender(verify=_verify, keys=_keys, facts=_facts)
