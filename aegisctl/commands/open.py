"""`aegisctl open`: the address of the page, or of one run on it; and a browser where there is one."""

from __future__ import annotations

import os

from aegisctl.browser import find_browser
from aegisctl.client import open_client
from aegisctl.declare import Flag, Positional, Verb
from aegisctl.failure import Failure
from aegisctl.text import escape
from aegisctl.values import find_run
from aegisd.wire.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aegisctl.declare import Given
    from aegisctl.output import Output

VERB = Verb(
    "open",
    group="The service",
    summary="the page in a browser: an overview, or one run",
    examples=(
        ("aegisctl open", "the overview"),
        ("aegisctl open quality", "the latest run of quality"),
        ("aegisctl open 842 --print", "only say where it is"),
    ),
    positionals=(Positional("RUN", count="?", help="the run (see help selectors); without it the overview"),),
    flags=(Flag("--print", help="open nothing; print the URL"),),
    fields=("url",),
    text=(
        "Prints the URL. From a terminal it is also opened: by $BROWSER, else by xdg-open where there is a display. "
        "The URL is `[web] url`, else an address of `[web] bind` as this host sees it."
    ),
)


def run(*, given: Given, output: Output) -> int:
    """The URL is the answer; the browser is a service."""
    client = open_client(given)
    url = client.call("GetPage")["url"]
    if url is None:
        hint = 'set [web] bind = ["127.0.0.1:8640"], then restart aegisd; or [web] url where a proxy serves the page'
        raise Failure("no-page", "aegisd serves no page that a browser could open", hint=hint)
    if given.text("RUN") is not None:
        number = client.call("GetRun", run=find_run(client, given.text("RUN")))["detail"]["run"]["id"]
        url = f"{url}/runs/{number}"
    output.document({"url": url})
    output.say(escape(url))
    if output.stdout.tty and output.form == "text" and not given.switch("print"):
        browser = find_browser(os.environ, url)
        if browser is not None:
            browser.start()
    return EXIT_OK
