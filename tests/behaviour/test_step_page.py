"""A step and its output over HTTP, without a browser: where links lead, what waits, and who may read."""

import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.behaviour.host import Host
from tests.behaviour.ports import free_port
from tests.behaviour.test_page import Client

CONFIG = """
{more}
[workflows.ci]
[[workflows.ci.steps]]
name = "tests"
run = "seq -f 'line %.0f' 1200; echo 'E   broken'; seq 700; exit 3"
retries = 1
retry_delay = 0.01
[[workflows.ci.steps]]
name = "never"
run = "true"

[workflows.talk]
[[workflows.talk.steps]]
name = "talk"
run = "echo first; until test -e {folder}/go; do sleep 0.02; done; echo second"
"""


@pytest.fixture
def open_client(make_host: Callable[..., Host], tmp_path: Path) -> Callable[..., Client]:
    """Makes a host on whose page run 1 has failed."""

    def make(more: str = "") -> Client:
        port = free_port()
        host = make_host(CONFIG.format(more=more, folder=tmp_path), bind=f'["127.0.0.1:{port}"]')
        client = Client(host, port)
        host.wait_until(lambda: is_open(client))
        host.finish(host.run("ci"))
        return client

    return make


def is_open(client: Client) -> bool:
    """Whether HTTP is answered."""
    try:
        return client.ask("/healthz")[0] == 200
    except OSError:
        return False


def test_a_step(open_client: Callable[..., Client]) -> None:
    """Facts of each attempt, the end of the log, and lines that are asked for by number; nothing that is not there."""
    client = open_client()
    status, headers, body = client.ask("/runs/1/steps/tests")
    page = body.decode()
    assert (status, "etag" in headers) == (200, False)
    for words in ("exit 3", "attempt 1", "attempt 2", "1,901 lines", "tried again", 'id="L1901"', "all gone after"):
        assert words in page
    assert 'id="L1000"' not in page
    assert 'id="L3"' in client.ask("/runs/1/steps/tests?line=3")[2].decode()
    assert "so there is no output" in client.ask("/runs/1/steps/never")[2].decode()
    for path in ("/runs/1/steps/other", "/runs/9/steps/tests", "/runs/1/steps/tests?attempt=3", "/runs/1/log/x.txt"):
        assert client.ask(path)[0] == 404, path


def test_the_first_failure_is_a_link(open_client: Callable[..., Client]) -> None:
    """`?at=error` goes on to the line, with its anchor, so that it needs no script."""
    client = open_client()
    status, headers, _ = client.ask("/runs/1/steps/tests?at=error&times=clock")
    assert (status, headers["location"]) == (303, "?times=clock&line=1201#L1201")


def test_lines_for_the_script(open_client: Callable[..., Client]) -> None:
    """From a number on, bounded, and at the end when there are too many. What is no number is none, what cannot be
    searched for is said, and hostile parameters do no harm."""
    client = open_client()
    text = client.ask("/runs/1/steps/tests/lines?from=499&count=3")[2].decode()
    assert re.findall(r'id="(\w+)"', text) == ["part", "b0", "L499", "L500", "b1", "L501"]
    assert 'data-next="502"' in text
    assert client.ask("/runs/1/steps/tests/lines?from=1&count=2&q=LINE")[2].count(b"<mark>") == 0
    assert client.ask("/runs/1/steps/tests/lines?from=1&count=2&q=line")[2].count(b"<mark>") == 2
    assert b'data-attempt="2"' in client.ask("/runs/1/steps/tests/lines?attempt=0")[2]
    assert b'data-attempt="0"' in client.ask("/runs/1/steps/never/lines?attempt=0&wait=1&seen=0")[2]
    for query in ("begun=2026-01-01T00:00:nanZ", "begun=x", "seen=x", "from=0&count=0", "from=99999", "attempt=2"):
        assert client.ask(f"/runs/1/steps/tests/lines?{query}")[0] == 200
    for query in ("line=0", "line=99999999", "line=-1", "attempt=x", "q=%00", "q=" + "a" * 600, "q=(&re=1", "times=x"):
        assert client.ask(f"/runs/1/steps/tests?{query}")[0] == 200
    assert client.ask("/runs/1/steps/nothing/lines")[2].count(b'class="ln') == 0


def test_output_as_it_is_written(open_client: Callable[..., Client], tmp_path: Path) -> None:
    """The raw text of a step that runs comes piece by piece and ends with it; lines are waited for."""
    client = open_client()
    host = client.host
    run = host.run("talk")
    host.wait_until(lambda: b"first" in host.output(run, "talk"))
    waited: list[str] = []

    def wait() -> None:
        path = f"/runs/{run}/steps/talk/lines?from=2&seen=6&wait=1"
        waited.append(client.ask(path)[2].decode())

    waiting = threading.Thread(target=wait)
    waiting.start()
    raw = threading.Thread(target=lambda: waited.append(client.ask(f"/runs/{run}/log/talk.txt")[2].decode()))
    raw.start()
    (tmp_path / "go").touch()
    for each in (waiting, raw):
        each.join(60)
    assert "first\nsecond\n" in waited
    assert [text for text in waited if 'id="L2"' in text and "second" in text]
    status, headers, body = client.ask("/runs/1/log/tests.txt?attempt=1")
    assert (status, headers["content-type"], body[:7]) == (200, "text/plain; charset=utf-8", b"line 1\n")
    assert "sandbox" in headers["content-security-policy"]
    assert client.ask("/runs/1/log/tests.txt?token=x")[0] == 400


def test_who_may_read(open_client: Callable[..., Client]) -> None:
    """W1.19: without public reading, output is for those with a token only, in every form."""
    client = open_client("public_read = false")
    for path in ("/runs/1/steps/tests", "/runs/1/steps/tests/lines", "/runs/1/log/tests.txt"):
        status, _, body = client.ask(path)
        assert (status, b"line 1" in body) == (401, False)
