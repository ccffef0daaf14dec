"""A browser for the tests of a session, and sites for those of a module."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from tests.browser.kit import Site

_REQUIRED = "AEGIS_REQUIRE_BROWSER"


def require_browser() -> str:
    """Where chromium is; skips the test without one, or fails it where AEGIS_REQUIRE_BROWSER is set."""
    from tests.browser.kit import CHROMIUM

    if CHROMIUM is None:
        if os.environ.get(_REQUIRED):
            pytest.fail(f"there is no chromium, and {_REQUIRED} is set")
        pytest.skip("needs chromium (apt-get install chromium)")
    return CHROMIUM


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    path = require_browser()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def make_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Site]]:
    """Makes sites that are started, and killed after the module."""
    from tests.browser.kit import Site

    sites: list[Site] = []

    def make(config: str, **options: str) -> Site:
        site = Site(Path(tmp_path_factory.mktemp("site")), config, **options)
        sites.append(site)
        site.start()
        return site

    yield make
    for site in sites:
        site.close()
