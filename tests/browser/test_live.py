"""The page stays true: one stream for all tabs, and it comes back by itself from everything that can happen to it."""

import time
from collections.abc import Callable

import pytest

from tests.browser.kit import Browser, Page, Relay, Site, open_context, wait_live

CONFIG = """
[workflows.quick]
[[workflows.quick.steps]]
name = "one"
run = "true"

[workflows.steps]
{steps}
"""
_STEPS = "\n".join(f'[[workflows.steps.steps]]\nname = "s{number}"\nrun = "true"' for number in range(60))


@pytest.fixture(scope="module")
def site(make_site: Callable[..., Site]) -> Site:
    """A host with nothing but workflows."""
    return make_site(CONFIG.format(steps=_STEPS))


def wait_for_run(page: Page, run: int, patience_ms: int = 5000) -> None:
    """Until the overview shows the end of `run` in its history."""
    page.wait_for_function(
        "(text) => document.getElementById('history').textContent.includes(text)",
        arg=f"#{run} run by",
        timeout=patience_ms,
    )


def test_an_event_is_seen_within_a_second(browser: Browser, site: Site) -> None:
    """W3.2, S32: a run that starts and ends is on the overview at once, without a reload, and its end is said."""
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(site.url)
        wait_live(page)
        page.evaluate("() => { window.mark = 1; }")
        run = site.host.run("quick")
        wait_for_run(page, run)
        page.wait_for_function(
            "(run) => document.getElementById('said').textContent === `quick #${run} passed`", arg=run, timeout=5000
        )
        assert page.evaluate("() => window.mark") == 1
        assert page.inner_text("#conn-text") == "Live"


def test_ten_tabs_share_one_stream(browser: Browser, site: Site) -> None:
    """Ten tabs are live at once over one stream, and the last sees what happens; when all are closed, none is left."""
    with Relay(site.host.web) as relay:
        with open_context(browser) as context:
            pages = [context.new_page() for _ in range(10)]
            for page in pages:
                page.goto(f"{relay.url}/events")
            for page in pages:
                wait_live(page)
            assert relay.streams == 1
            run = site.host.run("quick")
            seen = "(text) => document.getElementById('feed').innerText.includes(text)"
            pages[-1].bring_to_front()
            pages[-1].wait_for_function(seen, arg=f"quick #{run}")
        site.host.wait_until(lambda: relay.streams == 0)


def test_a_burst_costs_few_fetches(browser: Browser, site: Site) -> None:
    """Hundreds of events in a moment make the page look again at most twice a second."""
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(site.url)
        wait_live(page)
        fetches: list[float] = []
        page.on("request", lambda asked: fetches.append(time.monotonic()) if asked.url == f"{site.url}/" else None)
        began = time.monotonic()
        run = site.host.run("steps")
        site.host.finish(run)
        wait_for_run(page, run)
        page.wait_for_timeout(700)
        assert len(fetches) <= 2 * (time.monotonic() - began) + 2


def test_what_the_reader_does_is_kept(browser: Browser, site: Site) -> None:
    """Focus and unfolded parts outlive an update; a paused feed stands still and counts what waits."""
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(site.url)
        wait_live(page)
        page.click("#flow-list summary")
        page.focus("#workflows a[href='/workflows/quick']")
        page.click("button[data-pause=newest]")
        before = page.inner_text("#newest")
        page.focus("#workflows a[href='/workflows/quick']")
        run = site.host.run("quick")
        wait_for_run(page, run)
        assert page.evaluate("() => document.activeElement.getAttribute('href')") == "/workflows/quick"
        assert page.evaluate("() => document.getElementById('flow-list').open")
        assert page.inner_text("#newest") == before
        assert "waiting" in page.inner_text("button[data-pause=newest]")
        page.click("button[data-pause=newest]")
        page.wait_for_function("(run) => document.getElementById('newest').innerText.includes(`#${run}`)", arg=run)


def test_offline_and_back(browser: Browser, site: Site) -> None:
    """Without a network the page says since when it knows nothing; back, it shows what happened meanwhile."""
    with open_context(browser) as context, Relay(site.host.web) as relay:
        page = context.new_page()
        page.goto(relay.url)
        wait_live(page)
        relay.cut()
        page.wait_for_function("() => document.getElementById('conn').dataset.state === 'lost'")
        assert "Reconnecting since" in page.inner_text("#conn-text")
        run = site.host.run("quick")
        site.host.finish(run)
        relay.mend()
        wait_live(page)
        wait_for_run(page, run)


def test_back_from_a_502(browser: Browser, site: Site) -> None:
    """A proxy that answers 502 for a while does not end the stream for good."""
    with open_context(browser) as context, Relay(site.host.web) as relay:
        page = context.new_page()
        page.goto(relay.url)
        wait_live(page)
        relay.break_down()
        page.wait_for_function("() => document.getElementById('conn').dataset.state === 'lost'")
        page.wait_for_timeout(2500)
        relay.mend()
        wait_live(page)


def test_back_from_a_crash(browser: Browser, make_site: Callable[..., Site]) -> None:
    """kill -9 of aegisd: three seconds after it is back the page is live again and true, without a reload."""
    site = make_site(CONFIG.format(steps=_STEPS))
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(site.url)
        wait_live(page)
        site.host.kill()
        page.wait_for_function("() => document.getElementById('conn').dataset.state === 'lost'")
        site.start()
        began = time.monotonic()
        wait_live(page)
        run = site.host.run("quick")
        wait_for_run(page, run)
        assert time.monotonic() - began < 45.0  # seconds on an idle machine: 3
