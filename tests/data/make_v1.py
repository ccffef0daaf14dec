"""Makes tests/data/v1: a store and a configuration of version 1, which every later aegis must open.

`python tests/data/make_v1.py`, once, with the aegis that is released as version 1; never again, so it refuses to
overwrite. A real aegisd makes the store, does what leaves traces of all kinds in it, and is killed in the middle:
`expected.json` has what its doors said of it.
"""

import base64
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import apsw

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.behaviour.host import Host
from tests.source import ROOT

HERE = Path(__file__).with_name("v1")
CONFIG = """
[artifacts]
run_files = 100

[[webhooks]]
name = "gone"
url = "http://127.0.0.1:1029/"
allow_loopback = true
events = ["workflow.completed"]

[triggers.after-quality]
type = "workflow"
after = "quality"
result = "success"
workflow = "after"

[workflows.quality]
description = "all kinds of steps"
params = { name = "world" }
[[workflows.quality.steps]]
name = "hello"
run = ["echo", "hello {name}"]
phase = "first"
[[workflows.quality.steps]]
name = "flaky"
run = "test -e seen || { touch seen; exit 3; }"
retries = 1
retry_delay = 0
[[workflows.quality.steps]]
name = "make"
run = "echo made > made.txt"
artifacts = ["made.txt"]
parallel = true
[[workflows.quality.steps]]
name = "note"
type = "emit"
event = "custom.note"
data = { number = 1 }
parallel = true
[[workflows.quality.steps]]
name = "never"
run = "true"
condition = "on_failure"

[workflows.red]
[[workflows.red.steps]]
name = "fails"
run = "echo this is why; exit 4"
[[workflows.red.steps]]
name = "late"
run = "true"

[workflows.slow]
timeout = "1s"
[[workflows.slow.steps]]
name = "waits"
run = "sleep 600"

[workflows.after]
[[workflows.after.steps]]
name = "one"
run = "true"

[workflows.release]
[[workflows.release.steps]]
name = "ask"
type = "approval"
message = "Release?"

[workflows.long]
[[workflows.long.steps]]
name = "first"
run = "true"
[[workflows.long.steps]]
name = "waits"
run = "sleep 600"
"""
DAEMON = 'name = "buildhost"\nruns = 4'
_RESULTS = ("id", "workflow", "state", "result")


def make(target: Path) -> None:
    """Make the folder `target`. Blocks for some seconds."""
    with tempfile.TemporaryDirectory(prefix="aegis-v1-") as folder:
        host = Host(Path(folder), CONFIG, daemon=DAEMON)
        host.start()
        try:
            _work(host)
            expected = _ask(host)
        finally:
            host.kill()
        (target / "state").mkdir(parents=True)
        connection = apsw.Connection(str(host.state_dir / "store.sqlite"))
        connection.execute("SELECT count(*) FROM event").fetchall()  # opens the log; the end of the connection moves it
        connection.close()
        for name in ("store.sqlite", "artifacts", "runs"):
            path = host.state_dir / name
            (shutil.copytree if path.is_dir() else shutil.copy2)(path, target / "state" / name)
        shutil.copy(ROOT / "aegis.toml.example", target / "aegis.toml")
        (target / "workflows.toml").write_text(CONFIG)
        (target / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")


def _work(host: Host) -> None:
    """Runs of every result, one that waits for a person, two that the kill cuts short, and what people did."""
    quality = host.run("quality", name="v1")
    host.finish(quality)
    host.finish(host.run("red"))
    host.finish(host.run("slow"))
    host.call("EmitEvent", type="custom.remark", data={"text": "by hand"})
    host.call("PutArtifact", run=quality, key="by-hand", data=base64.b64encode(b"kept").decode(), last=True)
    host.call("NewToken", name="ci", scopes=["run"])
    cancelled = host.run("long")
    _wait_for(host, cancelled)
    host.call("CancelRun", run=cancelled, reason="not needed")
    host.finish(cancelled)
    host.run("release")
    host.wait_until(lambda: host.call("ListApprovals")["approvals"])
    _wait_for(host, host.run("long"))
    host.run("long")


def _wait_for(host: Host, run: int) -> None:
    host.wait_until(lambda: host.events(run=run, types=["step.started"])[1:])


def _ask(host: Host) -> dict[str, Any]:
    """What the doors say."""
    runs = host.call("ListRuns", limit=100)["runs"]
    artifacts = [each for run in runs for each in _list_artifacts(host, run["id"])]
    host.wait_until(lambda: host.call("ListOutgoing")["deliveries"])
    return {
        "runs": [{key: run[key] for key in _RESULTS} for run in runs],
        "events": host.events(),
        "artifacts": artifacts,
        "output": host.output(1, "hello").decode(),
        "tokens": [token["name"] for token in host.call("ListTokens")["tokens"]],
    }


def _list_artifacts(host: Host, run: int) -> list[dict[str, Any]]:
    found = host.call("ListArtifacts", run=run)["artifacts"]
    return [{"run": run, "key": each["key"], "sha256": each["sha256"]} for each in found]


def main() -> None:
    """Make the one that is kept."""
    if HERE.exists():
        sys.exit(f"{HERE} is there already; a store that later versions must open is made once")
    make(HERE)
    print(f"made {HERE.relative_to(ROOT)}: commit it")


if __name__ == "__main__":
    main()
