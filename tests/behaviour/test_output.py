"""Step output: kept to the byte, followed from the first byte, whatever it is."""

import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from tests.behaviour.host import Host, program
from tests.source import ROOT

MakeHost = Callable[..., Host]


def _one_step(run: str) -> str:
    return f"[workflows.w]\n[[workflows.w.steps]]\nname = 's'\nrun = '''{run}'''\n"


def test_output_keeps_its_order_and_bytes(make_host: MakeHost) -> None:
    """S104: stdout and stderr come in the order they were written, with invalid UTF-8 and NUL bytes as they are."""
    host = make_host(_one_step(r"printf 'out\377\0'; printf 'err' >&2; printf 'out again\n'"))
    run = host.run("w")
    host.finish(run)
    assert host.output(run, "s") == b"out\xff\0errout again\n"


def test_follow_from_the_first_byte(make_host: MakeHost) -> None:
    """`logs -f` of a running step begins with its first line and ends by itself with the step."""
    script = "echo first; while ! test -e $GATE; do sleep 0.02; done; echo last"
    host = make_host("[workflows.w]\nenv = { GATE = '{gate}' }\nparams = { gate = '' }\n" + _steps(script))
    gate = host.folder / "gate"
    run = host.run("w", gate=str(gate))
    host.wait_until(lambda: host.output(run, "s") == b"first\n")
    seen: list[bytes] = []
    follower = threading.Thread(target=lambda: seen.append(host.output(run, "s", follow=True)))
    follower.start()
    gate.touch()
    follower.join(timeout=30)
    assert seen == [b"first\nlast\n"]


def test_a_line_without_end_costs_no_memory(make_host: MakeHost) -> None:
    """300 MB without a newline go through aegisd to a follower unchanged while its memory stays flat (faults 27)."""
    host = make_host(_one_step("head -c 300000000 /dev/zero"))
    before = _peak(host)
    run = host.run("w")
    target = host.folder / "followed"
    with target.open("wb") as out:
        subprocess.run(
            [*program("aegisctl"), "--socket", str(host.socket), "logs", str(run), "-f", "--raw"],
            cwd=ROOT,
            stdout=out,
            check=True,
            timeout=60,
        )
    assert target.stat().st_size == 300_000_000
    assert _peak(host) - before < 30 * 1024


def test_output_after_the_main_process_ended(make_host: MakeHost) -> None:
    """A background child that holds the output open does not keep the step from ending, and is ended with it (faults
    32)."""
    host = make_host(_one_step("sleep 7461 & echo done"))
    run = host.run("w")
    assert host.finish(run)["result"] == "success"
    assert host.output(run, "s") == b"done\n"
    assert not _living("sleep 7461")


def test_step_sees_little_of_the_daemon(make_host: MakeHost) -> None:
    """A step has stdin at its end, no open files of aegisd and no variable of aegisd's environment but a few (faults
    43-45)."""
    os.environ["AEGIS_TEST_SECRET"] = "hush"
    try:
        host = make_host(_one_step("ls /proc/self/fd | wc -l; env; cat; echo end"))
    finally:
        del os.environ["AEGIS_TEST_SECRET"]
    run = host.run("w")
    assert host.finish(run)["result"] == "success"
    lines = host.output(run, "s").decode().splitlines()
    assert lines[0] == "4"
    assert lines[-1] == "end"
    assert not any("hush" in line for line in lines)
    assert f"AEGIS_RUN_ID={run}" in lines


def _steps(run: str) -> str:
    return f"[[workflows.w.steps]]\nname = 's'\nrun = '''{run}'''\n"


def _peak(host: Host) -> int:
    """The peak memory of aegisd in KiB."""
    assert host.process is not None
    status = Path(f"/proc/{host.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


def _living(mark: str) -> bool:
    return subprocess.run(["pgrep", "-f", mark], capture_output=True, check=False).returncode == 0
