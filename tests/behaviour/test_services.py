"""Workflows over real HTTP services: the QA chain from end to end, faults told apart, retries that do no harm."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.behaviour.host import Host
from tests.behaviour.service_kit import FAILURE, ROUTES, qa_script, serve
from tests.source import ROOT

MakeHost = Callable[..., Host]

EXAMPLE = (ROOT / "docs" / "examples" / "qa-chain.toml").read_text()


def _place(text: str, qa: str, bugs: str) -> str:
    return text.replace("http://127.0.0.1:8001", qa).replace("http://127.0.0.1:8002", bugs)


def _service(url: str, more: str = "") -> str:
    return f'[services.qa]\nurl = "{url}"\ninterval = "1h"\n{more}\n'


def _step(keys: str) -> str:
    return f"[[workflows.w.steps]]\nservice = 'qa'\n{keys}\n"


def _data(host: Host, run: int, step: str) -> dict[str, Any]:
    return dict(host.call("GetResult", run=run, step=step)["data"])


def _results(host: Host, run: int) -> dict[str, str]:
    return {step["name"]: step["result"] for step in host.show(run)["steps"]}


@pytest.mark.parametrize("fixed", [True, False])
def test_the_example(make_host: MakeHost, tmp_path: Path, fixed: bool) -> None:  # noqa: FBT001 - a case
    """S27, S28, S53, W2.6, W2.23: the example workflow on two services. A failing test is reported, its bug submitted
    and verified with the failure itself; the report counts each step once, and the gate decides by what is left."""
    script = qa_script(fixed=fixed, **{"PUT /api/target": [{"json": {}}]})
    with serve(tmp_path / "qa", script) as qa, serve(tmp_path / "bugs", qa_script()) as bugs:
        host = make_host(_place(EXAMPLE, qa.url, bugs.url))
        done = host.ctl("run", "qa-chain", "target=http://127.0.0.1:3999", check=0 if fixed else 1)
        asked = [(each["method"], each["path"]) for each in qa.requests()]
        bodies = [json.loads(each["body"]) for each in qa.requests() if each["body"]]
        (bug,) = bugs.requests()
    assert asked == [
        ("PUT", "/api/target"),
        ("GET", "/api/routes"),
        ("POST", "/api/runs"),
        ("POST", "/api/runs"),
    ]
    assert bodies == [{"url": "http://127.0.0.1:3999"}, {}, {"verify_only": True, "failures": [FAILURE]}]
    assert json.loads(bug["body"]) == {"failures": [FAILURE]}
    last = {"gate": "success" if fixed else "failure"}
    others = ("target", "discover", "test", "submit_bugs", "verify", "report", "keep")
    assert _results(host, 1) == {**dict.fromkeys(others, "success"), **last}
    assert _data(host, 1, "discover") == {"routes": ROUTES, "route_count": 3}
    tests = _data(host, 1, "test")
    assert {name: tests[name] for name in ("total", "passed", "failed", "failures")} == {
        "total": 3,
        "passed": 2,
        "failed": 1,
        "failures": [FAILURE],
    }
    assert _data(host, 1, "submit_bugs") == {"submitted": 1, "response": {"id": "BUG-7"}}
    assert _data(host, 1, "verify")["verify_only"] is True
    report = _data(host, 1, "report")
    assert report["summary"] == {"total": 5, "passed": 5, "failed": 0, "skipped": 0}
    assert [each["step_type"] for each in report["steps"]] == ["http", "discover", "test", "submit_bugs", "verify"]
    assert report["total_duration_ms"] >= report["busy_duration_ms"] > 0
    (event,) = [each for each in host.events(types=["step.completed"]) if each["step"] == "report"]
    assert event["data"]["data"] == report
    if not fixed:
        assert "1 failures, at most 0 allowed" in host.ctl("show", "1").stdout
        assert "gate" in done.stdout


def test_failing_tests_fail_the_run(make_host: MakeHost, tmp_path: Path) -> None:
    """S73, W1.3: red tests are red. The step fails with the names of the tests, `failure.detected` says so, the exit
    status is 1, and steps with `has_failures` run."""
    steps = _step("type = 'test'") + _step("type = 'submit_bugs'\ncondition = 'has_failures'")
    with serve(tmp_path / "qa", qa_script()) as qa:
        host = make_host(_service(qa.url) + steps)
        done = host.ctl("run", "w", check=1)
    assert "test" in done.stdout
    assert host.step(1, "test")["reason"] == "1 of 3 tests failed: login"
    assert _results(host, 1) == {"test": "failure", "submit_bugs": "success"}
    (detected,) = host.events(run=1, types=["failure.detected"])
    assert (detected["data"]["service"], detected["data"]["error"]) == ("qa", "1 of 3 tests failed: login")
    assert host.step(1, "test")["reported_failures"] == 1


def test_nothing_to_report(make_host: MakeHost, tmp_path: Path) -> None:
    """Without failures neither bugs nor verifications are sent, and both say so."""
    passing = {"json": {"total": 2, "passed": 2, "failed": 0, "failures": []}}
    steps = _step("type = 'test'") + _step("type = 'submit_bugs'") + _step("type = 'verify'")
    with serve(tmp_path / "qa", qa_script(**{"POST /api/runs": [passing]})) as qa:
        host = make_host(_service(qa.url) + steps)
        host.ctl("run", "w")
        assert [each["path"] for each in qa.requests()] == ["/api/runs"]
    assert _data(host, 1, "submit_bugs") == {"submitted": 0, "message": "no failures to submit"}
    assert _data(host, 1, "verify")["verify_only"] is True


def test_faults_are_told_apart(make_host: MakeHost, tmp_path: Path) -> None:
    """S47, W1.6, W1.13: a timeout, a refused connection, a name without an address, no TLS, a bad status and a bad body
    each say what they are; a service that drips is over at the one deadline."""
    names = {
        "slow": "timeout",
        "drips": "timeout",
        "refused": "error",
        "dns": "error",
        "tls": "error",
        "status": "error",
        "body": "error",
        "slams": "error",
        "absent": "failure",
    }
    script = qa_script(
        **{
            "GET /slow": [{"json": {}, "delay": 30}],
            "GET /drips": [{"text": "x" * 1000, "drip": 0.1}],
            "GET /status": [{"status": 503, "text": "be back\nsoon"}],
            "GET /body": [{"text": "<html>", "headers": {"Content-Type": "application/json"}}],
            "GET /slams": [{"slam": True}],
        }
    )
    with serve(tmp_path / "qa", script) as qa:
        config = _service(qa.url) + '[services.refused]\nurl = "http://127.0.0.1:1"\ninterval = "1h"\n'
        config += '[services.dns]\nurl = "http://nowhere.invalid"\ninterval = "1h"\n'
        config += f'[services.tls]\nurl = "https://127.0.0.1:{qa.port}"\ninterval = "1h"\n'
        for name in names:
            service = name if name in {"refused", "dns", "tls"} else "qa"
            config += (
                f"[[workflows.w.steps]]\ntype = 'http'\nname = '{name}'\nservice = '{service}'\npath = '/{name}'\n"
                "parallel = true\n" + ("timeout = '1s'\n" if name in {"slow", "drips"} else "")
            )
        host = make_host(config)
        host.finish(host.run("w"))
    assert _results(host, 1) == names
    reasons = {step["name"]: step["reason"] for step in host.show(1)["steps"]}
    assert reasons["slow"] == reasons["drips"] == "no end after 1s"
    assert reasons["refused"] == "refused: the connection was refused"
    assert "dns: nowhere.invalid has no address" in reasons["dns"]
    assert "tls: no TLS connection" in reasons["tls"]
    assert reasons["status"] == 'qa: GET /status was answered with status 503: "be back soon"'
    assert reasons["body"] == 'qa: the answer is not JSON: "<html>"'
    assert "qa: the connection broke" in reasons["slams"]
    assert "status 404" in reasons["absent"]
    kinds = {name: _data(host, 1, name).get("fault") for name in ("refused", "dns", "tls", "status", "body", "slams")}
    assert kinds == {"refused": "refused", "dns": "dns", "tls": "tls", "status": "status", "body": "body"} | {
        "slams": "connection"
    }


def test_retries_do_no_harm(make_host: MakeHost, tmp_path: Path) -> None:
    """W2.14: after a fault a POST is sent again with the same Idempotency-Key; a no (4xx) is not asked again; without a
    key a POST that may have arrived is sent once; each step and run has a key of its own."""
    retry = "retries = 2\nretry_delay = 0.01\nparallel = true\ncondition = 'always'\ntype = 'http'\nmethod = 'POST'"
    steps = (
        _step(f"name = 'keyed'\npath = '/keyed'\n{retry}")
        + _step(f"name = 'refused'\npath = '/no'\n{retry}")
        + _step(f"name = 'once'\npath = '/once'\nidempotency_key = false\n{retry}")
    )
    broken, fine = {"status": 502}, {"json": {"id": 7}}
    script = {
        "POST /keyed": [broken, {"slam": True}, fine],
        "POST /no": [{"status": 422}],
        "POST /once": [broken, fine],
    }
    with serve(tmp_path / "qa", qa_script(**script)) as qa:
        host = make_host(_service(qa.url) + steps)
        host.finish(host.run("w"))
        host.finish(host.run("w"))
        asked = qa.requests()
    keys = {
        path: [each["headers"].get("idempotency-key") for each in asked if each["path"] == path]
        for path in ("/keyed", "/no", "/once")
    }
    first, again = keys["/keyed"][:3], keys["/keyed"][3:]
    assert len(set(first)) == 1
    assert len(again) == 1
    assert again[0] not in {first[0], *keys["/no"]}
    assert (len(keys["/no"]), keys["/once"]) == (2, [None, None])
    assert _results(host, 1) == {"keyed": "success", "refused": "failure", "once": "error"}


def test_results_travel(make_host: MakeHost, tmp_path: Path) -> None:
    """Values of earlier results come into paths, queries, headers, JSON and the environment of programs, encoded where
    they must be; what is not there fails the step with words."""
    script = {
        "POST /start": [{"status": 201, "json": {"id": "a/b ü", "n": 7, "list": [1, {"x": None}]}}],
        "GET /runs/a%2Fb%20%C3%BC": [{"text": "here"}],
        "POST /echo": [{"json": {}}],
    }
    steps = (
        _step("type = 'http'\nname = 'start'\nmethod = 'POST'\npath = '/start'")
        + _step(
            "type = 'http'\nname = 'get'\npath = '/runs/{steps.start./body/id}'\n"
            "query = { n = '{steps.start./body/n}' }"
        )
        + _step(
            "type = 'http'\nname = 'echo'\npath = '/echo'\nheaders = { X-Target = '{target} {{target}}' }\n"
            "json = { all = '{steps.start./body/list}', text = 'n={steps.start./body/n}', two = 2 }"
        )
        + "[[workflows.w.steps]]\nname = 'say'\nrun = 'printf %s \"$N\"'\nenv = { N = '{steps.start./body/list}' }\n"
        + _step("type = 'http'\nname = 'gone'\npath = '/{steps.start./body/nothing}'")
    )
    with serve(tmp_path / "qa", qa_script(**script)) as qa:
        host = make_host(_service(qa.url) + "[workflows.w]\nparams = { target = 't' }\n" + steps)
        host.finish(host.run("w"))
        get, echo = qa.requests()[1:]
    assert get["path"] == "/runs/a%2Fb%20%C3%BC?n=7"
    assert echo["headers"]["x-target"] == "t {target}"
    assert json.loads(echo["body"]) == {"all": [1, {"x": None}], "text": "n=7", "two": 2}
    assert host.output(1, "say") == b'[1,{"x":null}]'
    assert _data(host, 1, "get") == {"status": 200, "content_type": "text/plain", "body": "here"}
    assert host.step(1, "gone")["reason"] == "{steps.start./body/nothing} is not there: /body has no nothing"
    assert host.step(1, "gone")["result"] == "failure"


def test_secrets_stay_secret(make_host: MakeHost, tmp_path: Path) -> None:
    """The key of a service is sent, and is neither in events, results, configuration nor logs, even when the service
    echoes it."""
    echo = {"text": "you sent s3cret-key-1 as key", "headers": {"Location": "/x?key=s3cret-key-1"}, "status": 302}
    script = {"GET /echo": [{"json": {"got": "s3cret-key-1"}}], "GET /away": [echo]}
    steps = _step("type = 'http'\nname = 'echo'\npath = '/echo'") + _step(
        "type = 'http'\nname = 'away'\npath = '/away'"
    )
    with serve(tmp_path / "qa", qa_script(**script)) as qa:
        host = make_host(_service(qa.url, "api_key = 's3cret-key-1'") + steps)
        host.finish(host.run("w"))
        assert {each["headers"]["x-api-key"] for each in qa.requests(health=True)} == {"s3cret-key-1"}
        assert len(qa.requests()) == 2  # the redirect was not followed
    assert _data(host, 1, "echo")["body"] == {"got": "***"}
    assert "status 302, to /x?key=***" in host.step(1, "away")["reason"]
    everything = json.dumps(
        [*host.events(), host.show(1), host.call("GetStatus"), host.call("ShowConfig", origin=True)]
    )
    assert "s3cret" not in everything
    assert "s3cret" not in host.log.read_text()
