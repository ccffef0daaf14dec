"""What payloads say, which of them start a run, and what of them becomes a parameter."""

import json
from typing import Any

import pytest

from aegisd.triggers.bucket import Buckets
from aegisd.triggers.facts import Facts, safe_ref, safe_sha
from aegisd.triggers.filters import find_reason, matches
from aegisd.triggers.headers import HeaderView
from aegisd.triggers.payload import UnreadableError, parse_payload
from aegisd.triggers.pointer import UnfitValueError, find_value, read_params
from aegisd.triggers.providers import SENDERS
from tests.triggers import hooks
from tests.triggers.hooks import make_spec

JSON = "application/json"


def facts_of(provider: str, body: bytes, headers: list[tuple[str, str]] | None = None) -> Facts:
    """The facts of a delivery."""
    spec = make_spec(provider)
    given = getattr(hooks, provider)(body) if headers is None else headers
    return SENDERS[spec.provider].facts(HeaderView(tuple(given)), json.loads(body), spec)


@pytest.mark.parametrize(
    ("name", "branch", "sha", "repo", "sender", "files"),
    [
        ("github", "main", "0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c", "example/widget", "octavia", 2),
        ("gitlab", "main", "da1560886d4f094c3e6c9ef40349f7d38b5d27d7", "tools/widget", "olga", 4),
        ("gitea", "develop", "bffeb74224043ba2feb48d137756c8a9331c449a", "gardener/shed", "gardener", 1),
    ],
)
def test_pushes(name: str, branch: str, sha: str, repo: str, sender: str, files: int) -> None:
    """The recorded push of each sender says the same things."""
    facts = facts_of(name, hooks.payload(name))
    assert (facts.event, facts.branch, facts.tag, facts.sha) == ("push", branch, None, sha)
    assert (facts.ref, facts.repo, facts.sender) == (f"refs/heads/{branch}", repo, sender)
    assert facts.files is not None
    assert len(facts.files) == files
    assert facts.title == f"push to {branch} by {sender}"


def test_other_events() -> None:
    """Pull requests, releases, tags and deletions."""
    request = {
        "action": "opened",
        "number": 7,
        "pull_request": {"base": {"ref": "main"}, "head": {"ref": "fix", "sha": "a" * 40}},
    }
    found = facts_of("github", json.dumps(request).encode(), hooks.github(b"", event="pull_request"))
    assert (found.event, found.ref, found.branch, found.sha) == (
        "pull_request.opened",
        "refs/pull/7/head",
        "main",
        "a" * 40,
    )
    merge = {
        "object_kind": "merge_request",
        "object_attributes": {"action": "open", "iid": 3, "target_branch": "main", "last_commit": {"id": "b" * 40}},
    }
    found = facts_of("gitlab", json.dumps(merge).encode())
    assert (found.event, found.ref, found.branch) == ("merge_request.open", "refs/merge-requests/3/head", "main")
    release = b'{"action":"published","release":{"tag_name":"v1"}}'
    found = facts_of("github", release, hooks.github(b"", event="release"))
    assert (found.event, found.tag, found.ref) == ("release.published", "v1", "refs/tags/v1")
    gone = b'{"ref":"refs/heads/x","after":"%s"}' % (b"0" * 40)
    assert facts_of("github", gone).is_deletion
    assert facts_of("gitlab", gone).is_deletion
    created = facts_of("gitea", b'{"ref":"v2","ref_type":"tag"}', hooks.gitea(b"", event="create"))
    assert created.tag == "v2"


@pytest.mark.parametrize(
    "body", [b"null", b"[]", b'"x"', b'{"ref":1,"commits":{"a":[]},"pull_request":[]}', b'{"pull_request":{}}']
)
@pytest.mark.parametrize("provider", ["github", "gitlab", "gitea", "standard"])
def test_odd_payloads(provider: str, body: bytes) -> None:
    """What is shaped otherwise says nothing, and breaks nothing."""
    facts = facts_of(provider, body)
    assert (facts.ref, facts.sha, facts.branch, facts.files) == (None, None, None, None)


def test_only_safe_words_are_handed_on() -> None:
    """AEGIS_REF and AEGIS_SHA are what git would take, and nothing else."""
    for ref in ("refs/heads/main", "refs/heads/fix/äöü#1", "refs/pull/7/head", "refs/heads/$(reboot)"):
        assert safe_ref(ref) == ref
    for ref in (
        "main",
        "-x",
        "--upload-pack=x",
        "refs/heads/a b",
        "refs/heads/a\n",
        "refs/heads/a..b",
        "refs/" + "a" * 300,
    ):
        assert safe_ref(ref) is None
    assert safe_sha("a" * 40) == "a" * 40
    for sha in ("0" * 40, "A" * 40, "a" * 39, "a" * 65, "a" * 39 + "\n", "; reboot"):
        assert safe_sha(sha) is None


def test_patterns() -> None:
    """`*` stays within a folder, `**` does not, nothing else is special."""
    assert matches("release/1.0", ["release/*"])
    assert not matches("release/1/0", ["release/*"])
    assert matches("release/1/0", ["release/**"])
    assert matches("src/a.py", ["src/**/*.py"])
    assert matches("src/x/y/a.py", ["src/**/*.py"])
    assert not matches("src/x/a.pyc", ["src/**/*.py"])
    assert not matches("mainx", ["main", "main?x"])
    assert matches("a.b", ["a.b"])
    assert not matches("axb", ["a.b"])
    assert not matches("main", ["ma[i]n"])


PUSH = Facts(event="push", ref="refs/heads/main", branch="main", repo="a/b", files=frozenset({"src/x.py"}))
TAG = Facts(event="push", ref="refs/tags/v1", tag="v1")
FILTERED: list[tuple[dict[str, Any], Facts, str | None]] = [
    ({}, PUSH, None),
    ({}, TAG, None),
    ({"events": ["push"]}, PUSH, None),
    ({"events": ["release"]}, PUSH, "event push not in release"),
    ({"events": ["pull_request"]}, Facts(event="pull_request.opened"), None),
    ({"events": ["pull_request.opened"]}, Facts(event="pull_request.closed"), "event pull_request.closed not in"),
    ({"events": ["push"]}, Facts(), "event (none) not in push"),
    ({"branches": ["main"]}, PUSH, None),
    ({"branches": ["docs", "x"]}, PUSH, "branch main not in docs, x"),
    ({"branches": ["main"]}, TAG, "tag v1 not in (none)"),
    ({"branches": ["main"]}, Facts(event="push"), "branch (none) not in main"),
    ({"branches": ["main"], "tags": ["v*"]}, TAG, None),
    ({"tags": ["v*"]}, PUSH, "branch main not in (none)"),
    ({"tags": ["w*"]}, TAG, "tag v1 not in w*"),
    ({"paths": ["src/**"]}, PUSH, None),
    ({"paths": ["docs/**"]}, PUSH, "none of the 1 files is in docs/**"),
    ({"paths": ["docs/**"]}, TAG, None),
    ({"repos": ["a/*"]}, PUSH, None),
    ({"repos": ["c/*"]}, PUSH, "repository a/b not in c/*"),
    ({"repos": ["c/*"]}, TAG, "repository (none) not in c/*"),
    ({}, Facts(event="ping"), "ping: the webhook works"),
    ({}, Facts(event="push", branch="x", is_deletion=True), "x was deleted"),
]


@pytest.mark.parametrize(("keys", "facts", "reason"), FILTERED)
def test_filters(keys: dict[str, Any], facts: Facts, reason: str | None) -> None:
    """What starts no run is told why."""
    found = find_reason(make_spec("github", **keys), facts)
    assert found is None if reason is None else (found or "").startswith(reason)


def test_payloads() -> None:
    """JSON and forms with JSON in them."""
    assert parse_payload(JSON, b'{"a": [1, null]}').value == {"a": [1, None]}
    assert parse_payload("application/vnd.x+json; charset=UTF-8", b"{}").value == {}
    form = parse_payload("application/x-www-form-urlencoded", b"payload=%7B%22a%22%3A+%22%C3%A9%22%7D&x=1")
    assert (form.value, form.text) == ({"a": "é"}, '{"a": "é"}')
    assert parse_payload(JSON, b"[" * 64 + b"]" * 64).value


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        (None, b"{}", 415),
        ("text/plain", b"{}", 415),
        ("multipart/form-data; boundary=x", b"", 415),
        ("application/json; charset=utf-16", b"{}", 415),
        (JSON, b"", 400),
        (JSON, b"{", 400),
        (JSON, b"\xff", 400),
        (JSON, b'{"a": NaN}', 400),
        (JSON, b"[Infinity]", 400),
        (JSON, b'{"ref": 1, "ref": 2}', 400),
        (JSON, b'{"a": {"b": 1, "b": 1}}', 400),
        (JSON, b"[" * 65 + b"]" * 65, 400),
        (JSON, b"[" * 100_000, 400),
        (JSON, b'{"a":' * 5000 + b"1" + b"}" * 5000, 400),
        (JSON, b"1" * 5000, 400),
        ("application/x-www-form-urlencoded", b"a=1", 400),
        ("application/x-www-form-urlencoded", b"payload={}&payload={}", 400),
        ("application/x-www-form-urlencoded", b"payload=%ff", 400),
        ("application/x-www-form-urlencoded", b"\xff", 400),
        ("application/x-www-form-urlencoded", b"&".join(b"a=1" for _ in range(1000)), 400),
    ],
)
def test_bad_payloads(content_type: str | None, body: bytes, status: int) -> None:
    """What cannot be read, or would be read by others in another way, is refused."""
    with pytest.raises(UnreadableError) as caught:
        parse_payload(content_type, body)
    assert caught.value.status == status


def test_pointers() -> None:
    """Keys and JSON Pointers; what is not there is left out."""
    payload = {"ref": "x", "a/b": {"m~n": [10, {"z": True}]}, "n": None, "f": 1.5, "": 1}
    wanted = {"ref": "ref", "deep": "/a~1b/m~0n/1/z", "ten": "/a~1b/m~0n/0", "gone": "/a~1b/9", "null": "n", "f": "/f"}
    assert read_params(payload, wanted) == {"ref": "x", "deep": "true", "ten": "10", "f": "1.5"}
    assert read_params(payload, {"all": "/a~1b"}) == {"all": '{"m~n":[10,{"z":true}]}'}
    for pointer in ("/a~1b/m~0n/01", "/a~1b/m~0n/-1", "/a~1b/m~0n/99", "/ref/0", "/a~1b/m~0n/" + "9" * 400):
        assert find_value(payload, pointer) is None
    for bad in (float("inf"), "\ud800"):
        with pytest.raises(UnfitValueError):
            read_params({"a": bad}, {"a": "a"})


def test_buckets() -> None:
    """Five seconds' worth at once, then at the rate; one key does not feel another."""
    buckets = Buckets()
    assert [buckets.take("a", rate=2, now=0) for _ in range(11)] == [*[None] * 10, 1]
    assert buckets.take("b", rate=2, now=0) is None
    assert buckets.take("a", rate=2, now=0.5) is None
    assert buckets.take("a", rate=0.1, now=0.5) == 10
    for number in range(5000):
        buckets.take(f"x{number}", rate=1, now=1)
    assert buckets.take("a", rate=2, now=1) is None


def test_secrets_of_headers_are_masked() -> None:
    """What is kept of headers has no secrets in it."""
    view = HeaderView(
        (("x-gitlab-token", "s3cret"), ("authorization", "Bearer x"), ("x-api-key", "k"), ("idempotency-key", "7"))
    )
    assert view.shown() == {
        "x-gitlab-token": "(set, 6 bytes)",
        "authorization": "(set, 8 bytes)",
        "x-api-key": "(set, 1 bytes)",
        "idempotency-key": "7",
    }
