"""GitHub: an HMAC of the body in `X-Hub-Signature-256`. The older `X-Hub-Signature` (SHA-1) is not looked at.

The id of a delivery is not signed, so the body counts too: who has recorded a delivery cannot send it again under
another id. https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

from typing import Any

from aegisd.config.trigger_webhook import WebhookSpec
from aegisd.triggers.facts import Facts, dig, dig_text, is_zero, join_event, list_files, safe_ref, safe_sha, split_ref
from aegisd.triggers.headers import HeaderView
from aegisd.triggers.providers.sender import Proof, Sender, id_key
from aegisd.triggers.signature import UnprovenError, check_signed, read_hex

HEADER = "X-Hub-Signature-256"
_PREFIX = "sha256="
_MOST_COMMITS = 2048


def _verify(proof: Proof) -> None:
    given = proof.headers.get(HEADER)
    if given is None:
        message = f"there is no {HEADER}"
        if proof.headers.get("X-Hub-Signature") is not None:
            message += "; the SHA-1 of X-Hub-Signature does not count"
        raise UnprovenError(message)
    check_hub_signature(given, proof)


def check_hub_signature(given: str, proof: Proof) -> None:
    """Raises UnprovenError when `given` is not `sha256=` and the signature of the body."""
    if not given.startswith(_PREFIX):
        message = f"{HEADER} does not begin with {_PREFIX}"
        raise UnprovenError(message)
    check_signed(proof.body, read_hex(given.removeprefix(_PREFIX)), proof.spec.secrets)


def _keys(proof: Proof) -> tuple[str, ...]:
    return (*id_key(proof.headers.get("X-GitHub-Delivery")), proof.digest)


def _facts(headers: HeaderView, payload: Any, _: WebhookSpec) -> Facts:
    return read_hub_facts(headers.get("X-GitHub-Event"), payload)


def read_hub_facts(event: str | None, payload: Any) -> Facts:
    """The facts of a payload in the shape that GitHub gave and Gitea took over."""
    ref, branch, tag = dig_text(payload, "ref"), None, None
    sha = dig_text(payload, "after")
    request = dig(payload, "pull_request")
    if isinstance(request, dict):
        number = dig(payload, "number")
        ref = f"refs/pull/{number}/head" if isinstance(number, int) else None
        branch, sha = dig_text(request, "base", "ref"), dig_text(request, "head", "sha")
    elif name := dig_text(payload, "release", "tag_name"):
        ref = f"refs/tags/{name}"
    elif ref is not None and (kind := dig_text(payload, "ref_type")) in {"branch", "tag"}:
        ref = f"refs/{'heads' if kind == 'branch' else 'tags'}/{ref}"  # `create` and `delete` give the short name
    if not isinstance(request, dict):
        branch, tag = split_ref(ref)
    return Facts(
        event=join_event(event, dig_text(payload, "action")),
        ref=safe_ref(ref),
        branch=branch,
        tag=tag,
        sha=safe_sha(sha),
        files=_files(payload),
        repo=dig_text(payload, "repository", "full_name"),
        sender=dig_text(payload, "sender", "login") or dig_text(payload, "pusher", "name"),
        is_deletion=event == "delete" or is_zero(sha),
    )


def _files(payload: Any) -> frozenset[str] | None:
    """The files of a push that lists all of its commits; a new or forced branch does not."""
    commits, total = dig(payload, "commits"), dig(payload, "total_commits")
    if dig(payload, "created") is True or dig(payload, "forced") is True or not isinstance(commits, list):
        return None
    if len(commits) >= _MOST_COMMITS or (isinstance(total, int) and total != len(commits)):
        return None
    return list_files(commits)


GITHUB = Sender(verify=_verify, keys=_keys, facts=_facts)
