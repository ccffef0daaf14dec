"""Sandboxes, limits and the doctor on a real aegisd."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from aegisd.abilities import find_obstacles
from aegisd.config.values import DaemonConfig
from tests.behaviour.host import Host
from tests.executors.sandboxes import PYTHON, SANDBOX_OBSTACLE, needs_sandbox
from tests.source import ROOT

MakeHost = Callable[..., Host]

HOSTILE = ROOT / "tests" / "executors" / "hostile.py"
CONFIG = f"""
[workflows.victim]
[[workflows.victim.steps]]
run = "echo $$ > pid; sleep 60"

[workflows.hostile]
sandbox = "bwrap"
network = false
params = {{ targets = "" }}
[[workflows.hostile.steps]]
run = "{PYTHON} -c \\"$CODE\\" $AEGIS_PARAM_TARGETS; echo tried; touch made"
[[workflows.hostile.steps]]
name = "missing"
run = ["no-such-program"]
allow_failure = true
[workflows.hostile.env]
CODE = '''
"""


@needs_sandbox
def test_a_hostile_step(make_host: MakeHost) -> None:
    """None of eight attacks succeeds from a sandboxed step of a real daemon; its workspace is there to write in, and a
    program that is not there is an error of the host."""
    code = HOSTILE.read_text().replace("'''", '"""')
    host = make_host(f"{CONFIG}{code}'''\n")
    victim = host.run("victim")
    made = host.state_dir / "runs" / str(victim) / "workspace" / "pid"
    step = host.wait_until(lambda: made.exists() and made.read_text().strip())
    token, outside = host.state_dir / "token", host.folder / "outside"
    token.write_text("s3cret")
    outside.mkdir()
    targets = f"{host.call('GetStatus')['pid']} {step} {token} {outside} {made}"
    run = host.run("hostile", targets=targets)
    assert host.finish(run)["result"] == "success"
    assert host.output(run, "command") == b"tried\n"
    missing = host.step(run, "missing")
    assert missing["result"] == "error"
    assert "in a sandbox: No such file or directory" in missing["reason"]
    host.call("CancelRun", run=victim)


def test_a_limit_that_nobody_would_hold(make_host: MakeHost, tmp_path: Path) -> None:
    """`validate`, the start and a reload refuse it with the place and what to do; the old configuration stays."""
    if not find_obstacles(DaemonConfig(name="here", state_dir=str(tmp_path)), ["memory"]):
        pytest.skip("THIS HOST CAN LIMIT THE MEMORY OF STEPS, ITS REFUSAL IS NOT TESTED HERE")
    fine = "[workflows.w]\n[[workflows.w.steps]]\nrun = 'true'\n"
    host = make_host(fine)
    host.write_config(f"{fine}memory = '64MiB'\n")
    refused = host.ctl("reload", check=78)
    assert "error[AEG212]: `memory` cannot be honoured on this host: " in refused.stderr
    assert " = help: " in refused.stderr
    assert host.finish(host.run("w"))["result"] == "success"
    assert host.ctl("validate", str(host.config_path), check=1).stdout.startswith("error[AEG212]")
    assert host.ctl("validate", "--no-host", str(host.config_path)).stdout == "no problems in 1 file\n"
    host.stop()
    with pytest.raises(AssertionError, match="AEG212"):
        host.start()
    assert host.process is not None
    assert host.process.wait() == 78


def test_the_doctor(make_host: MakeHost) -> None:
    """The daemon is looked at from outside and from inside; what is not well comes with what to do."""
    host = make_host("[workflows.w]\n[[workflows.w.steps]]\nrun = 'true'\n")
    found = json.loads(host.ctl("doctor", "--json").stdout)
    levels = {each["check"]: each["level"] for each in found["checks"]}
    assert levels["sandbox"] == ("warning" if SANDBOX_OBSTACLE else "ok")
    wanted = ("version", "access", "configuration", "state-dir", "space", "store", "clock")
    assert [levels[name] for name in wanted] == ["ok"] * len(wanted)
    host.stop()
    host.state_dir.chmod(0o755)
    host.config_path.write_text(host.config_path.read_text() + "retires = 3\n")
    done = host.ctl("doctor", check=1, env={"AEGIS_CONFIG": str(host.config_path), "PATH": "/usr/bin:/bin"})
    assert "aegisd is not running" in done.stdout
    assert "AEG012 unknown key" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("2 problems")
