"""Single keys: off until somebody switches them on, and then for rows, failures and views."""

from collections.abc import Callable

import pytest

from tests.browser.kit import Browser, Site, check_axe, open_context

CONFIG = """
[workflows.ci]
[[workflows.ci.steps]]
name = "one"
run = "true"
[[workflows.ci.steps]]
name = "two"
run = "exit 1"
[[workflows.ci.steps]]
name = "three"
condition = "always"
run = "exit 2"
"""
_FOCUS = "() => document.activeElement.textContent"


@pytest.fixture(scope="module")
def site(make_site: Callable[..., Site]) -> Site:
    """A host with a run of which two steps failed."""
    made = make_site(CONFIG)
    made.host.finish(made.host.run("ci"))
    return made


def test_keys_are_for_who_wants_them(browser: Browser, site: Site) -> None:
    """WCAG 2.1.4: nothing happens until they are switched on in the dialog behind `?`; then rows and failed steps are
    walked, views opened, and a field takes letters as letters. The choice holds on the next view."""
    with open_context(browser, bypass_csp=True) as context:
        page = context.new_page()
        page.goto(f"{site.url}/runs/1")
        page.keyboard.press("]")
        assert page.evaluate("() => document.activeElement === document.body")
        page.click("#keys-open")
        check_axe(page)
        page.check("#keys-on")
        page.keyboard.press("Escape")
        page.goto(f"{site.url}/runs/1")
        assert [(page.keyboard.press(key), page.evaluate(_FOCUS))[1] for key in "]][jk"] == [
            "two",
            "three",
            "two",
            "three",
            "two",
        ]
        page.keyboard.press("?")
        assert page.evaluate("() => document.getElementById('keys').open")
        page.keyboard.press("Escape")
        page.keyboard.press("g")
        page.keyboard.press("r")
        page.wait_for_url("**/runs")
        page.keyboard.press("/")
        page.keyboard.type("jk?.")
        assert page.input_value("input[name=workflow]") == "jk?."
