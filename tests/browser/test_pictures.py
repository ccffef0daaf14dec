"""The two pictures of the README: made from a real host, written with AEGIS_WRITE_GOLDEN=1."""

import os
from collections.abc import Callable
from pathlib import Path

from tests.browser.kit import Browser, Site, open_context, wait_live

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
LARGEST = 150_000
PNG = b"\x89PNG\r\n\x1a\n"
SIZE = {"width": 1180, "height": 700}
CONFIG = """
[workflows.quality]
description = "Lint, types and tests"
params = { total = "6" }
[[workflows.quality.steps]]
name = "lint"
run = "echo no findings; sleep 0.5"
parallel = true
[[workflows.quality.steps]]
name = "types"
run = "echo no errors; sleep 1.1"
parallel = true
[[workflows.quality.steps]]
name = "tests"
run = "echo \\"the total is $AEGIS_PARAM_TOTAL, not 7\\"; sleep 0.4; test $AEGIS_PARAM_TOTAL = 7"
retries = 1
retry_delay = "400ms"
[[workflows.quality.steps]]
name = "package"
run = "sleep 0.3"

[workflows.nightly]
description = "The whole suite, and a report"
[[workflows.nightly.steps]]
name = "suite"
run = "sleep 0.4"

[triggers.night]
type = "timer"
cron = "0 3 * * *"
workflow = "nightly"

[[webhooks]]
name = "chat"
url = "http://127.0.0.1:1029/hook"
allow_loopback = true
"""


def test_pictures_of_the_readme(browser: Browser, make_site: Callable[..., Site]) -> None:
    """The overview, and a run that failed; both are in the README, and small."""
    site = make_site(CONFIG, daemon='name = "buildhost"')
    site.host.finish(site.host.run("nightly"))
    for _ in range(2):
        site.host.finish(site.host.run("quality", total="7"))
    red = site.host.run("quality")
    assert site.host.finish(red)["result"] == "failure"
    for name, path in {"overview": "/", "run": f"/runs/{red}"}.items():
        with open_context(browser, viewport=SIZE, color_scheme="light" if name == "run" else "dark") as context:
            page = context.new_page()
            page.goto(f"{site.url}{path}")
            wait_live(page)
            picture = page.screenshot()
        assert picture.startswith(PNG)
        if os.environ.get("AEGIS_WRITE_GOLDEN"):
            IMAGES.mkdir(exist_ok=True)
            (IMAGES / f"{name}.png").write_bytes(picture)
        kept = IMAGES / f"{name}.png"
        assert len(kept.read_bytes()) < LARGEST
        assert f"docs/images/{name}.png" in (ROOT / "README.md").read_text()
