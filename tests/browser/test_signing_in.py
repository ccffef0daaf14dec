"""What the page changes, and for whom: nothing for readers, runs for those who have signed in with a token."""

import re
from collections.abc import Callable

import pytest

from tests.browser.kit import Browser, Site, check_axe, open_context

CONFIG = """
[workflows.release]
[[workflows.release.steps]]
name = "ask"
type = "approval"
message = "Release it?"

[workflows.deploy]
params = { where = "staging" }
[[workflows.deploy.steps]]
name = "go"
run = "true"
"""


@pytest.fixture(scope="module")
def site(make_site: Callable[..., Site]) -> Site:
    """A host with one workflow."""
    return make_site(CONFIG)


def make_token(site: Site, name: str, scope: str) -> str:
    """A new token, as `aegisctl` shows it once."""
    shown = site.host.ctl("token", "new", name, "--scope", scope).stdout
    found = re.search(r"aegis_[A-Za-z0-9_-]+", shown)
    assert found is not None, shown
    return found[0]


def test_a_reader_gets_the_command(browser: Browser, site: Site) -> None:
    """Who has not signed in finds no button that changes anything, but the command that does."""
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(f"{site.url}/workflows/deploy")
        assert page.locator("form[method=post]").count() == 0
        assert "aegisctl run deploy" in page.inner_text("main")


def test_who_has_signed_in_starts_a_run(browser: Browser, site: Site) -> None:
    """A token is shown once; then a run is started by its form, with parameters, in the name of the token; after
    signing out the form is gone."""
    token = make_token(site, "me", "run")
    with open_context(browser, bypass_csp=True) as context:
        page = context.new_page()
        page.goto(f"{site.url}/login?next=/workflows/deploy")
        page.fill("#token", token)
        page.click("main button[type=submit]")
        assert page.url == f"{site.url}/workflows/deploy"
        check_axe(page)
        page.fill("input[name='param.where']", "production")
        page.click("main form button")
        assert re.search(r"/runs/\d+$", page.url)
        run = site.host.show(int(page.url.rpartition("/")[2]))["run"]
        assert run["params"] == {"where": "production"}
        assert run["trigger"]["by"] == "token me"
        page.goto(f"{site.url}/workflows/deploy")
        page.click("footer button")
        page.goto(f"{site.url}/workflows/deploy")
        assert page.locator("form[method=post]").count() == 0


def test_who_has_signed_in_decides(browser: Browser, site: Site) -> None:
    """What waits for a decision stands on the overview, and is approved there in the name of the token."""
    run = site.host.run("release")
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(f"{site.url}/login?next=/")
        page.fill("#token", make_token(site, "boss", "run"))
        page.click("main button[type=submit]")
        page.wait_for_selector("#approvals form")
        assert "Release it?" in page.inner_text("#approvals")
        page.click("#approvals button[value=approve]")
        assert site.host.finish(run)["result"] == "success"


def test_a_token_that_reads_starts_nothing(browser: Browser, site: Site) -> None:
    """Signed in with the scope `read`, there is no form; a wrong token says so where it was asked for."""
    token = make_token(site, "reader", "read")
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(f"{site.url}/login?next=/workflows/deploy")
        page.fill("#token", token)
        page.click("main button[type=submit]")
        page.wait_for_selector("footer form")
        assert "signed in as reader" in page.inner_text("footer")
        assert page.locator("main form[method=post]").count() == 0
        page.goto(f"{site.url}/login")
        page.fill("#token", "aegis_wrong")
        page.click("main button[type=submit]")
        page.wait_for_selector("main .notice")
        assert "not known here" in page.inner_text("main")
