"""What browser tests share: a daemon with the page on a free port, browsers as people have them, and what must hold on
every view. Playwright's blocking interface in an ordinary process; aegisd is a process of its own."""

import json
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

import pytest

from tests.behaviour.host import Host

if not os.environ.get("AEGIS_REQUIRE_BROWSER"):
    pytest.importorskip("playwright", reason="needs the extra dev (playwright)")
    pytest.importorskip("axe_playwright_python", reason="needs the extra dev (axe-playwright-python)")

from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LIVE_MS = 10_000
_AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
_RUN_AXE = (
    "(wanted) => axe.run(document, {runOnly: wanted}).then((all) => "
    "all.violations.map((each) => [each.id, each.nodes.map((node) => node.html.slice(0, 160))]))"
)

# what must never run, whatever string it arrives in
XSS = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "'onmouseover='alert(1)",
    "</title><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "\u202egnp.exe\u0000\u001b[31mred",
)


class Site:
    """A host with the page; `url` is where. The port is the test's own, so that nobody can take it between two lives of
    the daemon, which itself listens at a Unix socket."""

    def __init__(self, folder: Path, config: str, **options: Any) -> None:
        self.host = Host(folder, config, is_web=True, **options)
        self.relay = Relay(self.host.web).__enter__()
        self.url = self.relay.url

    def start(self) -> None:
        """Start aegisd and wait until it serves the page."""
        self.host.start()
        self.host.wait_until(self._serves)

    def close(self) -> None:
        """End it."""
        if self.host.process is not None and self.host.process.poll() is None:
            self.host.kill()
        self.relay.__exit__()

    def _serves(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.host.web)) == 0


@contextmanager
def open_context(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A browser of its own kind. Fails when a page logs an error that nobody caused on purpose, or opens a dialog."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
    wrong: list[str] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
        page.on("dialog", lambda dialog: (wrong.append(f"{page.url}: dialog {dialog.message}"), dialog.dismiss()))
        page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)

    context.on("page", watch)
    try:
        yield context
    finally:
        context.close()
    assert wrong == []


def wait_live(page: Page) -> None:
    """Until the page says that it is live."""
    page.wait_for_function("() => document.getElementById('conn').dataset.state === 'live'", timeout=LIVE_MS)


def check_width(page: Page) -> None:
    """Nothing scrolls sideways."""
    wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, page.url


def check_axe(page: Page) -> None:
    """axe finds nothing (WCAG 2.2 AA), in both themes. The context must bypass the CSP, which refuses to run axe."""
    page.evaluate(_AXE)
    everything = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    for theme, wanted in (("light", everything), ("dark", {"type": "rule", "values": ["color-contrast"]})):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        found = page.evaluate(_RUN_AXE, wanted)
        assert found == [], f"{page.url} {theme}: {json.dumps(found, indent=1)}"


class Relay:
    """A proxy between browser and aegisd that can be cut, or answer 502, as those in between do."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._mode = "fine"
        self._streams: set[socket.socket] = set()
        self.url = f"http://localhost:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._drop()

    @property
    def streams(self) -> int:
        """How many streams of events are open."""
        return len(self._streams)

    def cut(self) -> None:
        """Break every connection, and let no new one through."""
        self._mode = "cut"
        self._drop()

    def break_down(self) -> None:
        """Break every connection, and answer 502 to new ones."""
        self._mode = "502"
        self._drop()

    def mend(self) -> None:
        """Let everything through again."""
        self._mode = "fine"

    def _drop(self) -> None:
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            if self._mode == "502":
                client.recv(65536)
                client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbad")
            if self._mode != "fine":
                return
            with socket.socket(socket.AF_UNIX) as server:
                server.connect(str(self._target))
                self._open |= {client, server}
                back = threading.Thread(target=_pump, args=(server, client), daemon=True)
                back.start()
                _pump(client, server, lambda data: self._note(client, data))
                back.join()
                self._open -= {client, server}
                self._streams.discard(client)

    def _note(self, client: socket.socket, data: bytes) -> None:
        if data.startswith(b"GET /api/v1/stream"):
            self._streams.add(client)


def _pump(source: socket.socket, target: socket.socket, note: Callable[[bytes], object] = len) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            note(data)
            target.sendall(data)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
