"""Triggers of type `webhook` and `[web]`: secrets that protect, keys of the right provider, addresses that are ones."""

import base64
import os
from pathlib import Path
from typing import Any

import pytest

from aegisd.config.show import describe_changes, render_config
from aegisd.config.trigger_webhook import WebhookSpec
from tests.config.check import check, load_text, places

HEAD = '[[workflows.ci.steps]]\nrun = "make"\n[triggers.push]\ntype = "webhook"\nworkflow = "ci"\n'
GOOD = HEAD + 'provider = "github"\nsecret = "${TOKEN}"\n'
ENVIRONMENT = {"TOKEN": "a secret of the test", "NEXT": "another secret", "SHORT": "short"}
WHSEC = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()


def codes(text: str) -> list[str]:
    """The codes of what is wrong with `text`."""
    return [each.code for each in check(text, ENVIRONMENT)[1]]


def spec_of(text: str) -> WebhookSpec:
    """The keys of the trigger `push`."""
    config, problems = check(text, ENVIRONMENT)
    assert config is not None, problems
    spec: Any = config.triggers["push"].spec
    assert isinstance(spec, WebhookSpec)
    return spec


def test_secrets() -> None:
    """From the environment, one or several; they appear in no repr and are shown as they were written."""
    assert spec_of(GOOD).secrets == ("a secret of the test",)
    two = HEAD + 'provider = "github"\nsecret = ["${TOKEN}", "${NEXT}"]\n'
    assert spec_of(two).secrets == ("a secret of the test", "another secret")
    config, problems = check(two, ENVIRONMENT)
    assert problems == ()
    assert config is not None
    assert "secret of the test" not in repr(config)
    shown = render_config(config, origin=False)
    assert 'secret = ["${TOKEN}", "${NEXT}"]' in shown
    assert "another secret" not in shown


@pytest.mark.parametrize("written", ['"plain words"', '["plain words", "${NEXT}"]'])
def test_secrets_in_the_file(written: str) -> None:
    """A secret that stands in the file is pointed out, and never shown."""
    text = HEAD + f'provider = "github"\nsecret = {written}\n'
    assert codes(text) == ["AEG244"]
    config, _ = check(text, ENVIRONMENT)
    assert config is not None
    assert "plain words" not in render_config(config, origin=True) + repr(config)
    assert "(set, 11 bytes)" in render_config(config, origin=True)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ('provider = "github"\n', ["AEG242"]),
        ('provider = "github"\nsecret = []\n', ["AEG015"]),
        ('provider = "github"\nsecret = "${SHORT}"\n', ["AEG242"]),
        ('provider = "standard"\nsecret = "${TOKEN}"\n', ["AEG242"]),
        (f'provider = "standard"\nsecret = "{WHSEC}"\n', ["AEG244"]),
        (f'provider = "gitlab"\nsecret = "{WHSEC}!"\n', ["AEG242", "AEG244"]),
        ('provider = "githbu"\nsecret = "${TOKEN}"\n', ["AEG016"]),
        ('secret = "${TOKEN}"\n', ["AEG013"]),
        ('provider = "github"\nsecret = 1\n', ["AEG014"]),
        ('provider = "github"\nsecret = "${TOKEN}"\nmax_body = "26MiB"\n', ["AEG015"]),
        ('provider = "github"\nsecret = "${TOKEN}"\nheader = "X-Sig"\n', ["AEG248"]),
        ('provider = "generic"\nsecret = "${TOKEN}"\n', ["AEG248"]),
        ('provider = "generic"\nsecret = "${TOKEN}"\nheader = "X Sig"\n', ["AEG248"]),
        ('provider = "generic"\nsecret = "${TOKEN}"\nheader = "X-Sig"\nid_header = ""\n', ["AEG248"]),
        ('provider = "generic"\nsecret = "${TOKEN}"\nheader = "X-Sig"\nencoding = "sha256=hex"\n', []),
        ('provider = "github"\nsecret = "${TOKEN}"\nevnets = ["push"]\n', ["AEG012"]),
    ],
)
def test_keys(keys: str, expected: list[str]) -> None:
    """What protects nothing, or has no meaning, is refused."""
    assert sorted(codes(HEAD + keys)) == expected


@pytest.mark.parametrize(
    ("pointer", "is_one"), [("after", True), ("/a~1b/0", True), ("/", True), ("", False), ("/a~2", False)]
)
def test_pointers(pointer: str, is_one: bool) -> None:  # noqa: FBT001 - a table
    """A parameter comes from a key or a JSON Pointer."""
    text = GOOD.replace("[[workflows.ci.steps]]", '[workflows.ci]\nparams = { sha = "x" }\n[[workflows.ci.steps]]')
    assert codes(f'{text}params = {{ sha = "{pointer}" }}\n') == ([] if is_one else ["AEG248"])


def test_secret_files(tmp_path: Path) -> None:
    """One secret on each line; the file is nobody else's to read, is there, and has something in it."""
    file = tmp_path / "secret"
    text = HEAD + f'provider = "github"\nsecret_file = "{file}"\n'
    assert codes(text) == ["AEG243"]
    file.write_text("a secret of the test\n\nanother secret\n")
    file.chmod(0o640)
    assert codes(text) == ["AEG243"]
    file.chmod(0o600)
    assert codes(text) == []
    assert spec_of(text).secrets == ("a secret of the test", "another secret")
    if os.getuid() == 0:
        os.chown(file, 4321, -1)
        assert codes(text) == ["AEG243"], "it is another user's"
        os.chown(file, 0, -1)
    file.write_text("\n")
    assert codes(text) == ["AEG243"]
    file.write_bytes(b"\xff")
    assert codes(text) == ["AEG243"]
    file.write_text("short\n")
    assert codes(text) == ["AEG242"]
    assert codes(text.replace(str(file), str(tmp_path))) == ["AEG243"]


def test_a_reload_says_what_changed() -> None:
    """A new secret and a new address are changes; the address waits for the next start."""
    old, _ = check(GOOD, ENVIRONMENT)
    new, _ = check("[web]\nbind = []\nallowed_hosts = ['a']\n" + GOOD, {**ENVIRONMENT, "TOKEN": "quite another one"})
    assert old is not None
    assert new is not None
    changes = describe_changes(old, new)
    assert 'web.bind: ["127.0.0.1:8640"] -> [] (takes effect when aegisd is started again)' in changes
    assert 'web.allowed_hosts: [] -> ["a"]' in changes
    assert "triggers: 1 changed (push)" in changes


@pytest.mark.parametrize(
    "key",
    [
        'bind = ["127.0.0.1"]',
        'bind = ["127.0.0.1:99999"]',
        'bind = ["127.0.0.1:"]',
        'bind = ["ci.example.org:80"]',
        'bind = ["::1:80"]',
        'bind = ["[::1:80"]',
        'bind = ["unix:web.sock"]',
        'allowed_hosts = ["a:80"]',
        'allowed_hosts = [""]',
        'allowed_hosts = ["http://a"]',
        'url = "ci.example.org"',
        'url = "https://"',
        'url = "https://a/?x"',
        'url = "https://[a"',
    ],
)
def test_bad_addresses(key: str) -> None:
    """What is no address, name or URL is refused at its place."""
    (found,) = places(f"[web]\n{key}\n")
    assert found.startswith("2:")
    assert found.endswith(" AEG241")


def test_good_addresses() -> None:
    """All spellings of addresses."""
    text = '[web]\nbind = ["127.0.0.1:0", "localhost:80", ":80", "[::1]:80", "unix:/run/x"]\nurl = "https://a:1/b"\n'
    assert len(load_text(text).web.bind) == 5
    assert load_text("").web.bind == ("127.0.0.1:8640",)
