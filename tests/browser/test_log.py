"""The output of a step in a real browser: followed from the first line, found, linked to, and never run."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.kit import XSS, Browser, Page, Site, check_axe, check_width, open_context, wait_live

CONFIG = """
[workflows.colours]
[[workflows.colours.steps]]
name = "tests"
run = "cat {folder}/colours; exit 1"
retries = 1
retry_delay = 0.01
[[workflows.colours.steps]]
name = "palette"
run = "head -50 {folder}/colours; tail -20 {folder}/colours; exit 1"
condition = "always"

[workflows.flood]
[[workflows.flood.steps]]
name = "flood"
run = "echo first; until test -e {folder}/go; do sleep 0.02; done; seq -f 'line %.0f of a flood' 40000"

[workflows.slow]
[[workflows.slow.steps]]
name = "ask"
type = "approval"
message = "go on?"
[[workflows.slow.steps]]
name = "count"
run = "printf 'half a'; until test -e {folder}/half; do sleep 0.02; done; echo ' line'; cat {folder}/many; sleep 300"
"""
_LAST_LINE = """(text) => {
  const all = document.querySelectorAll(".ln .t");
  return all.length && all[all.length - 1].textContent.trim() === text;
}"""
_COPY = """() => {
  getSelection().setBaseAndExtent(document.getElementById("L1"), 0, document.getElementById("L4"), 0);
  return getSelection().toString();
}"""
LINES_MS = 30_000
HOSTILE = (
    *XSS,
    "\x1b]8;;javascript:alert(1)\x1b\\link\x1b]8;;\x1b\\",
    '\x1b]8;;https://a.example/"onmouseover="alert(1)\x1b\\quote\x1b]8;;\x1b\\',
    '::error file=<img src=x onerror=alert(1)>,line=1"><script>alert(1)</script>::<svg onload=alert(1)>',
    "::group::<img src=x onerror=alert(1)>",
    "::endgroup::",
    '\x1b[31;"onload=alert(1)mred',
    "</pre></span></div><script>alert(1)</script>",
)


def write_colours(path: Path) -> None:
    """What tools write: a group, all colours on all backgrounds, annotations, progress, a thousand lines, strings that
    attack, and a failure."""
    lines = ["::group::Install", *(f"package {number}" for number in range(20)), "10%\r50%\r100%", "::endgroup::"]
    lines += ["".join(f"\x1b[3{front};4{back}m{front}{back}\x1b[0m" for front in range(8)) for back in range(8)]
    lines += ["".join(f"\x1b[7;3{front}m{front}\x1b[0;2;3{front}m{front}\x1b[0m" for front in range(8))]
    lines += [f"tests/test_{number}.py \x1b[32mPASSED\x1b[0m" for number in range(1000)]
    lines += ["tests/test_ring.py \x1b[31mFAILED\x1b[0m", "E   assert 1 == 2", *HOSTILE]
    lines += [
        "::error file=tests/test_ring.py,line=209::assert 1 == 2",
        "see \x1b]8;;https://a.example/x\x1b\\this\x1b]8;;\x07",
    ]
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What steps read and wait for."""
    made = tmp_path_factory.mktemp("log")
    write_colours(made / "colours")
    (made / "many").write_text("".join(f"more {number}\n" for number in range(300)))
    return made


@pytest.fixture(scope="module")
def site(make_site: Callable[..., Site], folder: Path) -> Site:
    """A host where run 1 has failed twice and left output of every kind."""
    made = make_site(CONFIG.format(folder=folder))
    made.host.finish(made.host.run("colours"))
    return made


def wait_for_line(page: Page, text: str) -> None:
    """Until the last line is `text`."""
    page.wait_for_function(_LAST_LINE, arg=text, timeout=LINES_MS)


def is_seen(page: Page, selector: str) -> bool:
    """Whether an element is inside the window, below what sticks to its top."""
    return bool(
        page.evaluate(
            "(selector) => { const box = document.querySelector(selector).getBoundingClientRect();"
            " const tools = document.querySelector('.tools').getBoundingClientRect();"
            " return box.top >= tools.bottom - 1 && box.bottom <= innerHeight + 1; }",
            selector,
        )
    )


def test_axe_finds_nothing(browser: Browser, site: Site) -> None:
    """Every state of the view passes axe in both themes, with each colour on each background."""
    with open_context(browser, bypass_csp=True) as context:
        page = context.new_page()
        for path in ("palette?line=1", "palette?times=clock&q=passed", "palette?q=(&re=1"):
            page.goto(f"{site.url}/runs/1/steps/{path}")
            check_axe(page)


def test_nothing_scrolls_sideways(browser: Browser, site: Site) -> None:
    """At 320 pixels, also with long lines and results of a search."""
    with open_context(browser, viewport={"width": 320, "height": 640}) as context:
        page = context.new_page()
        for query in ("", "?q=passed", "?times=since&line=20"):
            page.goto(f"{site.url}/runs/1/steps/tests{query}")
            check_width(page)


def test_nothing_that_a_step_writes_runs(browser: Browser, site: Site) -> None:
    """W1.25: markup, links to scripts, hostile annotations and titles of groups are text."""
    with open_context(browser) as context:
        page = context.new_page()
        for query in ("?line=1050", "?line=1050&q=alert", "?q=%3Csvg%20onload", "?attempt=1"):
            page.goto(f"{site.url}/runs/1/steps/tests{query}")
            assert page.locator("main img, main svg[onload], main script, [onmouseover], [onload]").count() == 0
            links = page.eval_on_selector_all("#log .t a", "(all) => all.map((each) => each.href)")
            assert {link for link in links if not link.startswith("https://a.example/")} == set()
        assert "<script>alert(1)</script>" in page.inner_text("#log")
        assert "<svg onload=alert(1)>" in page.inner_text("#facts")


def test_without_javascript(browser: Browser, site: Site) -> None:
    """The end of the log, its beginning by links, a search with its hits, the first failure: all without a script."""
    with open_context(browser, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site.url}/runs/1/steps/tests")
        assert page.locator(".ln").count() >= 500
        assert page.locator("button:visible").count() == 2
        page.click("#earlier a")
        assert page.locator("#L1").count() == 1
        page.fill("#q", "failed")
        page.press("#q", "Enter")
        assert "1 line matches" in page.inner_text(".found")
        assert page.inner_text("mark") == "FAILED"
        page.click(".hits a")
        assert is_seen(page, ".ln:target")
        page.goto(f"{site.url}/runs/1/steps/tests")
        page.click("text=First failure")
        assert "E   assert 1 == 2" in page.inner_text(".ln:target")
        page.click("text=attempt 1")
        assert "Output of attempt 1" in page.inner_text("#output-h")


def test_search_counts_all(browser: Browser, site: Site) -> None:
    """All that matches is counted, and one hit leads to the next; an expression that is none is said to be."""
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(f"{site.url}/runs/1/steps/tests?q=passed")
        assert "1,000 lines match, this is number 1" in page.inner_text(".found")
        page.click("text=next →")
        assert "this is number 2" in page.inner_text(".found")
        assert is_seen(page, ".ln.on")
        page.goto(f"{site.url}/runs/1/steps/tests?q=test_9[0-9]%2B%5C.py&re=1")
        assert "110 lines match" in page.inner_text(".found")
        page.goto(f"{site.url}/runs/1/steps/tests?q=(&re=1")
        assert "missing )" in page.inner_text(".found")


def test_ranges_groups_and_times(browser: Browser, site: Site) -> None:
    """A link to lines marks them and scrolls there, wherever the log was; groups fold; times are beside the lines."""
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(f"{site.url}/runs/1/steps/tests#L40-L42")
        page.wait_for_selector("#L40.on")
        assert page.locator(".ln.on").count() == 3
        assert is_seen(page, "#L40")
        page.click("#L41 .n")
        page.click("#L45 .n", modifiers=["Shift"])
        assert page.url.endswith("#L41-L45")
        assert page.locator(".ln.on").count() == 5
        assert page.evaluate(_COPY).split("\n") == ["Install", "package 0", "package 1", ""]
        page.click("#L1 .fold")
        assert page.locator("#L5:visible, #L21:visible").count() == 0
        assert page.locator("#L24:visible").count() == 1
        page.click("[data-times=clock]")
        shown = page.evaluate("() => getComputedStyle(document.querySelector('#L30'), '::before').content")
        assert shown.count(":") == 2
        assert "times=clock" in page.url


def test_a_flood_is_followed(browser: Browser, site: Site, folder: Path) -> None:
    """The end of 40,000 lines that come at once is there soon (on an idle machine: within a second); the page holds at
    most 5,100 of them, and the others are one link away."""
    run = site.host.run("flood")
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(f"{site.url}/runs/{run}/steps/flood")
        wait_live(page)
        wait_for_line(page, "first")
        assert page.inner_text("#follow") == "Following"
        (folder / "go").touch()
        wait_for_line(page, "line 40000 of a flood")
        assert page.locator(".ln").count() <= 5100
        page.wait_for_function("() => document.getElementById('follow').hidden")
        page.locator("#head", has_text="exit 0").wait_for()  # which pushes the output down
        page.wait_for_function("() => document.querySelector('#L40000').getBoundingClientRect().bottom <= innerHeight")
        assert "earlier lines" in page.inner_text("#earlier")
        before = page.locator(".ln").first.get_attribute("id")
        page.click("#earlier a")
        page.wait_for_function("(id) => document.querySelector('.ln').id !== id", arg=before)
        assert page.locator(".ln").count() <= 5100


def test_following_ends_where_the_reader_scrolls_up(browser: Browser, site: Site, folder: Path) -> None:
    """Output of a step that has not begun appears by itself, from its first half line on; whoever scrolls up is left
    alone and told how much is new."""
    run = site.host.run("slow")
    with open_context(browser, viewport={"width": 1000, "height": 500}) as context:
        page = context.new_page()
        page.goto(f"{site.url}/runs/{run}/steps/count")
        assert "It has not begun" in page.inner_text("#silent")
        site.host.wait_until(lambda: site.host.call("ListApprovals")["approvals"])
        site.host.ctl("approve", str(run))
        wait_for_line(page, "half a")
        page.mouse.move(400, 300)
        page.mouse.wheel(0, -400)
        page.wait_for_function("() => document.getElementById('follow').textContent.startsWith('Follow ')")
        (folder / "half").touch()
        page.wait_for_function(
            "() => document.getElementById('follow').textContent.includes('(301 new)')", timeout=LINES_MS
        )
        assert page.locator(".ln").count() == 1
        page.click("#follow")
        wait_for_line(page, "more 299")
        assert page.inner_text("#L1 .t").strip() == "half a line"
        assert is_seen(page, "#L301")
        assert "aegisctl cancel" in page.inner_text("#do")
