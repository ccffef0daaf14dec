"""What a step used, in words: short in the tree, in full for one step."""

from typing import Any

from aegisctl.show_screen import format_run, format_step
from aegisctl.terminal import Terminal
from aegisctl.usage_words import describe_receipt, describe_usage, describe_use
from tests.aegisctl import samples

USAGE = {
    "user_s": 8.2,
    "system_s": 0.8,
    "memory_bytes": 180 * 2**20,
    "read_bytes": 0,
    "written_bytes": 2**20,
    "yielded": 1,
    "preempted": 2,
    "stalled_s": {"cpu": 0.5, "memory": 0.0, "io": 0.125},
}
RECEIPT = {"strategy": "cgroup", "killed": 2, "took_s": 0.3, "empty": True, "left": []}


def _attempt(**changes: Any) -> dict[str, Any]:
    known = {"attempt": 1, "result": "failure", "duration_s": 11.5, "exit_code": 1, "signal": None, "error": None}
    return {**known, "receipt": RECEIPT, "usage": USAGE, **changes}


def test_all_attempts_in_short() -> None:
    """CPU time and killed processes add up over attempts, of memory the largest counts."""
    small = {**USAGE, "memory_bytes": None}
    assert describe_use([_attempt(), _attempt(usage=small)]) == "cpu 18.0s  180 MiB  4 killed"
    assert describe_use([_attempt(usage=None, receipt=None)]) == ""
    assert describe_use([{"attempt": 1, "result": "success"}]) == ""


def test_one_attempt_in_full() -> None:
    """Everything that is known is said, and nothing that is not."""
    assert describe_usage(USAGE) == (
        "cpu 8.2s user, 0.8s system; 180 MiB of memory; 0 B read, 1.0 MiB written; "
        "waited for cpu 0.5s, memory 0.0s, io 0.1s"
    )
    assert describe_usage(dict.fromkeys(USAGE)) == ""


def test_a_receipt() -> None:
    """It says what had to be killed, and names what would not die."""
    assert describe_receipt(RECEIPT) == "2 had to be killed, all gone after 0.3s (cgroup)"
    left = {**RECEIPT, "killed": 0, "empty": False, "left": [7, 8]}
    assert describe_receipt(left) == "still there: pid 7, pid 8 (cgroup)"


def test_the_screens() -> None:
    """`show` has the short form behind each step, `show RUN STEP` a line for use and a line for the end."""
    step = samples.step("unit", result="failure", exit_code=1, attempts=[_attempt()])
    detail = samples.detail(steps=[step])
    pipe = Terminal(-1, environ={"LANG": "C.UTF-8"})
    tree = format_run(detail, terminal=pipe, now=samples.NOW, utc=True)
    assert any(line.endswith("exit 1  cpu 9.0s  180 MiB  2 killed") for line in tree)
    lines = format_step(step, terminal=pipe, utc=True)
    assert f"  used     {describe_usage(USAGE)}" in lines
    assert f"  ended    {describe_receipt(RECEIPT)}" in lines
