"""The health of services: looked after while aegisd runs, told when it changes, followed through a reload."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.behaviour.host import Host
from tests.behaviour.service_kit import qa_script, serve

MakeHost = Callable[..., Host]


def _config(**urls: str) -> str:
    return "".join(f'[services.{name}]\nurl = "{url}"\ninterval = "100ms"\n' for name, url in urls.items())


def _states(host: Host) -> dict[str, str]:
    return {each["name"]: each["state"] for each in host.call("ListServices")["services"]}


def _wait_for(host: Host, **states: str) -> None:
    host.wait_until(lambda: _states(host) == states)


def _told(host: Host) -> list[tuple[str, str, Any]]:
    found = host.events(types=["service.up", "service.down"])
    return [(each["type"], each["data"]["service"], each["data"].get("kind")) for each in found]


def test_up_and_down(make_host: MakeHost, tmp_path: Path) -> None:
    """A change is one event, however often the service is looked at; the last error stays visible, told apart."""
    with serve(tmp_path / "qa", qa_script()) as qa:
        host = make_host(_config(qa=qa.url, gone="http://127.0.0.1:1"))
        _wait_for(host, qa="up", gone="down")
        qa.set_script({"GET /health": [{"status": 500}]})
        _wait_for(host, qa="down", gone="down")
        seen = len(qa.requests(health=True))
        host.wait_until(lambda: len(qa.requests(health=True)) > seen + 2)
        qa.set_script(qa_script())
        _wait_for(host, qa="up", gone="down")
        host.wait_until(lambda: len(_told(host)) == 4)
        told = _told(host)
        shown = {each["name"]: each for each in host.call("ListServices")["services"]}
        status = host.ctl("status").stdout
    mine = [each for each in told if each[1] == "qa"]
    assert mine == [("service.up", "qa", None), ("service.down", "qa", "status"), ("service.up", "qa", None)]
    assert [each for each in told if each[1] == "gone"] == [("service.down", "gone", "refused")]
    assert shown["qa"]["last_error"]["kind"] == "status"
    assert shown["qa"]["latency_s"] > 0
    assert shown["gone"]["latency_s"] is None
    assert "1 of 2 up; gone down since" in status


def test_look_now(make_host: MakeHost, tmp_path: Path) -> None:
    """`services --check` looks at once, whatever the interval; in a pipe a service is a line; the exit status tells."""
    with serve(tmp_path / "qa", qa_script()) as qa:
        host = make_host(f'[services.qa]\nurl = "{qa.url}"\ninterval = "1h"\n')
        _wait_for(host, qa="up")
        qa.set_script({"GET /health": [{"status": 503}]})
        assert host.ctl("services").stdout.split("\t")[:2] == ["qa", "up"]
        done = host.ctl("services", "--check", "--exit-status", check=1)
        name, state, _, latency, kind, url = done.stdout.rstrip("\n").split("\t")
        assert (name, state, latency, kind, url) == ("qa", "down", "", "status", qa.url)


def test_reload(make_host: MakeHost, tmp_path: Path) -> None:
    """A reload adds and removes services; one that did not change keeps what is known of it."""
    with serve(tmp_path / "a", qa_script()) as first, serve(tmp_path / "b", qa_script()) as second:
        host = make_host(_config(a=first.url))
        _wait_for(host, a="up")
        since = host.call("ListServices")["services"][0]["since"]
        host.write_config(_config(a=first.url, b=second.url))
        assert host.call("Reload")["changes"] == ["services: 1 added (b)"]
        _wait_for(host, a="up", b="up")
        assert host.call("ListServices")["services"][0]["since"] == since
        host.write_config(_config(b=second.url))
        host.call("Reload")
        assert list(_states(host)) == ["b"]
        seen = len(first.requests(health=True))
        host.wait_until(lambda: len(second.requests(health=True)) > 5)
        assert len(first.requests(health=True)) <= seen + 1
    host.wait_until(lambda: len(_told(host)) == 2)
    assert [each[:2] for each in _told(host)] == [("service.up", "a"), ("service.up", "b")]
