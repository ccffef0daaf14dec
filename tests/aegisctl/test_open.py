"""`aegisctl open`: the URL is the answer, a browser comes on top where there is one."""

import json
import sys
from pathlib import Path

from aegisctl.browser import find_browser
from tests.aegisctl.conftest import Cli
from tests.aegisctl.fake_daemon import FakeDaemon

URL = "http://127.0.0.1:8640"


def test_the_url_in_a_pipe(cli: Cli, daemon: FakeDaemon) -> None:
    """One line, or one document; of a run by any of its names."""
    daemon.answers.update(GetPage={"url": URL}, FindRun={"run": 842}, GetRun={"detail": {"run": {"id": 842}}})
    assert cli("open").stdout == f"{URL}\n"
    assert cli("open", "quality").stdout == f"{URL}/runs/842\n"
    assert json.loads(cli("open", "#842", "--json").stdout)["url"] == f"{URL}/runs/842"
    assert daemon.asked("FindRun") == [{"selector": "quality"}]


def test_no_page(cli: Cli, daemon: FakeDaemon) -> None:
    """What to do about it."""
    daemon.answers["GetPage"] = {"url": None}
    answer = cli("open")
    assert answer.returncode == 69
    assert "[web] bind" in answer.stderr


def test_which_browser() -> None:
    """$BROWSER first, with the URL in its place; a display has xdg-open; neither, and root by sudo: none."""
    named = find_browser({"BROWSER": "w3m -o 'a b' %s:lynx"}, URL)
    assert named is not None
    assert (named.words, named.is_named) == (["w3m", "-o", "a b", URL], True)
    plain = find_browser({"BROWSER": "firefox", "DISPLAY": ":0"}, URL)
    assert plain is not None
    assert plain.words == ["firefox", URL]
    shown = find_browser({"WAYLAND_DISPLAY": "wayland-0"}, URL)
    assert shown is not None
    assert (shown.words, shown.is_named) == (["xdg-open", URL], False)
    for nothing in ({}, {"BROWSER": "'"}, {"DISPLAY": ":0", "SUDO_UID": "1000"}):
        assert find_browser(nothing, URL) is None


def test_a_browser_is_started(tmp_path: Path) -> None:
    """One that the user has named is waited for; one that is not there is no error."""
    page = tmp_path / "page"
    script = tmp_path / "browser"
    script.write_text(f"#!{sys.executable}\nimport sys\nopen({str(page)!r}, 'w').write(sys.argv[1])\n")
    script.chmod(0o755)
    browser = find_browser({"BROWSER": str(script)}, URL)
    assert browser is not None
    browser.start()
    assert page.read_text() == URL
    missing = find_browser({"BROWSER": str(tmp_path / "none")}, URL)
    assert missing is not None
    missing.start()
