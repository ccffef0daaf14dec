"""Proofs of deliveries: each provider's own way, and everything that must not pass (matrix 63)."""

import base64

import pytest
from standardwebhooks import Webhook

from aegisd.config.trigger_webhook import Encoding
from aegisd.triggers.headers import DoubledError
from aegisd.triggers.providers import SENDERS
from aegisd.triggers.providers.sender import Proof
from aegisd.triggers.signature import UnprovenError
from tests.triggers import hooks
from tests.triggers.hooks import NOW, OTHER, SECRET, WHSEC, make_proof, make_spec, replaced, sign, sign_standard

BODY = b'{"ref":"refs/heads/main"}'
THIRD, ODD = "a third", "é"
Pairs = list[tuple[str, str]]


def is_proven(proof: Proof) -> bool:
    """Whether the delivery is taken."""
    try:
        SENDERS[proof.spec.provider].verify(proof)
    except (UnprovenError, DoubledError):
        return False
    return True


def test_githubs_own_example() -> None:
    """The example of GitHub's documentation."""
    digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    headers = [("x-hub-signature-256", f"sha256={digest}")]
    spec = make_spec("github", "It's a Secret to Everybody")
    assert is_proven(make_proof(spec, headers, b"Hello, World!"))
    assert not is_proven(make_proof(spec, headers, b"Hello, World?"))


@pytest.mark.parametrize("name", ["github", "gitlab", "gitea"])
def test_recorded_pushes(name: str) -> None:
    """A recorded push with its sender's proof is taken, and with one byte changed is not."""
    body = hooks.payload(name)
    headers = getattr(hooks, name)(body)
    assert is_proven(make_proof(make_spec(name), headers, body))
    assert not is_proven(make_proof(make_spec(name, OTHER), headers, body))
    if name != "gitlab":
        assert not is_proven(make_proof(make_spec(name), headers, body.replace(b"main", b"evil") + b" "))


HMAC = {
    "valid": ({}, True),
    "upper-case hex": ({"x_hub_signature_256": "sha256=" + sign(BODY).upper()}, True),
    "no prefix": ({"x_hub_signature_256": sign(BODY)}, False),
    "sha-1 only": ({"x_hub_signature_256": None, "x_hub_signature": "sha1=" + "0" * 40}, False),
    "missing": ({"x_hub_signature_256": None}, False),
    "empty": ({"x_hub_signature_256": ""}, False),
    "empty after prefix": ({"x_hub_signature_256": "sha256="}, False),
    "short": ({"x_hub_signature_256": "sha256=" + sign(BODY)[:-1]}, False),
    "not hex": ({"x_hub_signature_256": "sha256=" + "g" * 64}, False),
    "not ascii": ({"x_hub_signature_256": "sha256=" + "é" * 64}, False),
    "spaces in hex": (
        {"x_hub_signature_256": "sha256=" + " ".join(sign(BODY)[n : n + 2] for n in range(0, 64, 2))},
        False,
    ),
    "of an empty body": ({"x_hub_signature_256": "sha256=" + sign(b"")}, False),
    "with another secret": ({"x_hub_signature_256": "sha256=" + sign(BODY, OTHER)}, False),
}


@pytest.mark.parametrize(("values", "expected"), HMAC.values(), ids=HMAC)
def test_hmac(values: dict[str, str | None], expected: bool) -> None:  # noqa: FBT001 - a table
    """The variants of one signature."""
    headers = replaced(hooks.github(BODY), **values)
    assert is_proven(make_proof(make_spec("github"), headers, BODY)) is expected


def test_doubled_headers() -> None:
    """Two signatures are no signature, even if one is right."""
    headers = hooks.github(BODY)
    assert not is_proven(make_proof(make_spec("github"), [*headers, headers[-1]], BODY))


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"x" * 2**20], ids=["empty", "not UTF-8", "1 MiB"])
def test_bytes_are_signed(body: bytes) -> None:
    """What is signed is bytes, whatever they mean."""
    assert is_proven(make_proof(make_spec("github"), hooks.github(body), body))


def test_two_secrets_while_one_is_changed() -> None:
    """Each secret of the list counts."""
    spec = make_spec("github", OTHER, SECRET)
    for secret in (SECRET, OTHER):
        assert is_proven(make_proof(spec, hooks.github(BODY, secret=secret), BODY))
    assert not is_proven(make_proof(spec, hooks.github(BODY, secret=THIRD), BODY))


def test_gitea_and_forgejo() -> None:
    """The first signature that is present decides; a good one behind it does not help."""
    good, bad = sign(BODY), sign(BODY, OTHER)
    spec = make_spec("forgejo")
    assert is_proven(make_proof(spec, hooks.gitea(BODY, name="Forgejo"), BODY))
    assert is_proven(make_proof(spec, [("x-hub-signature-256", f"sha256={good}")], BODY))
    assert is_proven(make_proof(spec, [("x-forgejo-signature", good), ("x-gitea-signature", bad)], BODY))
    assert not is_proven(make_proof(spec, [("x-forgejo-signature", bad), ("x-gitea-signature", good)], BODY))
    assert not is_proven(make_proof(spec, [("x-forgejo-signature", ""), ("x-gitea-signature", good)], BODY))
    assert not is_proven(make_proof(spec, [], b'{"secret":"a secret of the test"}'))


def test_gitlab() -> None:
    """A token counts where nobody listens, a signature everywhere; a wrong one is not made good by a token."""
    spec = make_spec("gitlab", SECRET, WHSEC)
    signed = hooks.standard(BODY)
    assert is_proven(make_proof(spec, hooks.gitlab(BODY), BODY))
    assert not is_proven(make_proof(spec, hooks.gitlab(BODY), BODY, is_private=False))
    assert not is_proven(make_proof(spec, hooks.gitlab(BODY, token=ODD), BODY))
    assert not is_proven(make_proof(spec, hooks.gitlab(BODY, token=WHSEC), BODY))
    assert is_proven(make_proof(spec, signed, BODY, is_private=False))
    wrong = replaced(signed, webhook_signature="v1,AAAA")
    assert not is_proven(make_proof(spec, [*wrong, ("x-gitlab-token", SECRET)], BODY))
    assert not is_proven(make_proof(make_spec("gitlab", SECRET), signed, BODY))


GOOD = sign_standard("msg_1", str(NOW), BODY)
STANDARD = {
    "valid": ({}, True),
    "second of two": ({"webhook_signature": f"v1,AAAA {GOOD}"}, True),
    "other version beside": ({"webhook_signature": f"v1a,AAAA {GOOD}"}, True),
    "only another version": ({"webhook_signature": GOOD.replace("v1,", "v2,")}, False),
    "entry without comma": ({"webhook_signature": f"v1 {GOOD}"}, True),
    "two commas": ({"webhook_signature": f"{GOOD},x"}, False),
    "bad base64": ({"webhook_signature": "v1,!!!!"}, False),
    "not ascii": ({"webhook_signature": "v1,é"}, False),
    "empty": ({"webhook_signature": ""}, False),
    "other id": ({"webhook_id": "msg_2"}, False),
    "id with a dot": ({"webhook_id": "a.b", "webhook_signature": sign_standard("a.b", str(NOW), BODY)}, False),
    "no id": ({"webhook_id": None}, False),
    "no time": ({"webhook_timestamp": None}, False),
    "no signature": ({"webhook_signature": None}, False),
    "of old bodies": ({"webhook_signature": sign_standard("msg_1", str(NOW), b"{}")}, False),
}


@pytest.mark.parametrize(("values", "expected"), STANDARD.values(), ids=STANDARD)
def test_standard(values: dict[str, str | None], expected: bool) -> None:  # noqa: FBT001 - a table
    """The variants of Standard Webhooks."""
    headers = replaced(hooks.standard(BODY), **values)
    assert is_proven(make_proof(make_spec("standard"), headers, BODY)) is expected


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        *((str(NOW + off), abs(off) <= 300) for off in (-301, -300, 0, 300, 301)),
        *((text, False) for text in ("1.8e9", f"{NOW}.0", "nan", "", "-1", "9" * 20, "\uff11" * 10, " ")),
    ],
)
def test_standard_times(timestamp: str, expected: bool) -> None:  # noqa: FBT001 - a table
    """Five minutes in either direction, and only digits."""
    headers = hooks.standard(BODY, timestamp=timestamp)
    assert is_proven(make_proof(make_spec("standard"), headers, BODY)) is expected


def test_standard_library() -> None:
    """What the reference library signs is taken."""
    from datetime import UTC, datetime

    signature = Webhook(WHSEC).sign("msg_9", datetime.fromtimestamp(NOW, tz=UTC), BODY.decode())
    headers = replaced(hooks.standard(BODY, id="msg_9"), webhook_signature=signature)
    assert is_proven(make_proof(make_spec("standard"), headers, BODY))


def test_generic() -> None:
    """A header of one's choice, in each of its spellings."""
    digest = bytes.fromhex(sign(BODY))
    spellings = {"hex": sign(BODY), "sha256=hex": f"sha256={sign(BODY)}", "base64": base64.b64encode(digest).decode()}
    for encoding, given in spellings.items():
        spec = make_spec("generic", header="X-Sig", encoding=Encoding(encoding))
        assert is_proven(make_proof(spec, [("x-sig", given)], BODY)), encoding
        assert not is_proven(make_proof(spec, [("x-sig", given[:-1])], BODY)), encoding
        assert not is_proven(make_proof(spec, [], BODY)), encoding


def test_keys_of_deliveries() -> None:
    """What makes two deliveries one: an id that is signed alone, the body as well where the id is not signed."""

    def keys(provider: str, headers: Pairs, **more: str) -> set[str]:
        return set(SENDERS[make_spec(provider).provider].keys(make_proof(make_spec(provider, **more), headers, BODY)))

    first, second = hooks.github(BODY, id="1"), hooks.github(BODY, id="2")
    assert keys("github", first) & keys("github", second)
    assert keys("gitea", hooks.gitea(BODY, id="1")) & keys("gitea", hooks.gitea(BODY, id="2"))
    assert not keys("standard", hooks.standard(BODY, id="a")) & keys("standard", hooks.standard(BODY, id="b"))
    assert keys("gitlab", hooks.gitlab(BODY, id="a")) == {"id:a"}
    assert len(keys("generic", [("x", "y")])) == 1
