"""GitLab: the signature of Standard Webhooks where a signing token is set, else the secret token itself in a header.

A signature that is there and wrong is not made good by a token. The token is readable by everybody on the way, so it
counts only where nobody could listen: over TLS, or from this machine.
https://docs.gitlab.com/user/project/integrations/webhooks/
"""

import hmac
from typing import Any

from aegisd.config.trigger_webhook import WebhookSpec
from aegisd.core.secret import PREFIX
from aegisd.triggers.facts import (
    Facts,
    dig,
    dig_text,
    first,
    is_zero,
    join_event,
    list_files,
    safe_ref,
    safe_sha,
    split_ref,
)
from aegisd.triggers.headers import HeaderView
from aegisd.triggers.providers import standard
from aegisd.triggers.providers.sender import Proof, Sender, id_key
from aegisd.triggers.signature import UnprovenError

_TOKEN = "X-Gitlab-Token"  # noqa: S105 - the name of a header


def _verify(proof: Proof) -> None:
    if proof.headers.get(standard.SIGNATURE) is not None:
        signing = tuple(secret for secret in proof.spec.secrets if secret.startswith(PREFIX))
        standard.check_standard(proof, signing)
        return
    given = proof.headers.get(_TOKEN)
    if given is None:
        message = f"there is neither {standard.SIGNATURE} nor {_TOKEN}"
        raise UnprovenError(message)
    sent, is_right = given.encode("latin-1", "replace"), False
    for secret in proof.spec.secrets:
        is_right |= hmac.compare_digest(secret.encode(), sent) and not secret.startswith(PREFIX)
    if not is_right:
        message = f"{_TOKEN} is another one"
        raise UnprovenError(message)
    if not proof.is_private:
        message = f"{_TOKEN} came over a connection that others can read: use TLS, or a signing token"
        raise UnprovenError(message)


def _keys(proof: Proof) -> tuple[str, ...]:
    names = (standard.ID, "Idempotency-Key", "X-Gitlab-Event-UUID")
    return id_key(first(proof.headers.get(name) for name in names)) or (proof.digest,)


def _facts(headers: HeaderView, payload: Any, _: WebhookSpec) -> Facts:
    kind = dig_text(payload, "object_kind")
    event = kind or (headers.get("X-Gitlab-Event") or "").lower().removesuffix(" hook").replace(" ", "_") or None
    ref, sha = dig_text(payload, "ref"), dig_text(payload, "after")
    branch, tag = split_ref(ref)
    if kind == "merge_request":
        number = dig(payload, "object_attributes", "iid")
        ref = f"refs/merge-requests/{number}/head" if isinstance(number, int) else None
        branch = dig_text(payload, "object_attributes", "target_branch")
        sha = dig_text(payload, "object_attributes", "last_commit", "id")
    return Facts(
        event=join_event(event, dig_text(payload, "object_attributes", "action")),
        ref=safe_ref(ref),
        branch=branch,
        tag=tag,
        sha=safe_sha(sha),
        files=_files(payload),
        repo=dig_text(payload, "project", "path_with_namespace"),
        sender=dig_text(payload, "user_username") or dig_text(payload, "user", "username"),
        is_deletion=is_zero(sha),
    )


def _files(payload: Any) -> frozenset[str] | None:
    """The files of a push; GitLab lists at most twenty commits."""
    commits, total = dig(payload, "commits"), dig(payload, "total_commits_count")
    if not isinstance(commits, list) or total != len(commits) or is_zero(dig_text(payload, "before")):
        return None
    return list_files(commits)


GITLAB = Sender(verify=_verify, keys=_keys, facts=_facts)
