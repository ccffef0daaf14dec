"""Templates, filters and files of the page."""

import re
from pathlib import Path

import pytest

import aegis_web.page
from aegis_web.page.assets import index_names, load_assets
from aegis_web.page.render import (
    make_templates,
    show_age,
    show_clock,
    show_date,
    show_due,
    show_seconds,
    show_stamp,
    with_query,
)

_FOLDER = Path(aegis_web.page.__file__).parent
_JS_BYTES = 24_000
_LOG_BYTES = 12 * 1024


def test_everything_is_escaped() -> None:
    """W1.25: what a template is given is text, in content and in attributes, through filters and joins too."""
    templates = make_templates(assets={})
    hostile = "<script>'\"&"
    text = templates.from_string("{{ a }}<a title=\"{{ a }}\">{{ [a, a]|join(', ')|clean }}</a>").render(a=hostile)
    assert "<script>" not in text
    assert text.count("&lt;script&gt;&#39;&#34;&amp;") == 4


def test_control_characters_are_made_visible() -> None:
    """What would move a cursor or turn the direction of text is shown, not done."""
    templates = make_templates(assets={})
    assert "\x1b" not in templates.from_string("{{ a|clean }}").render(a="\x1b[2Jx")


def test_times_are_elements_in_utc() -> None:
    """Each form is a time element with the exact moment, in UTC whatever the zone of the host, which a script can turn
    into the reader's; behind an age stands the moment for who has no script."""
    time, now = "2026-11-21T08:00:31.204Z", 1795248031.0 + 125
    stamp = "Sat 2026-11-21 08:00:31 UTC"
    head = f'<time datetime="{time}" title="{stamp}" data-as='
    assert show_age(time, now) == f'{head}"age"><span class="rel">2m ago</span><noscript>{stamp}</noscript></time>'
    assert show_date(time) == f'{head}"date">{stamp}</time>'
    assert show_clock(time) == f'{head}"clock">08:00:31</time>'
    assert show_due(time, now) == f'{head}"due">08:00</time>'
    assert show_stamp(time) == stamp
    assert show_age(None, 0.0) == ""


@pytest.mark.parametrize(
    ("url", "name", "value", "result"),
    [
        ("/runs", "before", "7", "/runs?before=7"),
        ("/runs?before=9&by=a%26b", "before", "7", "/runs?by=a%26b&before=7"),
        ("/runs?before=9", "before", None, "/runs"),
        ("/runs?by=", "refresh", "10", "/runs?by=&refresh=10"),
    ],
)
def test_links_keep_the_rest_of_the_query(url: str, name: str, value: str | None, result: str) -> None:
    """A link to the next page has all filters of this one."""
    assert with_query(url, name, value) == result


@pytest.mark.parametrize(("value", "text"), [(None, ""), (0.1424, "142 ms"), (4.24, "4.2 s"), (725.0, "12:05")])
def test_durations_are_short(value: float | None, text: str) -> None:
    """Milliseconds, seconds, then a clock."""
    assert show_seconds(value) == text


def test_files_are_named_by_what_is_in_them() -> None:
    """Each file has a digest in its name, so that it can be kept for ever; every one that a template names is there."""
    assets = load_assets()
    names = index_names(assets)
    assert all(re.fullmatch(r"[a-z-]+\.[0-9a-f]{12}\.(css|js|svg)", name) for name in assets)
    used = [
        name
        for path in (_FOLDER / "templates").glob("*.html")
        for name in re.findall(r"asset\('([a-z.-]+)'\)", path.read_text())
    ]
    assert used
    assert set(used) <= set(names)


def test_scripts_are_small() -> None:
    """The scripts of all views together stay within their budget, that of logs within its own, and there is no script
    or style in the markup."""
    sizes = {name.split(".")[0]: len(asset.data) for name, asset in load_assets().items() if name.endswith(".js")}
    assert sizes.pop("log") <= _LOG_BYTES
    assert sum(sizes.values()) <= _JS_BYTES
    for path in (_FOLDER / "templates").glob("*.html"):
        assert not re.search(r"<style|style=|\son[a-z]+=|<script(?![^>]*\ssrc=)", path.read_text()), path.name


def test_templates_never_switch_escaping_off() -> None:
    """No template marks anything as safe."""
    for path in (_FOLDER / "templates").glob("*.html"):
        assert not re.search(r"\|\s*safe|autoescape", path.read_text()), path.name
