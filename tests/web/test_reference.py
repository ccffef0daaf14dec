"""docs/reference/http.md against the code: paths, limits, headers, providers and codes."""

import re

import pytest

from aegis_web.app import SECURITY_HEADERS, make_app
from aegis_web.limits import Limits
from aegisd.config.codes_http import HTTP
from aegisd.config.trigger_webhook import Provider
from tests.documents import REFERENCE
from tests.web.test_app import FakeDaemon

PAGE = (REFERENCE / "http.md").read_text()
LIMITS = Limits()


def test_paths() -> None:
    """Each path of the app has a row, with its method; those of the API have a page of their own."""
    app = make_app(FakeDaemon(), limits=LIMITS)  # type: ignore[arg-type]
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api") or rule.rule == "/health":
            continue
        (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: part[1].upper(), rule.rule)
        assert f"| `{path}` | {method} |" in PAGE


@pytest.mark.parametrize(
    "words",
    [
        f"{LIMITS.header_bytes} bytes | 431",
        f"{LIMITS.target_bytes} bytes | 414",
        f"{LIMITS.body_bytes} bytes | 413",
        f"{LIMITS.header_s:g} s | 408",
        f"{LIMITS.body_s:g} s, and from then on {LIMITS.body_floor} bytes a second | 408",
        f"| idle connection | {LIMITS.idle_s:g} s |",
        f"| {LIMITS.send_s:g} s | closed |",
        f"default {LIMITS.connections} |",
        f"{LIMITS.grace_s:g} seconds to be answered",
        *(f"`{name}`" for name in SECURITY_HEADERS),
        *(f"| `{name}`" if name != Provider.FORGEJO else "`forgejo`" for name in Provider),
        *(f"`{code.code}`" for code in HTTP if code.code in {"AEG240", "AEG245", "AEG246", "AEG247"}),
    ],
)
def test_page_says(words: str) -> None:
    """Limits, headers, providers and codes are what the page says."""
    assert words in PAGE
