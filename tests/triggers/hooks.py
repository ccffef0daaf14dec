"""Deliveries as senders make them: recorded payloads, signed here with secrets that the test knows."""

import base64
import hashlib
import hmac
from pathlib import Path
from typing import Any

from aegisd.config.trigger_webhook import Provider, WebhookSpec
from aegisd.triggers.headers import HeaderView
from aegisd.triggers.providers.sender import Proof

NOW = 1_800_000_000
SECRET = "a secret of the test"
OTHER = "another secret"
WHSEC = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
Pairs = list[tuple[str, str]]

PUSHES = {"github": "github_push.json", "gitlab": "gitlab_push.json", "gitea": "gitea_push.json"}


def payload(name: str) -> bytes:
    """A recorded body: that of a `push` of this provider."""
    return (Path(__file__).parent / "payloads" / PUSHES[name]).read_bytes()


def sign(body: bytes, secret: str = SECRET) -> str:
    """The HMAC-SHA256 in hexadecimal digits."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def sign_standard(id: str, timestamp: str, body: bytes, secret: str = WHSEC) -> str:
    """An entry of `webhook-signature`."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def github(
    body: bytes, *, event: str = "push", id: str = "72d3162e-cc78-11e3-81ab-4c9367dc0958", secret: str = SECRET
) -> Pairs:
    """The headers of a delivery of GitHub."""
    return [
        ("content-type", "application/json"),
        ("user-agent", "GitHub-Hookshot/044aadd"),
        ("x-github-event", event),
        ("x-github-delivery", id),
        ("x-hub-signature-256", f"sha256={sign(body, secret)}"),
    ]


def gitlab(body: bytes, *, token: str = SECRET, id: str = "f5e5f430-f57b-4e6e-9fac-d9128cd7232f") -> Pairs:
    """The headers of a delivery of GitLab with a secret token."""
    del body
    return [
        ("content-type", "application/json"),
        ("x-gitlab-event", "Push Hook"),
        ("x-gitlab-token", token),
        ("idempotency-key", id),
        ("x-gitlab-instance", "https://gitlab.example.org"),
    ]


def gitea(
    body: bytes, *, event: str = "push", id: str = "f6266f16-1bf3-46a5-9ea4-602e06ead473", name: str = "Gitea"
) -> Pairs:
    """The headers of a delivery of Gitea or Forgejo."""
    return [
        ("content-type", "application/json"),
        (f"x-{name.lower()}-event", event),
        (f"x-{name.lower()}-delivery", id),
        (f"x-{name.lower()}-signature", sign(body)),
    ]


def standard(body: bytes, *, id: str = "msg_1", timestamp: str = str(NOW), secret: str = WHSEC) -> Pairs:
    """The headers of Standard Webhooks."""
    return [
        ("content-type", "application/json"),
        ("webhook-id", id),
        ("webhook-timestamp", timestamp),
        ("webhook-signature", sign_standard(id, timestamp, body, secret)),
    ]


def make_spec(provider: str, *secrets: str, **keys: Any) -> WebhookSpec:
    """A trigger of `provider` with `secrets`."""
    usual = WHSEC if provider == "standard" else SECRET
    return WebhookSpec(provider=Provider(provider), secrets=secrets or (usual,), **keys)


def make_proof(spec: WebhookSpec, headers: Pairs, body: bytes, *, now: float = NOW, is_private: bool = True) -> Proof:
    """What a delivery proves itself with."""
    return Proof(headers=HeaderView(tuple(headers)), body=body, spec=spec, now=now, is_private=is_private)


def replaced(headers: Pairs, **values: str | None) -> Pairs:
    """`headers` with other values, or without those that are None; `_` stands for `-`."""
    names = {name.replace("_", "-"): value for name, value in values.items()}
    kept = [(name, value) for name, value in headers if name not in names]
    return [*kept, *((name, value) for name, value in names.items() if value is not None)]
