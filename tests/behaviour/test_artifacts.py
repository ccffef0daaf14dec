"""Artifacts and reports with the real daemon: from a step to the user's disk, through hostile files and kill -9."""

import json
import shlex
import time
from collections.abc import Callable
from pathlib import Path

from tests.behaviour.host import Host, program
from tests.source import ROOT

_CTL = shlex.join(program("aegisctl"))

_CONFIG = f"""
[workflows.build]
env = {{ PYTHONPATH = "{ROOT}" }}

[[workflows.build.steps]]
name = "make"
run = '''
mkdir -p dist
printf wheel > dist/app.whl
printf wheel > dist/copy.whl
ln -s /etc/passwd dist/evil.whl
ln -s / root
mkfifo dist/fifo.whl
printf x > "$(printf 'dist/line\\nend.whl')"
echo '{{}}' | {_CTL} artifacts put plan -
{_CTL} --socket "$AEGIS_SOCKET" artifacts put 999 stolen /dev/null && exit 9
exit 3
'''
artifacts = ["dist/*.whl", "root/etc/hostname", "coverage.xml"]

[workflows.tests]
params = {{ failing = "" }}

[[workflows.tests.steps]]
name = "unit"
run = '''
sleep 0.3
echo "<testsuite><testcase name='a'/><testcase name='b'>$AEGIS_PARAM_FAILING</testcase></testsuite>" > junit.xml
'''
reports = ["junit.xml"]

[[workflows.tests.steps]]
name = "tell"
run = "true"
condition = "has_failures"

[workflows.many]
[[workflows.many.steps]]
name = "m"
run = "seq 1000 | split -l 1"
artifacts = ["x*"]
retries = 1
"""


def test_from_a_failed_step_to_the_disk(make_host: Callable[..., Host], tmp_path: Path) -> None:
    """S87 to S90: a step that fails leaves its files and a document; what is hostile is refused by name, and nothing
    from outside is in the store; what is fetched is what was written."""
    host = make_host(_CONFIG)
    run = host.run("build")
    assert host.finish(run)["result"] == "failure"
    assert host.step(run, "make")["exit_code"] == 3
    rows = [line.split("\t") for line in host.ctl("artifacts", str(run)).stdout.splitlines()]
    assert [(row[0], row[4]) for row in rows] == [("dist/app.whl", "make"), ("dist/copy.whl", "make"), ("plan", "make")]
    (refused,) = [e["data"]["refused"] for e in host.events(run=run) if e["type"] == "artifact.refused"]
    assert {each["name"]: each["reason"] for each in refused} == {
        "dist/evil.whl": "it is a symbolic link",
        "dist/fifo.whl": "it is a FIFO",
        "dist/line\\x0aend.whl": "the name has control characters",
        "root": "a folder on the way is a symbolic link",
        "coverage.xml": "nothing matches",
    }
    bodies = [path.read_bytes() for path in (host.state_dir / "artifacts" / "content").rglob("*") if path.is_file()]
    assert sorted(bodies) == [b"wheel", b"{}\n"]
    target = tmp_path / "app.whl"
    host.ctl("artifacts", "get", str(run), "dist/app.whl", "-O", str(target))
    assert target.read_bytes() == b"wheel"
    assert "plan 3 B" in host.ctl("show", str(run)).stdout
    host.ctl("artifacts", "delete", str(run), "plan")
    host.ctl("artifacts", "get", str(run), "plan", "-O", "-", check=66)


def test_reports_of_two_runs(make_host: Callable[..., Host]) -> None:
    """W1.3: failing tests reach the result, the condition `has_failures` and the display of `run`, with what is new
    since the run before, though the step itself exits with 0."""
    host = make_host(_CONFIG)
    passed = host.ctl("run", "tests")
    assert "2 passed" in passed.stderr, passed
    failed = host.ctl("run", "tests", "failing=<failure message='assert 1 == 2'/>")
    assert "1 failed (1 new), 1 passed" in failed.stderr
    assert "unit| b: assert 1 == 2  (new since #1)" in failed.stderr
    tests = host.step(2, "unit")["data"]["tests"]
    assert (tests["total"], tests["failed"], tests["compared_with"]) == (2, 1, 1)
    assert (host.step(1, "tell")["result"], host.step(2, "tell")["result"]) == ("skip", "success")
    assert "b: assert 1 == 2" in host.ctl("show", "2").stdout
    shown = json.loads(host.ctl("show", "2", "unit", "--json").stdout)
    assert shown["step"]["data"]["tests"]["failures"][0]["name"] == "b"


def test_acknowledged_artifacts_survive_kill_9(make_host: Callable[..., Host]) -> None:
    """What was announced or acknowledged is whole after a kill -9 in the middle of thousands of files; what was half on
    its way is gone."""
    host = make_host(_CONFIG)
    for round_ in range(2):
        run = host.run("many")
        started = time.monotonic()
        while time.monotonic() - started < 0.15 * (round_ + 1):
            host.call("PutArtifact", run=run, key=f"note{round_}", data="eHg=", last=True)
        host.kill()
        host.start()
        assert list((host.state_dir / "artifacts" / "incoming").iterdir()) == []
        listed = host.ctl("artifacts", str(run)).stdout.splitlines()
        assert any(line.startswith(f"note{round_}\t") for line in listed)
        for line in listed:
            _, size, digest, *_ = line.split("\t")
            path = host.state_dir / "artifacts" / "content" / digest[:2] / digest[2:]
            assert path.stat().st_size == int(size)
        host.finish(run)
        assert host.show(run)["artifacts"]["count"] == 1001


def test_limits_and_keeping(make_host: Callable[..., Host]) -> None:
    """[artifacts] bounds a run and all runs, also after a reload; bytes of no run are removed."""
    host = make_host(_CONFIG + "\n[artifacts]\nrun_files = 600\n")
    run = host.run("many")
    host.finish(run)
    assert host.show(run)["artifacts"]["count"] == 600
    host.write_config(_CONFIG + "\n[artifacts]\nrun_files = 0\nkeep = 100\n")
    host.ctl("reload")
    second = host.run("many")
    host.finish(second)
    assert host.show(second)["artifacts"]["count"] == 0
    host.stop()
    host.start()
    content = host.state_dir / "artifacts" / "content"
    host.wait_until(lambda: not [path for path in content.rglob("*") if path.is_file()])
    assert host.show(run)["artifacts"] == {"count": 0, "bytes": 0, "first": []}


def test_export_and_diff(make_host: Callable[..., Host], tmp_path: Path) -> None:
    """S91, S93: a whole run in one file that verifies and holds no value of the environment; two runs compared."""
    secret = '\n[workflows.tests.env]\nTOKEN = "hunter2"\n'
    host = make_host(_CONFIG.replace("[[workflows.tests.steps]]", secret + "\n[[workflows.tests.steps]]", 1))
    host.ctl("run", "tests")
    host.ctl("run", "tests", "failing=<failure/>")
    host.call("PutArtifact", run=1, key="note", data="eHg=", last=True)
    for name in ("a.tar", "b.tar"):
        host.ctl("export", "1", "-O", str(tmp_path / name))
        assert "is whole" in host.ctl("export", "--verify", str(tmp_path / name)).stdout
    data = (tmp_path / "a.tar").read_bytes()
    assert data == (tmp_path / "b.tar").read_bytes()
    assert b"run-1/artifacts/note" in data
    assert b"hunter2" not in data
    rows = [line.split("\t") for line in host.ctl("diff", "tests~1", "tests", check=1).stdout.splitlines()]
    assert {(row[0], row[1]) for row in rows if row[0] != "duration"} == {
        ("params", "failing"),
        ("result", "tell"),
        ("tests", "unit: b"),
        ("artifacts", "note"),
    }
    assert host.ctl("diff", "1", "1").stdout == ""


def test_what_is_put_into_the_folder(make_host: Callable[..., Host]) -> None:
    """Whatever a program leaves in `$AEGIS_ARTIFACTS` is kept under its path there, also of an attempt that fails;
    links are refused by name, and the folder goes."""
    script = (
        'cd "$AEGIS_ARTIFACTS" && test -z "$(ls -A)" && mkdir -p out/deep && echo "$AEGIS_ATTEMPT" > out/deep/a.txt'
        " && ln -s /etc/passwd out/link; exit 3"
    )
    host = make_host(
        f"[workflows.w]\n[[workflows.w.steps]]\nname = 'make'\nrun = {json.dumps(script)}\nretries = 1\n"
        "retry_delay = '10ms'\n[[workflows.w.steps]]\nname = 'none'\nrun = 'true'\ncondition = 'always'\n"
    )
    run = host.run("w")
    assert host.finish(run)["result"] == "failure"
    kept = [(e["attempt"], [a["key"] for a in e["data"]["artifacts"]]) for e in host.events(types=["artifact.saved"])]
    assert kept == [(1, ["out/deep/a.txt"]), (2, ["out/deep/a.txt"])]
    assert host.ctl("artifacts", "get", str(run), "out/deep/a.txt", "-O", "-").stdout == "2\n"
    refused = [each["data"]["refused"][0]["name"] for each in host.events(types=["artifact.refused"])]
    assert refused == ["out/link", "out/link"]
    assert list((host.state_dir / "runs" / str(run)).glob("left-*")) == []


def test_a_cancelled_run_leaves_nothing(make_host: Callable[..., Host]) -> None:
    """What its programs had put into `$AEGIS_ARTIFACTS` is neither kept nor left on the disk: after a cancellation, and
    at the next start when aegisd was killed before it saw the end."""
    script = 'echo half > "$AEGIS_ARTIFACTS/half.txt"; touch begun; sleep 60'
    step = f"[[workflows.w.steps]]\nname = 's'\nrun = {json.dumps(script)}\n"
    host = make_host(f"[workflows.w]\non_restart = 'fail'\nmax_concurrent = 2\n{step}")
    runs = [host.run("w"), host.run("w")]
    folders = [host.state_dir / "runs" / str(run) for run in runs]
    host.wait_until(lambda: all((folder / "workspace" / "begun").exists() for folder in folders))
    assert all(list(folder.glob("left-*/half.txt")) for folder in folders)
    host.ctl("cancel", str(runs[0]), "-y")
    assert host.finish(runs[0])["result"] == "cancellation"
    host.wait_until(lambda: not list(folders[0].glob("left-*")))
    host.kill()
    assert list(folders[1].glob("left-*"))
    host.start()
    assert host.finish(runs[1])["result"] == "error"
    host.wait_until(lambda: not list(folders[1].glob("left-*")))
    assert host.ctl("artifacts", str(runs[0])).stdout == ""
