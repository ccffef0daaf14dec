"""The questions to a real systemd, asked inside of it by tests/systemd/run: standard library only, a line per answer.

Each check is a function whose docstring says what it shows; one that fails does not keep the others from being made.
"""

import json
import os
import pwd
import signal
import subprocess
import sys
import time
import traceback
import urllib.request
from pathlib import Path

from asking import ctl, drop_in, journal, result_of, run, show, start_run, wait_until

CONFIG = Path("/etc/aegis/aegis.toml")
WORKFLOWS = """
[control]
operators = ["aegis"]

[workflows.quick]
[[workflows.quick.steps]]
name = "say"
run = "echo said"

[workflows.red]
[[workflows.red.steps]]
name = "tests"
run = "exit 3"

[workflows.long]
[[workflows.long.steps]]
name = "first"
run = "echo x >> /var/lib/aegis/home/first; sleep 6"
[[workflows.long.steps]]
name = "second"
run = "echo done"

[workflows.builds]
[[workflows.builds.steps]]
name = "venv"
run = "python3 -c 'import ctypes, multiprocessing, sqlite3, ssl' && echo '#!/bin/sh' > x && chmod +x x && ./x"
[[workflows.builds.steps]]
name = "sandbox"
run = "test ! -w /usr && echo inside"
sandbox = "bwrap"
[[workflows.builds.steps]]
name = "memory"
run = "grep -q MemTotal /proc/meminfo && test -w $HOME"
"""


def check_activation() -> None:
    """The first client starts aegisd, which has the socket of the unit, root's and group aegis's."""
    run("systemctl", "stop", "aegisd", "aegisd.socket", "aegisd-http.socket")
    run("systemctl", "start", "aegisd.socket", "aegisd-http.socket")
    assert show("ActiveState") == "inactive"
    assert json.loads(ctl("status", "--json"))["socket"] == "/run/aegis/control.sock"
    assert (show("ActiveState"), show("SubState")) == ("active", "running")
    found = Path("/run/aegis/control.sock").stat()
    assert (found.st_uid, found.st_mode & 0o777) == (0, 0o660)
    assert show("StatusText") == "0 running, 0 queued"


def check_http() -> None:
    """The socket for HTTP is handed over too."""
    with urllib.request.urlopen("http://127.0.0.1:8640/healthz", timeout=20) as answer:
        assert answer.status == 200


def check_journal() -> None:
    """The journal can be asked for one run."""
    ctl("run", "quick")
    ctl("run", "red", check=False)
    lines = run("journalctl", "AEGIS_RUN=2", "-o", "cat", "--no-pager").splitlines()
    assert lines[0].startswith("run 2 (red) accepted: "), lines
    assert "run 2 (red), step tests ended: failure" in "\n".join(lines)
    assert not any("run 1 " in line for line in lines)
    (entry,) = run("journalctl", "AEGIS_STEP=tests", "-o", "json", "--no-pager").splitlines()
    fields = json.loads(entry)
    assert (fields["AEGIS_RESULT"], fields["PRIORITY"], fields["_SYSTEMD_UNIT"]) == ("failure", "6", "aegisd.service")


def check_builds() -> None:
    """What builds do works under the directives of the unit."""
    done = subprocess.run(["aegisctl", "run", "builds", "--logs", "all"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr + journal()


def check_reload() -> None:
    """`systemctl reload` waits for the new configuration, and fails with a bad one, which changes nothing."""
    text = CONFIG.read_text()
    CONFIG.write_text(
        text.replace("[workflows.quick]", "[workflows.quicker]").replace("workflows.quick.", "workflows.quicker.")
    )
    run("systemctl", "reload", "aegisd")
    assert "quicker" in ctl("workflows")
    CONFIG.write_text("[daemon]\nrnus = 1\n")
    assert subprocess.run(["systemctl", "reload", "aegisd"], capture_output=True, check=False).returncode != 0
    assert "quicker" in ctl("workflows")
    CONFIG.write_text(text)
    run("systemctl", "reload", "aegisd")
    assert show("NRestarts") == "0"


def check_restart_loses_nothing() -> None:
    """A restart in the middle of a run drops no connection attempt, and the run ends well."""
    number = start_run("long")
    wait_until(lambda: Path("/var/lib/aegis/home/first").exists())
    restart = subprocess.Popen(["systemctl", "restart", "aegisd"])
    attempts = 0
    while restart.poll() is None or attempts < 5:
        ctl("status")
        attempts += 1
    assert restart.returncode == 0
    wait_until(lambda: result_of(number))
    assert result_of(number) in {"success", "cancellation"}


def check_adoption() -> None:
    """With `on_stop = "adopt"` a restart, and kill -9, leave the program of a step alone: it is executed once, and the
    run passes. doctor says what the unit lacks for that, and that it does not any more."""
    text, marker = CONFIG.read_text(), Path("/var/lib/aegis/home/first")
    CONFIG.write_text(f'[daemon]\non_stop = "adopt"\n{text}')
    run("systemctl", "restart", "aegisd")
    assert _see_adoption() == ["KillMode=mixed", "PrivateTmp=yes"]
    with drop_in("[Service]\nKillMode=process\nPrivateTmp=no\nReadWritePaths=/tmp /var/tmp\n"):
        assert _see_adoption() == ["KillMode=process"]
        for end in (lambda: run("systemctl", "restart", "aegisd"), _kill_aegisd):
            marker.unlink(missing_ok=True)
            number = start_run("long")
            wait_until(marker.exists)
            end()
            wait_until(lambda number=number: result_of(number))
            assert result_of(number) == "success", ctl("why", number)
            assert len(marker.read_text().splitlines()) == 1
        CONFIG.write_text(text)


def _see_adoption() -> list[str]:
    """What doctor names of the unit where programs are to outlive aegisd."""
    checks = json.loads(ctl("doctor", "--json", check=False))["checks"]
    texts = [check["text"] for check in checks if check["check"] == "adoption"]
    return [
        word.strip("()") for text in texts for word in text.split() if word.startswith(("(KillMode=", "(PrivateTmp="))
    ]


def _kill_aegisd() -> None:
    before = show("MainPID")
    os.kill(int(before), signal.SIGKILL)
    wait_until(lambda: show("MainPID") not in {before, "0"} and show("SubState") == "running")


def check_kill() -> None:
    """kill -9 of aegisd: systemd ends every process of the unit and starts it again; the run goes on and passes."""
    marker = Path("/var/lib/aegis/home/first")
    marker.unlink(missing_ok=True)
    number = start_run("long")
    wait_until(marker.exists)
    _kill_aegisd()
    wait_until(lambda: result_of(number))
    assert result_of(number) == "success"
    assert len(marker.read_text().splitlines()) == 2


def check_watchdog() -> None:
    """An aegisd that is stuck is ended and started anew, and the journal says where it was."""
    with drop_in("[Service]\nWatchdogSec=2\n"):
        before = show("MainPID")
        run("systemctl", "kill", "--signal=STOP", "--kill-who=main", "aegisd")
        wait_until(lambda: show("MainPID") not in {before, "0"} and show("SubState") == "running")
        ctl("status")
    assert "Watchdog timeout" in run("journalctl", "-u", "aegisd", "--no-pager")


def check_credentials() -> None:
    """A credential of the unit is `${NAME}` in the configuration; no log and no `config show` has it."""
    secret = Path("/etc/aegis/credentials/token")
    secret.write_text("correct horse\n")
    text = CONFIG.read_text()
    CONFIG.write_text(
        text + '\n[workflows.cred]\nenv = { T = "${token}" }\n[[workflows.cred.steps]]\nrun = "test ${#T} = 13"\n'
    )
    with drop_in("[Service]\nLoadCredential=token:/etc/aegis/credentials/token\n"):
        ctl("run", "cred")
        assert "correct horse" not in ctl("config", "show")
        CONFIG.write_text(text)
    assert "correct horse" not in run("journalctl", "--no-pager")
    secret.unlink()


def check_bad_configuration() -> None:
    """A configuration that is wrong at the start: the journal has the place, clients that wait cause some tries and no
    endless loop, and one restart mends everything."""
    text = CONFIG.read_text()
    CONFIG.write_text("[daemon]\nrnus = 1\n")
    assert subprocess.run(["systemctl", "restart", "aegisd"], capture_output=True, check=False).returncode != 0
    assert (show("ActiveState"), show("ExecMainStatus")) == ("failed", "78")
    assert "aegis.toml:2:1" in journal()
    assert subprocess.run(["aegisctl", "status"], capture_output=True, check=False).returncode == 69
    wait_until(lambda: run("systemctl", "is-active", "aegisd.socket", check=False).strip() == "failed", 90)
    told = subprocess.run(["aegisctl", "status"], capture_output=True, text=True, check=False)
    assert "is not running" in told.stderr, told
    CONFIG.write_text(text)
    run("systemctl", "restart", "aegisd")
    ctl("status")


def check_doctor() -> None:
    """`aegisctl doctor` has nothing to say against the unit."""
    checks = json.loads(ctl("doctor", "--json", check=False))["checks"]
    problems = [check["text"] for check in checks if check["level"] == "problem"]
    assert problems == []
    assert any("watches it" in check["text"] for check in checks)
    assert json.loads(ctl("status", "--json"))["containment"] == "cgroup"


def check_stop() -> None:
    """A stop is clean, and leaves no process behind."""
    run("systemctl", "stop", "aegisd")
    assert show("Result") == "success"
    uid = str(pwd.getpwnam("aegis").pw_uid)
    owners = [path.read_text().split("Uid:\t")[1].split()[0] for path in Path("/proc").glob("[0-9]*/status")]
    assert uid not in owners


CHECKS = (
    check_activation,
    check_http,
    check_journal,
    check_builds,
    check_reload,
    check_restart_loses_nothing,
    check_kill,
    check_adoption,
    check_watchdog,
    check_credentials,
    check_bad_configuration,
    check_doctor,
    check_stop,
)


def main() -> int:
    """Boot, ask, and say how many answers were wrong."""
    wait_until(lambda: subprocess.run(["systemctl", "is-system-running", "--quiet", "--wait"], check=False) is not None)
    run("systemd-sysusers")
    run("systemd-tmpfiles", "--create")
    CONFIG.write_text(WORKFLOWS)
    CONFIG.chmod(0o644)
    CONFIG.parent.chmod(0o755)
    run("systemctl", "daemon-reload")
    failed = 0
    for check in CHECKS:
        began = time.monotonic()
        try:
            check()
        except Exception:  # noqa: BLE001 - the other checks are still to be made
            failed += 1
            print(f"FAIL  {check.__doc__}\n{traceback.format_exc(limit=-2)}\n{journal()}")
        else:
            print(f"ok    {check.__doc__} ({time.monotonic() - began:.1f} s)")
    print(f"{len(CHECKS) - failed} of {len(CHECKS)} passed under systemd {run('systemctl', '--version').split()[1]}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
