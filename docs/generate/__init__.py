"""The reference pages that are made from the code. A test holds that they are up to date; `make docs` writes them."""

from pathlib import Path

from docs.generate import events, interface, states

REFERENCE = Path(__file__).parent.parent / "reference"

PAGES = {
    "control-interface.md": interface.render_page,
    "events.md": events.render_page,
    "states.md": states.render_page,
}
