"""`[services.*]`, the keys of steps that call them, and results of earlier steps: what is wrong, and where."""

import pytest

from aegisd.config.show import describe_changes, render_config
from aegisd.core.model import Condition
from tests.config.check import check, load_text, places

SERVICE = '[services.qa]\nurl = "http://h"\n'
FIND = '[[workflows.ci.steps]]\nname = "find"\nrun = "true"\n'


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("http://127.0.0.1:8001", True),
        ("https://h.example/base/", True),
        ("http://[::1]:80", True),
        ("h:8001", False),
        ("ftp://h", False),
        ("http://", False),
        ("http://u:p@h", False),
        ("http://h?x=1", False),
        ("http://h#x", False),
        ("http://h:99999", False),
        ("http://h:0", False),
        ("http://h h", False),
        ("http://[::1", False),
    ],
)
def test_urls(url: str, fine: bool) -> None:  # noqa: FBT001 - a case
    """S34: the URL of a service has a scheme, a host, perhaps a port and a path; nothing secret, nothing else."""
    assert places(f'[services.qa]\nurl = "{url}"\n') == ([] if fine else ["2:7 AEG280"])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("health = 'x'", "3:1 AEG282"),
        ("headers = { 'A B' = 'x' }", "3:13 AEG286"),
        ("headers = { Host = 'x' }", "3:13 AEG286"),
        ('headers = { A = "x\\ny" }', "3:17 AEG286"),
        ("headers = { A = 'ł' }", "3:17 AEG286"),
        ("headers = { A = 1 }", "3:17 AEG014"),
        ("headers = { x-api-key = 'x' }\napi_key = 'y'", "4:1 AEG282"),
        ("jitter = 0.6", "3:10 AEG015"),
        ("interval = 0", "3:12 AEG015"),
    ],
)
def test_services(text: str, place: str) -> None:
    """Whatever is wrong with a service has its place."""
    assert places(f"{SERVICE}{text}\n") == [place]


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ("type = 'discover'", "3:16 AEG013"),
        ("type = 'discover'\nservice = 'q'", "5:11 AEG281"),
        ("type = 'http'\nservice = 'qa'\nurl = 'http://h'", "6:1 AEG282"),
        ("type = 'http'", "3:16 AEG282"),
        ("type = 'http'\nservice = 'qa'\njson = 1\nform = { a = 1 }", "7:1 AEG282"),
        ("type = 'http'\nservice = 'qa'\nmethod = 'GET'\njson = 1", "6:1 AEG282"),
        ("type = 'http'\nservice = 'qa'\npath = 'x'", "6:1 AEG282"),
        ("type = 'http'\nurl = 'http://{p}/x'", "5:1 AEG282"),
        ("type = 'http'\nservice = 'qa'\njson = [1, { a = inf }]", "6:18 AEG287"),
        ("type = 'http'\nservice = 'qa'\njson = 9007199254740993", "6:8 AEG287"),
        ("type = 'http'\nservice = 'qa'\nquery = { a = [] }", "6:15 AEG014"),
        ("type = 'http'\nservice = 'qa'\njson = { a = [1, '{steps.no./x}'] }", "6:19 AEG283"),
        ("type = 'gate'\nrequire = ['no']", "5:12 AEG283"),
        ("type = 'gate'\nrequire = ['gate']", "5:12 AEG284"),
        ("type = 'gate'\ncoverage = 'x'\nmax_failures = 0", "5:1 AEG282"),
        ("run = 'echo {steps.no./x}'", "4:13 AEG285"),
        ("run = ['sh', '-c', '{steps.no./x}']", "4:21 AEG285"),
    ],
)
def test_steps(keys: str, place: str) -> None:
    """Whatever is wrong with a step that calls a service or asks for a result has its place."""
    assert place in places(f"{SERVICE}[[workflows.ci.steps]]\n{keys}\n")


def test_a_service_may_be_in_another_table_or_file() -> None:
    """The order of tables does not matter, and a misspelt service is guessed."""
    step = '[[workflows.ci.steps]]\ntype = "discover"\nservice = "qaagnet"\n'
    text = step + '[services.qaagent]\nurl = "http://h"\n'
    _, (problem,) = check(text)
    assert (problem.code, problem.label) == ("AEG281", 'did you mean "qaagent"?')
    assert load_text(text.replace("agnet", "agent")).services["qaagent"].url == "http://h"


def test_results_of_neighbours_are_not_there() -> None:
    """A step sees what has ended: steps before it, through `needs` and batches, but no neighbour and no later one."""
    use = '[[workflows.ci.steps]]\nname = "use"\nrun = ["echo", "{steps.find./x}"]\n'
    assert places(FIND + use) == []
    assert places(FIND + use + 'needs = ["find"]\n') == []
    assert places(FIND + use + "needs = []\n") == ["6:17 AEG284"]
    assert places(use + FIND) == ["3:17 AEG284"]
    assert places(FIND + "parallel = true\n" + use + "parallel = true\n") == ["7:17 AEG284"]
    between = '[[workflows.ci.steps]]\nname = "b"\nrun = "true"\nneeds = ["find"]\n'
    assert places(FIND + between + use + 'needs = ["b"]\n') == []


def test_literals_and_pointers() -> None:
    """`{{steps...}}` is text; a pointer that is none is refused."""
    assert places(FIND + '[[workflows.ci.steps]]\nrun = ["echo", "{{steps.no./x}}"]\n') == []
    assert places(FIND + '[[workflows.ci.steps]]\nrun = ["echo", "{steps.find./~2}"]\n') == ["5:17 AEG283"]


def test_defaults_of_step_types() -> None:
    """A report runs in any case; a POST without a key is not executed twice; what the file says counts more."""
    text = (
        f"{SERVICE}[[workflows.ci.steps]]\ntype = 'report'\n[[workflows.ci.steps]]\ntype = 'report'\nname = 'r2'\n"
        "condition = 'on_success'\n[[workflows.ci.steps]]\ntype = 'http'\nservice = 'qa'\nmethod = 'POST'\n"
        "idempotency_key = false\n"
    )
    first, second, post = load_text(text).workflows["ci"].steps
    assert (first.condition, second.condition, post.idempotent) == (Condition.ALWAYS, Condition.ON_SUCCESS, False)


def test_shown_without_secrets() -> None:
    """Keys, and headers that carry one, are shown by length or variable, also deep in JSON; a reload names what changed
    and not how."""
    text = (
        '[services.qa]\nurl = "http://h"\napi_key = "plain-key"\nheaders = { Authorization = "Bearer plain", '
        'Accept = "text/x" }\n[[workflows.ci.steps]]\ntype = "http"\nservice = "qa"\n'
        'json = { a = [{ b = "${TOKEN}" }] }\n'
    )
    config = load_text(text)
    shown = render_config(config, origin=False)
    assert "plain" not in shown
    assert "s3cret" not in shown
    assert 'api_key = "(set, 9 bytes)"' in shown
    assert 'Accept = "text/x"' in shown
    assert 'json = { a = [{ b = "${TOKEN}" }] }' in shown
    assert "plain" not in repr(config.services)
    changed = load_text(text.replace("plain-key", "other-key"))
    assert describe_changes(config, changed) == ("services: 1 changed (qa)",)
