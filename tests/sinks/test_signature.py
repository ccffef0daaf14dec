"""The headers that prove where a delivery comes from, checked by libraries that we did not write."""

import base64
import hashlib
import hmac

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from aegisd.core.signing_key import decode_key
from aegisd.sinks.signature import make_proof

OLD, NEW = "an old secret of more than 24 bytes", "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
BODY = '{"a":"µ\\u0000 ","b":[1,2.5,null]}'.encode()
NOW = 1_795_248_151


def _prove(*secrets: str, message: str = "msg_1", body: bytes = BODY, timestamp: int | None = None) -> dict[str, str]:
    import time

    keys = [decode_key(secret) for secret in secrets]
    headers = make_proof(keys, message=message, timestamp=timestamp or int(time.time()), body=body)
    return {name.decode(): value.decode() for name, value in headers}


def _as_library(secret: str) -> Webhook:
    return Webhook(secret if secret.startswith("whsec_") else base64.b64encode(secret.encode()).decode())


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_a_standard_library_verifies(secret: str) -> None:
    """The reference library of Standard Webhooks takes what we sign, and refuses it when anything was changed."""
    headers = _prove(secret)
    assert _as_library(secret).verify(BODY, headers) is not None
    with pytest.raises(WebhookVerificationError):
        _as_library(secret).verify(BODY.replace(b"1", b"2"), headers)
    with pytest.raises(WebhookVerificationError):
        _as_library(secret).verify(BODY, {**headers, "webhook-id": "msg_2"})


def test_two_secrets() -> None:
    """W2.2: while a secret is changed, receivers that know either one verify; the simple header has one of each."""
    headers = _prove(OLD, NEW)
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (OLD, NEW):
        assert _as_library(secret).verify(BODY, headers) is not None
    for secret, name in ((OLD, "x-aegis-signature"), (NEW, "x-aegis-signature-next")):
        assert headers[name] == hmac.new(decode_key(secret), BODY, hashlib.sha256).hexdigest()
    assert "x-aegis-signature-next" not in _prove(OLD)


def test_without_a_secret() -> None:
    """S21: no secret, no signature; id and time are there."""
    assert _prove(timestamp=NOW) == {"webhook-id": "msg_1", "webhook-timestamp": str(NOW)}


def test_a_vector() -> None:
    """The example of the specification: its secret, id, time and body give its signature."""
    headers = _prove(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message="msg_p5jXN8AQM9LWM0D4loKWxJek",
        body=b'{"test": 2432232314}',
        timestamp=1_614_265_330,
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_keys() -> None:
    """`whsec_` is base64, all else is the text itself."""
    assert decode_key(NEW) == b"0123456789abcdef01234567"
    assert decode_key("µ") == "µ".encode()
    with pytest.raises(ValueError, match="not base64"):
        decode_key("whsec_%%%")
