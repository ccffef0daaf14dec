"""`[telemetry]`: what loads, what is refused where, and that headers stay secret."""

import pytest

from aegisd.config.show import render_config
from tests.config.check import check, load_text, places, report


def test_what_loads() -> None:
    """Off by default; a URL loses the slash at its end, a variable is put in."""
    assert load_text("").telemetry.otlp is None
    text = (
        '[telemetry]\notlp = "https://otel.example.org:4318/x/"\nheaders = { Authorization = "Bearer ${TOKEN}" }\n'
        'interval = "5s"\n'
    )
    config = load_text(text)
    assert (config.telemetry.otlp, config.telemetry.interval) == ("https://otel.example.org:4318/x", 5.0)
    assert config.telemetry.headers == {"Authorization": "Bearer s3cret"}
    shown = render_config(config, origin=False)
    assert "[telemetry]" in shown
    assert "s3cret" not in shown


@pytest.mark.parametrize(
    "url",
    ["127.0.0.1:4318", "ftp://x", "http://", "http://u:p@x", "http://x?k=v", "http://x#f", "http://x:0", "http://a b"],
)
def test_what_is_no_url(url: str) -> None:
    """Refused at its place, with what to write instead."""
    assert places(f'[telemetry]\notlp = "{url}"\n') == ["2:8 AEG335"]
    assert "http://127.0.0.1:4318" in report(f'[telemetry]\notlp = "{url}"\n')


def test_a_key_that_is_misspelt() -> None:
    """With the nearest spelling."""
    _, problems = check('[telemetry]\notpl = "http://127.0.0.1:4318"\n')
    assert [problem.label for problem in problems] == ["did you mean `otlp`?"]
