"""Variables of aegisd in workflows, with the real daemon: their values are executed with, and are not on its disk."""

import os
from collections.abc import Callable

from tests.behaviour.host import Host

_SECRET = "hush-hush-7474"
_CONFIG = """
[workflows.w]
env = { WHOLE = "Bearer ${API_TOKEN}" }
[[workflows.w.steps]]
name = "tell"
run = 'test "$WHOLE" = "Bearer $PART" && test "${#PART}" = 14'
env = { PART = "${API_TOKEN}" }
[[workflows.w.steps]]
name = "wait"
run = "test -e $GO || sleep 60"
"""
_CALL = """
[workflows.w]
[[workflows.w.steps]]
name = "call"
type = "http"
url = "http://127.0.0.1:1/hooks/${API_TOKEN}"
"""
_LATER = '[workflows.other]\n[[workflows.other.steps]]\nrun = "true"\n'


def test_values_are_not_kept(make_host: Callable[..., Host]) -> None:
    """A stored definition has the reference. A retry and a run that goes on after a restart get the value as it is
    then; where there is none any more, they are refused with words, and nothing is executed without it."""
    host = make_host("", start=False)
    go = host.folder / "go"
    host.write_config(_CONFIG.replace("$GO", str(go)))
    around = {name: value for name, value in os.environ.items() if name != "API_TOKEN"}
    host.spawning = {"env": {**around, "API_TOKEN": _SECRET}}
    host.start()
    go.touch()
    first = host.run("w")
    assert host.finish(first)["result"] == "success"
    again = int(host.ctl("retry", str(first), "--print-id").stdout)
    assert host.finish(again)["result"] == "success"
    go.unlink()
    cut = host.run("w")
    host.wait_until(lambda: host.step(cut, "wait")["state"] == "executing")
    host.kill()
    for file in host.state_dir.glob("store.sqlite*"):
        assert _SECRET.encode() not in file.read_bytes(), file

    host.write_config(_LATER)
    host.spawning = {"env": around}
    host.start()
    ended = host.finish(cut)
    words = "the definition has the variable API_TOKEN, which is not set"
    assert (ended["result"], ended["reason"]) == ("error", f"interrupted: {words}")
    refused = host.ctl("retry", str(first), check=None)
    assert refused.returncode != 0
    assert words in refused.stderr
    assert host.show(first)["steps"][0]["name"] == "tell"


def test_values_are_not_told(make_host: Callable[..., Host]) -> None:
    """What people see of a step, in events, plans and runs, has the reference, also after a failed request."""
    host = make_host("", start=False)
    host.write_config(_CALL)
    host.spawning = {"env": {**os.environ, "API_TOKEN": _SECRET}}
    host.start()
    run = host.run("w")
    assert host.finish(run)["result"] != "success"
    (started,) = host.events(run=run, types=["step.started"])
    assert "/hooks/${API_TOKEN}" in started["data"]["command"]
    for verb in (
        ["plan", "w"],
        ["show", str(run)],
        ["why", str(run)],
        ["tail-events", "--json", "--no-follow", "--all"],
    ):
        assert _SECRET not in host.ctl(*verb, check=None).stdout, verb
    host.stop()
    for file in host.state_dir.glob("store.sqlite*"):
        assert _SECRET.encode() not in file.read_bytes(), file
