"""Secrets stay out of what is shown."""

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegisd.core.masking import COVER, Redactor, cover_line, mask_url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ci.example.org/hooks/aegis", "https://ci.example.org/hooks/aegis"),
        ("https://u:p@ci.example.org/x", "https://ci.example.org/x"),
        ("https://h/x?token=abc&b=c", "https://h/x?token=•••&b=•••"),
        (
            "https://hooks.slack.com/services/T0AB/B1CD/aBcD1234eFgH5678iJkL",
            "https://hooks.slack.com/services/T0AB/B1CD/•••",
        ),
        ("https://api.github.com/repos/dev1/my-application-server/statuses/{sha}",) * 2,
        ("https://h:8443/webhook/0192a5b0-1c2d-7e3f-8a4b-0123456789ab", "https://h:8443/webhook/•••"),
    ],
)
def test_addresses(url: str, shown: str) -> None:
    """W2.21: users, values of the query and what looks like a secret in the path are covered; words are not."""
    assert mask_url(url) == shown


@given(st.text(min_size=6), st.text(), st.text())
def test_secrets_in_texts(secret: str, before: str, after: str) -> None:
    """A secret is covered as it is, in base64 wherever it begins, in percent code and as hexadecimal digits."""
    raw = secret.encode("utf-8", "ignore")
    secret = raw.decode()
    if len(raw) < 6:
        return
    redactor = Redactor([secret])
    for form in (secret, raw.hex(), quote(secret, safe="")):
        assert form not in redactor.redact(f"{before} {form} {after}").replace(COVER, "")
    for shift in range(3):
        code = base64.b64encode(b"x" * shift + raw).decode().rstrip("=")
        assert COVER in redactor.redact(f"({code})")


def test_short_secrets_are_words() -> None:
    """Three letters would cover half of every text."""
    assert Redactor(["abc", ""]).redact("abcdef") == "abcdef"


@pytest.mark.parametrize(
    ("line", "covered"),
    [
        ('secret = "abc" # x', 'secret = "•••" # •'),
        ('  api_key="a b"', '  api_key="• •"'),
        ('env = { TOKEN = "abc" }', 'env = { TOKEN = "•••" }'),
        ('secret_file = ["/a", "b"]', 'secret_file = ["••", "•"]'),
        ('timeout = "10s"', 'timeout = "10s"'),
        ('url = "https://u:p@h/x"', 'url = "https://•••@h/x"'),
    ],
)
def test_lines_of_a_configuration(line: str, covered: str) -> None:
    """Sign by sign, so that the marker below stays under what it means."""
    assert cover_line(line) == covered
    assert len(covered) == len(line)
