"""Times on the page: the reader's own, UTC, or how long ago, as the reader likes; UTC where there is no script."""

import re
from collections.abc import Callable

import pytest

from tests.browser.kit import Browser, Site, check_axe, check_width, open_context

CONFIG = """
[workflows.ci]
[[workflows.ci.steps]]
name = "say"
run = "echo hello"
[triggers.later]
type = "timer"
workflow = "ci"
cron = "0 4 1 1 *"
"""
_AGE = re.compile(r"now|\d+[smh] ago")
_TOKYO = 9
_FORM = "(form) => document.querySelector(`main time[data-as=${form}]`).textContent"
_MOMENT = "(form) => document.querySelector(`main time[data-as=${form}]`).dateTime"


@pytest.fixture(scope="module")
def site(make_site: Callable[..., Site]) -> Site:
    """A host with a run and a timer."""
    made = make_site(CONFIG)
    made.host.finish(made.host.run("ci"))
    return made


def test_the_clock_of_the_reader(browser: Browser, site: Site) -> None:
    """A button goes from auto (each time in its form, in the reader's zone) to local times, UTC and ages. The choice
    holds on all views, through updates, and for the times beside the lines of a log."""
    with open_context(browser, timezone_id="Asia/Tokyo", bypass_csp=True) as context:
        page = context.new_page()
        page.goto(f"{site.url}/runs/1")
        moment = page.evaluate(_MOMENT, "date")
        utc = f"{moment[:10]} {moment[11:19]}"
        tokyo = page.evaluate("(text) => new Date(Date.parse(text) + 9 * 36e5).toISOString()", moment)
        there = f"{tokyo[:10]} {tokyo[11:19]}"
        assert there in page.evaluate(_FORM, "date")
        assert _AGE.fullmatch(page.evaluate(_FORM, "age"))
        assert page.inner_text("#zone") in {"times are yours (JST)", "times are yours (GMT+9)"}
        page.click("#clock")
        assert page.inner_text("#clock") == "Clock: local"
        assert page.evaluate(_FORM, "age") == there
        page.click("#clock")
        assert page.inner_text("#clock") == "Clock: UTC"
        assert (page.evaluate(_FORM, "age"), page.inner_text("#zone")) == (utc, "times are UTC")
        assert page.evaluate(_FORM, "date")[4:] == f"{utc} UTC"
        check_axe(page)
        page.goto(f"{site.url}/runs/1/steps/say?times=clock")
        line = page.evaluate("() => getComputedStyle(document.querySelector('.ln'), '::before').content")
        assert line == page.evaluate("() => `\"${document.querySelector('.ln').dataset.c}\"`")
        page.goto(f"{site.url}/events")
        assert page.evaluate(_FORM, "clock") == page.evaluate(_MOMENT, "clock")[11:19]
        page.click("#clock")
        assert _AGE.fullmatch(page.evaluate(_FORM, "clock"))
        page.goto(f"{site.url}/triggers")
        assert page.evaluate(_FORM, "due").startswith("in ")
        page.click("#clock")
        assert page.inner_text("#clock") == "Clock: auto"
        assert page.evaluate("() => localStorage.getItem('aegis-clock')") is None
        page.goto(f"{site.url}/runs/1/steps/say?times=clock")
        line = page.evaluate("() => getComputedStyle(document.querySelector('.ln'), '::before').content")
        second = page.evaluate("() => document.querySelector('.ln').dataset.c")
        assert line == f'"{(int(second[:2]) + _TOKYO) % 24:02}{second[2:]}"'


def test_an_update_keeps_the_choice(browser: Browser, site: Site) -> None:
    """What is exchanged when something happens comes in UTC, and is shown as everything else."""
    with open_context(browser, timezone_id="Asia/Tokyo") as context:
        page = context.new_page()
        page.goto(site.url)
        page.click("#clock")
        site.host.finish(site.host.run("ci"))
        page.wait_for_function("() => document.querySelector('main').textContent.includes('#2')", timeout=60_000)
        for text in page.locator("main time[data-as=age]").all_inner_texts():
            assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", text)


def test_without_a_script_times_are_utc(browser: Browser, site: Site) -> None:
    """Absolute, with the zone, whatever the zones of reader and host; no button that does nothing."""
    with open_context(browser, java_script_enabled=False, timezone_id="Asia/Tokyo") as context:
        page = context.new_page()
        page.goto(f"{site.url}/runs/1")
        shown = [text for text in page.locator("main time").all_inner_texts() if text]
        assert shown
        assert all(re.fullmatch(r"\w{3} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", text) for text in shown), shown
        assert page.inner_text("#zone") == "times are UTC"
        assert page.locator("#clock:visible").count() == 0


def test_the_header_has_room_for_it(browser: Browser, site: Site) -> None:
    """Nothing scrolls sideways on a telephone."""
    with open_context(browser, viewport={"width": 320, "height": 640}) as context:
        page = context.new_page()
        page.goto(f"{site.url}/runs/1")
        check_width(page)
