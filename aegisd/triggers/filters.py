"""Which proven deliveries start a run. Pure; the answer is a reason that the sender is told."""

import re
from collections.abc import Collection
from functools import cache

from aegisd.config.trigger_webhook import WebhookSpec
from aegisd.triggers.facts import Facts, clean


def find_reason(spec: WebhookSpec, facts: Facts) -> str | None:
    """Why a delivery starts no run, or None when it does."""
    checks = (_check_event, _check_repo, _check_deletion, _check_ref, _check_paths)
    return next((clean(reason) for check in checks if (reason := check(spec, facts))), None)


def matches(text: str, patterns: Collection[str]) -> bool:
    """Whether one of `patterns` fits: `*` is anything but `/`, `**` anything, `?` one character but `/`."""
    return any(_compile(pattern).fullmatch(text) for pattern in patterns)


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/?|\*|\?)", pattern)
    special = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(special.get(part) or re.escape(part) for part in parts), re.DOTALL)


def _check_event(spec: WebhookSpec, facts: Facts) -> str | None:
    if facts.event == "ping":
        return "ping: the webhook works"
    names = {facts.event, (facts.event or "").partition(".")[0]}
    if not spec.events or names & set(spec.events):
        return None
    return f"event {facts.event or '(none)'} not in {', '.join(spec.events)}"


def _check_repo(spec: WebhookSpec, facts: Facts) -> str | None:
    if not spec.repos or (facts.repo is not None and matches(facts.repo, spec.repos)):
        return None
    return f"repository {facts.repo or '(none)'} not in {', '.join(spec.repos)}"


def _check_deletion(_: WebhookSpec, facts: Facts) -> str | None:
    return f"{facts.branch or facts.tag or facts.ref} was deleted" if facts.is_deletion else None


def _check_ref(spec: WebhookSpec, facts: Facts) -> str | None:
    if not spec.branches and not spec.tags:
        return None
    kind, name, patterns = "branch", facts.branch, spec.branches
    if facts.tag is not None:
        kind, name, patterns = "tag", facts.tag, spec.tags
    if name is not None and matches(name, patterns):
        return None
    return f"{kind} {name or '(none)'} not in {', '.join(patterns) or '(none)'}"


def _check_paths(spec: WebhookSpec, facts: Facts) -> str | None:
    if not spec.paths or facts.files is None or any(matches(name, spec.paths) for name in facts.files):
        return None
    return f"none of the {len(facts.files)} files is in {', '.join(spec.paths)}"
