"""Standard Webhooks 1.0: id, time and body are signed together.

https://www.standardwebhooks.com

An entry of the signature header that cannot be read is passed over; one good entry is enough.
"""

import re
from typing import Any

from aegisd.config.trigger_webhook import WebhookSpec
from aegisd.core.secret import decode_whsec
from aegisd.triggers.facts import Facts, dig_text
from aegisd.triggers.headers import HeaderView
from aegisd.triggers.providers.sender import Proof, Sender, id_key
from aegisd.triggers.signature import UnprovenError, is_signed, read_base64

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE_S = 300
_SECONDS = re.compile(r"[0-9]{1,12}")
_ID = re.compile(r"[!-\-/-~]{1,256}")  # printable ASCII without the dot, which would make what is signed ambiguous
_MOST_ENTRIES = 32


def _verify(proof: Proof) -> None:
    check_standard(proof, proof.spec.secrets)


def check_standard(proof: Proof, secrets: tuple[str, ...]) -> None:
    """Raises UnprovenError unless one of `secrets` (`whsec_...`) has signed the delivery within five minutes of now."""
    given = {name: proof.headers.get(name) for name in (ID, TIMESTAMP, SIGNATURE)}
    for name, value in given.items():
        if not value:
            message = f"there is no {name}"
            raise UnprovenError(message)
    id, timestamp, signature = (str(value) for value in given.values())
    if not _ID.fullmatch(id):
        message = f"{ID} is not an id"
        raise UnprovenError(message)
    if not _SECONDS.fullmatch(timestamp):
        message = f"{TIMESTAMP} is not in seconds"
        raise UnprovenError(message)
    signed = f"{id}.{timestamp}.".encode() + proof.body
    if not is_signed(signed, _read_entries(signature), [decode_whsec(secret) for secret in secrets]):
        message = f"no entry of {SIGNATURE} is that of this body, id and time"
        raise UnprovenError(message)
    if abs(proof.now - int(timestamp)) > TOLERANCE_S:
        message = f"{TIMESTAMP} is {abs(proof.now - int(timestamp)):.0f} s off"
        raise UnprovenError(message)


def _read_entries(signature: str) -> list[bytes]:
    found = []
    for entry in signature.split(" ")[:_MOST_ENTRIES]:
        version, _, encoded = entry.partition(",")
        if version == "v1":
            try:
                found.append(read_base64(encoded))
            except UnprovenError:
                continue
    return found


def _keys(proof: Proof) -> tuple[str, ...]:
    return id_key(proof.headers.get(ID))


def _facts(_: HeaderView, payload: Any, __: WebhookSpec) -> Facts:
    return Facts(event=dig_text(payload, "type"))


STANDARD = Sender(verify=_verify, keys=_keys, facts=_facts)
