"""The page over HTTP, without a browser: what is sent, to whom, and how little of it twice."""

import gzip
import http.client
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.behaviour.host import Host
from tests.behaviour.ports import free_port

CONFIG = """
allowed_hosts = []
{more}
[workflows.ci]
description = "wanted by nobody else"
[[workflows.ci.steps]]
name = "a"
run = "true"
"""
PEOPLE = {"Accept": "text/html,application/xhtml+xml"}


class Client:
    """A client of a host's HTTP door."""

    def __init__(self, host: Host, port: int) -> None:
        self.host = host
        self._port = port

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (small) and body. Words in header names are joined by `_`."""
        named = {**PEOPLE, **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        connection.request(method, path, headers=named)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


@pytest.fixture
def open_client(make_host: Callable[..., Host]) -> Callable[..., Client]:
    """Makes a host with the page."""

    def make(more: str = "") -> Client:
        port = free_port()
        host = make_host(CONFIG.format(more=more), bind=f'["127.0.0.1:{port}"]')
        client = Client(host, port)
        host.wait_until(lambda: _answers(client))
        return client

    return make


def _answers(client: Client) -> Any:
    try:
        return client.ask("/healthz")[0] == 200
    except OSError:
        return False


def test_what_has_not_changed_is_not_sent_again(open_client: Callable[..., Client]) -> None:
    """A page is sent once: the same moment is 304, also to who asks by a strong tag; an event makes a new one. Styles
    and scripts are kept for ever."""
    client = open_client()
    _, headers, body = client.ask("/")
    tag = headers["etag"]
    statuses = {client.ask("/", If_None_Match=tag)[0] for _ in range(2)}
    client.host.finish(client.host.run("ci"))
    status, again, _ = client.ask("/", If_None_Match=tag)
    assert 304 in statuses
    assert (status, again["etag"] != tag) == (200, True)
    name = body.decode().partition('stylesheet" href="')[2].partition('"')[0]
    status, headers, style = client.ask(name, Accept_Encoding="gzip")
    assert (status, "immutable" in headers["cache-control"]) == (200, True)
    assert b"color-scheme" in gzip.decompress(style)
    assert client.ask("/static/aegis.000000000000.css")[0] == 404


def test_a_run_of_a_part_says_so(open_client: Callable[..., Client]) -> None:
    """The page of a run names the part of its workflow that was asked for."""
    client = open_client()
    run = client.host.call("StartRun", workflow="ci", only=["a"])["run"]
    client.host.finish(run)
    assert b"<dt>Part</dt><dd>only a</dd>" in client.ask(f"/runs/{run}")[2]
    whole = client.host.run("ci")
    assert b"<dt>Part</dt>" not in client.ask(f"/runs/{whole}")[2]


def test_pages_are_packed_and_closed_to_scripts(open_client: Callable[..., Client]) -> None:
    """A page is compressed for who takes that, and its policy lets nothing in but what aegisd serves."""
    client = open_client()
    _, headers, packed = client.ask("/", Accept_Encoding="gzip, br")
    assert headers["content-encoding"] == "gzip"
    assert b"</html>" in gzip.decompress(packed)
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


def test_errors_are_pages_for_people_and_problems_for_programs(open_client: Callable[..., Client]) -> None:
    """What is not there is said in the form that was asked for, with the same status."""
    client = open_client()
    for path in ("/nowhere", "/workflows/nope", "/events?seq=99999", "/triggers/deliveries/7"):
        status, headers, body = client.ask(path)
        assert (status, headers["content-type"]) == (404, "text/html; charset=utf-8"), path
        assert b"<h1>" in body
        status, headers, _ = client.ask(path, Accept="application/json")
        assert (status, headers["content-type"]) == (404, "application/problem+json"), path


def test_without_public_reading_there_is_the_way_in(open_client: Callable[..., Client]) -> None:
    """With `public_read = false` every view is a form to sign in, and nothing of the host is in it."""
    client = open_client("public_read = false")
    for path in ("/", "/runs", "/events", "/workflows/ci", "/about", "/runs/1"):
        status, _, body = client.ask(path)
        assert status == 401
        assert b'name="token"' in body
        assert b"wanted by nobody else" not in body


def test_forms_of_other_sites_are_refused(open_client: Callable[..., Client]) -> None:
    """A form that another site sends, or that nobody has signed in for, changes nothing."""
    client = open_client()
    for headers in ({}, {"Sec_Fetch_Site": "cross-site"}, {"Origin": "http://evil.example"}):
        for path in ("/workflows/ci/run", "/triggers/deliveries/1/replay", "/webhooks/deliveries/1/redeliver"):
            assert client.ask(path, "POST", **headers)[0] in {401, 403}
    assert client.host.call("ListRuns")["runs"] == []


def test_below_a_path_of_a_proxy(open_client: Callable[..., Client]) -> None:
    """With `[web] url` below a path all links, styles and the stream are below it."""
    client = open_client('url = "https://ci.example.org/aegis"')
    text = client.ask("/")[2].decode()
    links = [part.partition('"')[0] for part in text.split('href="')[1:]]
    assert links
    assert [link for link in links if not link.startswith(("/aegis/", "#"))] == []
    assert 'data-base="/aegis"' in text


def test_templates_and_files_are_in_the_package() -> None:
    """What the page needs is packed with the code."""
    patterns = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert '"templates/*.html", "static/*"' in patterns
