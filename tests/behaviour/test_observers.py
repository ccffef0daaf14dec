"""Who watches a run changes nothing in it: the same workflow with nobody, and with webhooks and subscriptions that
fail."""

from collections.abc import Callable
from typing import Any

from tests.behaviour.host import Host
from tests.behaviour.receiver import Receiver

_WORKFLOW = """
[workflows.w]
[[workflows.w.steps]]
name = "one"
run = "echo one"
phase = "first"
[[workflows.w.steps]]
name = "two"
run = "echo two; test $AEGIS_ATTEMPT = 2"
retries = 1
retry_delay = "20ms"
phase = "second"
[[workflows.w.steps]]
name = "three"
run = "echo three; exit 3"
phase = "second"
[[workflows.w.steps]]
name = "four"
run = "echo four"
condition = "on_failure"
"""
_OBSERVERS = """
[[webhooks]]
name = "nobody"
url = "http://127.0.0.1:PORT/hook"
allow_loopback = true
events = ["*"]
[[subscriptions]]
name = "broken"
type = "command"
run = "exit 1"
"""


def _observe(host: Host) -> dict[str, Any]:
    """All that a user sees of a run."""
    done = host.ctl("run", "w", "--logs", "all", check=1)
    steps = [(step["name"], step["result"], step["reason"], len(step["attempts"])) for step in host.show(1)["steps"]]
    return {
        "events": [(each["type"], each.get("step"), each.get("attempt")) for each in host.events(run=1)],
        "steps": steps,
        "output": [host.output(1, name) for name in ("one", "two", "three", "four")],
        "lines": [line.partition("Z ")[2].split()[:3] for line in done.stderr.splitlines() if "Z " in line],
    }


def test_with_and_without(make_host: Callable[..., Host]) -> None:
    """S13, S15, S75, S84: without webhooks and subscriptions a run has the same events, results, output, exit status
    and lines on the terminal as with some that fail."""
    alone = _observe(make_host(_WORKFLOW))
    silent = Receiver()
    watched = make_host(_WORKFLOW + _OBSERVERS.replace("PORT", str(silent.port)))
    assert _observe(watched) == alone
    assert [result for _, result, _, _ in alone["steps"]] == ["success", "success", "failure", "success"]
    assert alone["lines"]
    watched.wait_until(lambda: watched.call("ListWebhooks")["webhooks"][0]["waiting"])
    silent.close()
