"""The reference pages that are made from the code. A test holds that they are up to date; `make docs` writes them."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from aegisctl.reference import PAGES as CLIENT_PAGES
from aegisd.config.reference import render_configuration, render_error_codes
from aegisd.steps import SPECS
from docs.generate import events, http_api, interface, names, promises, states

REFERENCE = Path(__file__).parent.parent / "reference"

PAGES: dict[str, Callable[[], str]] = {
    **CLIENT_PAGES,
    "configuration.md": partial(render_configuration, SPECS),
    "control-interface.md": interface.render_page,
    "error-codes.md": render_error_codes,
    "event-names.md": names.render_page,
    "events.md": events.render_page,
    "http-api.md": http_api.render_page,
    "promises.md": promises.render_page,
    "states.md": states.render_page,
}
