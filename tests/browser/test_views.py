"""The views of the page in a real browser: readable by everybody, and nothing that comes in ever runs."""

from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.browser.kit import XSS, Browser, Site, check_axe, check_width, open_context

CONFIG = """
[workflows.quality]
description = "lint, types and tests"
[[workflows.quality.steps]]
name = "lint"
run = "true"
[[workflows.quality.steps]]
name = "tests"
run = "test ! -e {flag}"

[workflows.slow]
params = {{ what = "nothing" }}
env = {{ DEPLOY_KEY = "not for the page" }}
[[workflows.slow.steps]]
name = "wait"
run = "exec sleep 300"
env = {{ OTHER = "nor this" }}

[workflows.idle]
description = '''{xss}'''
[[workflows.idle.steps]]
name = "nothing"
run = '''echo "{xss}"'''

[executors.local]
type = "local"

[services.gone]
url = "http://127.0.0.1:1029"

[workflows.release]
[[workflows.release.steps]]
name = "ask"
type = "approval"
message = '''Release <b>{xss}</b>?'''
timeout = "1h"

[[webhooks]]
name = "closed"
url = "http://127.0.0.1:1029/x"
allow_loopback = true

[triggers.push]
type = "webhook"
provider = "github"
workflow = "quality"
secret = "a secret of twenty-four b"
"""
VIEWS = (
    "/",
    "/?wall=1",
    "/runs",
    "/runs/1",
    "/runs?result=failure&since=2h",
    "/events",
    "/events?seq=1",
    "/services",
    "/executors",
    "/triggers",
)
VIEWS += ("/workflows/quality", "/workflows/slow", "/about", "/login", "/nowhere", "/webhooks", "/webhooks/closed")
VIEWS += ("/webhooks/deliveries/1",)


@pytest.fixture(scope="module")
def site(make_site: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A host where one workflow fails, one runs, and one has never run."""
    flag = tmp_path_factory.mktemp("flag") / "bad"
    made = make_site(CONFIG.format(flag=flag, xss=XSS[0]))
    host = made.host
    for number in range(4):
        if number == 2:
            flag.touch()
        host.finish(host.run("quality"))
    for text in XSS:
        host.run("slow", what=text.replace("\0", ""))
    host.run("release")
    host.wait_until(lambda: "waits" in host.ctl("status").stdout or len(host.events(types=["approval.requested"])))
    return made


def test_axe_finds_nothing(browser: Browser, site: Site) -> None:
    """Every view passes axe in both themes."""
    with open_context(browser, bypass_csp=True) as context:
        page = context.new_page()
        for path in VIEWS:
            page.goto(site.url + path)
            check_axe(page)


def test_nothing_scrolls_sideways(browser: Browser, site: Site) -> None:
    """Every view fits a screen of 320 pixels, and one with text of twice the size."""
    with open_context(browser, viewport={"width": 320, "height": 640}) as context:
        page = context.new_page()
        for path in VIEWS:
            page.goto(site.url + path)
            check_width(page)


def test_without_javascript(browser: Browser, site: Site) -> None:
    """S59: without JavaScript everything is there, from the running daemon: verdict, runs, events, drawing, list."""
    with open_context(browser, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site.url)
        assert "1 workflow is failing" in page.inner_text("#verdict")
        assert "quality" in page.inner_text("#verdict")
        assert "failing since #3" in page.inner_text("#verdict")
        assert page.locator("#newest li").count() == 8
        assert "Snapshot of" in page.inner_text("body")
        assert page.locator("button:visible").count() == 0
        answer = page.goto(f"{site.url}/?refresh=10")
        assert answer is not None
        assert answer.headers["refresh"] == "10"


def test_the_drawing_is_the_running_configuration(browser: Browser, site: Site) -> None:
    """S33: the drawing names every trigger and workflow of this host and the way of an event, also as a list."""
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(site.url)
        drawn = page.text_content("#drawing svg") or ""
        for name in ("push", "quality", "slow", "idle", "timeline", "ring", "store", "webhook closed"):
            assert name in drawn
        page.click("#flow-list summary")
        assert "push (github" in page.inner_text("#flow-list")
        assert "→ timeline" in page.inner_text("#flow-list")
        assert page.locator("#drawing svg title").first.text_content()


def test_nothing_that_comes_in_runs(browser: Browser, site: Site) -> None:
    """W1.25: descriptions, commands, parameters, filters and paths are text, whatever is in them."""
    with open_context(browser) as context:
        page = context.new_page()
        for path in ("/", "/workflows/idle", "/runs", "/events", "/events?type=workflow.queued"):
            page.goto(site.url + path)
        for text in XSS:
            hostile = quote(text, safe="")
            for path in ("/runs?workflow=", "/runs?by=", "/events?type=", "/workflows/", "/login?next="):
                page.goto(site.url + path + hostile)
                assert page.locator("img, svg[onload]").count() == 0
        page.goto(f"{site.url}/workflows/idle")
        assert XSS[0] in page.inner_text("#head")


def test_values_of_variables_are_not_shown(browser: Browser, site: Site) -> None:
    """The definition of a workflow names its variables and covers their values; its lines can be linked to."""
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(f"{site.url}/workflows/slow#L1")
        shown = page.content()
        assert "DEPLOY_KEY" in shown
        assert "OTHER" in shown
        assert "not for the page" not in shown
        assert "nor this" not in shown
        assert "[workflows.slow]" in page.inner_text("#L1")


def test_filters_and_pages_are_in_the_url(browser: Browser, site: Site) -> None:
    """A filter that is chosen is in the URL, and the URL alone shows the same list again."""
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(f"{site.url}/runs")
        page.select_option("select[name=result]", "failure")
        page.fill("input[name=workflow]", "quality")
        page.click("form.filters button")
        assert "result=failure" in page.url
        assert page.locator("#rows tr").count() == 2
        page.goto(f"{site.url}/runs?result=failure&before=4")
        assert page.locator("#rows tr").count() == 1


def test_the_theme_is_kept(browser: Browser, site: Site) -> None:
    """The theme that was chosen holds on the next view, from its first paint on."""
    with open_context(browser, color_scheme="light") as context:
        page = context.new_page()
        page.goto(site.url)
        page.click("#theme")
        page.click("#theme")
        page.goto(f"{site.url}/runs")
        assert page.evaluate("() => document.documentElement.dataset.theme") == "dark"
        assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(17, 20, 24)"
        assert page.evaluate("() => document.documentElement.classList.contains('js')")


def test_the_title_and_the_icon_carry_the_state(browser: Browser, site: Site) -> None:
    """A tab tells that something fails without being looked at."""
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(site.url)
        assert page.title().startswith("✗ 1 workflow is failing")
        assert "icon-failure" in (page.get_attribute("#icon", "href") or "")


def test_a_first_visit_is_small(browser: Browser, site: Site) -> None:
    """A first visit takes at most eight requests and 40 kB."""
    with open_context(browser) as context:
        page = context.new_page()
        sizes: list[int] = []
        page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
        page.goto(site.url)
        page.wait_for_load_state("load")
        assert len(sizes) <= 8
        assert sum(sizes) <= 40_000
