"""The page of a run in a real browser: waterfall, time travel, graph, comparison; readable by everybody, and nothing
that a run says ever runs."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.kit import XSS, Browser, Page, Site, check_axe, check_width, open_context, wait_live
from tests.browser.run_config import CONFIG, REPORT, WIDE


@pytest.fixture(scope="module")
def site(make_site: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A host with two runs of `quality`, which fail, and one of `wide`."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "lines").write_text("\n".join(XSS) + "\n")
    (folder / "report.xml").write_text(REPORT)
    (folder / "key").write_text("<img src=x onerror=alert(1)>")
    made = make_site(CONFIG.format(ctl=f"{sys.executable} -m aegisctl", folder=folder, wide=WIDE))
    made.folder = folder  # type: ignore[attr-defined]
    for text in (XSS[0], XSS[1]):
        made.host.finish(made.host.run("quality", what=text))
    made.host.finish(made.host.run("wide"))
    return made


def find_event(site: Site, run: int, kind: str, step: str | None = None) -> dict[str, Any]:
    """The first event of a run of that type, about that step."""
    return next(event for event in site.host.events(run=run) if event["type"] == kind and event.get("step") == step)


def find_state(page: Page, step: str) -> str:
    """What the waterfall says of a step."""
    row = page.locator("#steps tbody tr").filter(has=page.get_by_role("link", name=step, exact=True))
    return row.locator("td[data-label=Result]").inner_text()


def test_the_whole_story_of_a_run(browser: Browser, site: Site) -> None:
    """Verdict, why, bars, the last lines, tests, artifacts, deliveries, models and use: all without JavaScript."""
    with open_context(browser, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site.url}/runs/1")
        assert "failed in" in page.inner_text("#head")
        assert "exit 3" in page.inner_text("#why")
        assert "exit 3 · 2 attempts" in find_state(page, "tests")
        assert "skipped" in find_state(page, "package")
        assert page.locator("#steps tr:has-text('tests') rect.b-attempt").count() == 2
        assert page.locator("#steps tr:has-text('tests') rect[fill='url(#again)']").count() == 1
        assert re.search(r"lint → types → tests → clean = ", page.inner_text("#steps"))
        assert "javascript:alert(1)" in page.inner_text("#logs")
        assert "1 failed, 1 passed" in page.inner_text("#tests")
        assert "report.xml" in page.inner_text("#artifacts")
        assert "closed" in page.inner_text("#deliveries")
        assert "1 call, 990 tokens (900 in, 90 out), $0.2500" in page.inner_text("#tokens")
        assert page.locator("#tokens polyline").count() == 1
        assert "clean" in page.inner_text("#uses")
        assert "aegisctl retry 1 --failed" in page.inner_text("#head")


def test_nothing_that_a_run_says_runs(browser: Browser, site: Site) -> None:
    """W1.25: parameters, output, names of tests, of artifacts and of models are text on every view of a run."""
    with open_context(browser) as context:
        page = context.new_page()
        for path in ("/runs/1", "/runs/1?event=9", "/runs/1/graph", "/compare?a=1&b=2", "/workflows/quality"):
            page.goto(site.url + path)
            assert page.locator("main img, main script, svg[onload]").count() == 0, path
        page.goto(f"{site.url}/runs/1")
        for part in ("#head", "#logs", "#tests", "#artifacts", "#tokens"):
            assert "<img src=x onerror=alert(1)>" in page.inner_text(part), part
        for hostile in ("/compare?a=%3Cimg%20src=x%20onerror=alert(1)%3E&b=1", "/runs/1?flip=%22%3E%3Cimg%3E&event=x"):
            page.goto(site.url + hostile)
            assert page.locator("main img").count() == 0


def test_a_run_is_watched(browser: Browser, site: Site) -> None:
    """S32: while a run goes on its rows follow without a reload, and parts that were not there appear."""
    run = site.host.run("gated")
    site.host.wait_until(lambda: site.host.step(run, "first")["state"] == "executing")
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(f"{site.url}/runs/{run}")
        wait_live(page)
        page.evaluate("() => { window.mark = 1; }")
        assert "running" in find_state(page, "first")
        assert "queued" in find_state(page, "second")
        assert "second waits for first, which is executing" in page.inner_text("#waits")
        assert page.inner_text("#logs") == ""
        Path(site.folder, "go").touch()  # type: ignore[attr-defined]
        page.wait_for_function("() => document.getElementById('logs').innerText.includes('the last line')")
        page.wait_for_function("() => document.getElementById('why').innerText.includes('second is executing')")
        assert "failed" in find_state(page, "first")
        assert "running" in find_state(page, "second")
        assert page.locator("#steps line.edge").count() == 1
        assert page.evaluate("() => window.mark") == 1
        assert page.get_attribute("#event", "max") == page.input_value("#event")
    site.host.call("CancelRun", run=run)
    site.host.finish(run)


def test_going_through_time(browser: Browser, site: Site) -> None:
    """S33: `?at=SEQ` shows the run as it was: which steps ran, what waited and why. The slider goes there, too, and
    bars keep their places."""
    seq = find_event(site, 1, "step.started", "tests")["seq"]
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(f"{site.url}/runs/1")
        bar = page.locator("#steps tr:has-text('lint') rect.b-attempt")
        place = (bar.get_attribute("x"), bar.get_attribute("width"))
        page.goto(f"{site.url}/runs/1?at={seq}")
        page.evaluate("() => { window.mark = 1; }")
        assert (bar.get_attribute("x"), bar.get_attribute("width")) == place
        assert "as it was after event" in page.inner_text("#past")
        assert [find_state(page, step).split()[-1] for step in ("types", "tests", "package")] == [
            "passed",
            "running",
            "queued",
        ]
        assert "Executing: tests" in page.inner_text("#waits")
        assert "package waits for tests, which is executing" in page.inner_text("#waits")
        assert page.locator("#logs section, #artifacts section, #deliveries section").count() == 0
        page.click("#earlier")
        page.wait_for_function("() => document.getElementById('waits').innerText.includes('No step was executing')")
        assert f"at={seq}" not in page.url
        page.evaluate(
            "() => { const s = document.getElementById('event'); s.value = 1;"
            " s.dispatchEvent(new Event('input', {bubbles: true})); }"
        )
        page.wait_for_function("() => document.getElementById('waits').innerText.includes('in the queue')")
        assert "event=1" in page.url
        assert page.evaluate("() => window.mark") == 1
        page.goto(f"{site.url}/runs/2?at=1")
        assert "was not there yet at event 1" in page.inner_text("main")


def test_time_travel_without_javascript(browser: Browser, site: Site) -> None:
    """The slider is a form, and the neighbours are links."""
    with open_context(browser, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site.url}/runs/1?event=1")
        assert "The run was in the queue" in page.inner_text("#waits")
        page.click("#later")
        assert "after event 2 of" in page.inner_text("#past")
        page.click("#travel button")
        assert "event=2" in page.url


def test_groups_are_folded(browser: Browser, site: Site) -> None:
    """Twenty-five steps together are one row; Enter unfolds them where they are, and the URL says so."""
    run = next(run["id"] for run in site.host.call("ListRuns", workflow="wide")["runs"])
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(f"{site.url}/runs/{run}")
        assert page.locator("#steps tbody tr").count() == 1
        assert "25 passed" in page.inner_text("#steps")
        page.focus("#g1")
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.querySelectorAll('#steps tbody tr').length === 26")
        assert page.get_attribute("#g1", "aria-expanded") == "true"
        assert page.evaluate("() => document.activeElement.id") == "g1"
        assert "flip=1" in page.url
        page.reload()
        assert page.locator("#steps tbody tr").count() == 26


def test_the_graph_is_walked_with_the_keyboard(browser: Browser, site: Site) -> None:
    """Each box is a link with a name, in the order of the definition; on the page of a workflow it leads to its row."""
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(f"{site.url}/runs/1/graph")
        page.focus("#graph-h a")
        names = []
        for _ in range(5):
            page.keyboard.press("Tab")
            names.append(page.evaluate("() => document.activeElement.getAttribute('aria-label')"))
        assert [re.sub(r", [\d.]+ s$", "", name) for name in names] == [
            "lint, passed",
            "types, passed",
            "tests, failed",
            "package, skipped",
            "clean, passed",
        ]
        assert "tests" in page.inner_text("#table tr:has-text('package') td[data-label='Waits for']")
        page.goto(f"{site.url}/workflows/quality")
        page.focus(".graph a >> nth=2")
        page.keyboard.press("Enter")
        assert page.url.endswith("#step-tests")


def test_two_runs_are_compared(browser: Browser, site: Site) -> None:
    """From the page of a run to what is different from the one before: parameters, and nothing that is the same."""
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(f"{site.url}/runs/2")
        page.click("text=what is different")
        shown = page.inner_text("main")
        assert XSS[0] in shown
        assert XSS[1] in shown
        assert "Parameters" in shown
        assert "Definition" not in shown
        assert "Artifacts" not in shown
        page.fill("input[name=a]", "quality")
        page.fill("input[name=b]", "wide")
        page.click("main button")
        shown = page.inner_text("main")
        assert "Definition" in shown
        assert "step tests" in shown
        assert "report.xml" in shown
        page.goto(f"{site.url}/compare")
        assert page.locator("input[required]").count() == 2


def test_everybody_can_read_it(browser: Browser, site: Site) -> None:
    """axe finds nothing on any view of a run in either theme, and nothing scrolls sideways on a small screen."""
    run = next(run["id"] for run in site.host.call("ListRuns", workflow="wide")["runs"])
    paths = ["/runs/1", "/runs/1?event=9", "/runs/1/graph", f"/compare?a=1&b={run}"]
    with open_context(browser, bypass_csp=True) as context:
        page = context.new_page()
        for path in paths:
            page.goto(site.url + path)
            check_axe(page)
    with open_context(browser, viewport={"width": 320, "height": 640}) as context:
        page = context.new_page()
        for path in [*paths, f"/runs/{run}?flip=1", "/compare", "/workflows/quality"]:
            page.goto(site.url + path)
            check_width(page)


def test_who_has_signed_in_tries_what_failed_again(browser: Browser, site: Site) -> None:
    """The button starts a run of what did not pass, and leads to it."""
    token = re.search(r"aegis_[A-Za-z0-9_-]+", site.host.ctl("token", "new", "me", "--scope", "run").stdout)
    assert token is not None
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(f"{site.url}/login?next=/runs/1")
        page.fill("#token", token[0])
        page.click("main button[type=submit]")
        page.click("text=Only what did not pass")
        made = site.host.finish(int(page.url.rpartition("/")[2]))
        assert made["retry_of"] == 1
        assert made["steps"]["skip"] == 3
        page.goto(f"{site.url}/runs/1?event=5")
        assert page.locator("main form[method=post]").count() == 0
