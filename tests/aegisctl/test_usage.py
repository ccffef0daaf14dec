"""`aegisctl usage`, and what `show` says of it."""

import json
from typing import Any

from tests.aegisctl.conftest import Cli, Terminal
from tests.aegisctl.fake_daemon import FakeDaemon
from tests.aegisctl.samples import detail


def _usage(calls: int, cost: float | None, unpriced: int = 0, **group: Any) -> dict[str, Any]:
    return {
        "calls": calls,
        "prompt_tokens": calls * 100,
        "completion_tokens": calls * 10,
        "total_tokens": calls * 110,
        "cost_usd": cost,
        "unpriced": unpriced,
        "group": group,
    }


ANSWER = {"total": _usage(3, 0.75, 1), "usage": [_usage(2, 0.75, model="m"), _usage(1, None, 1, model=None)]}


def test_in_a_pipe(cli: Cli, daemon: FakeDaemon) -> None:
    """S103: a row for each part with its numbers; JSON has the sum as well; filters go to the daemon."""
    daemon.answers["GetUsage"] = ANSWER
    assert cli("usage", "842").stdout == "m\t2\t200\t20\t220\t0.75\n\t1\t100\t10\t110\t\n"
    assert json.loads(cli("usage", "--json", "--by", "step", "--by", "role", "-S", "1h").stdout)["total"]["calls"] == 3
    first, second = daemon.asked("GetUsage")
    assert first == {"run": 842, "by": ["model"]}
    assert second["by"] == ["step", "role"]
    daemon.answers["GetUsage"] = {"total": _usage(0, None), "usage": []}
    answer = cli("usage")
    assert (answer.stdout, answer.stderr) == ("", "no model was asked\n")


def test_on_a_terminal(on_terminal: Terminal, daemon: FakeDaemon) -> None:
    """A table, and the sum with the cost as far as it is known."""
    daemon.answers["GetUsage"] = ANSWER
    with on_terminal("usage", "842") as session:
        text = session.wait_for("at least")
    assert "MODEL  CALLS" in text
    assert "3 calls, 330 tokens (300 in, 30 out), at least $0.7500" in text


def test_in_show(cli: Cli, daemon: FakeDaemon) -> None:
    """S103: a run that asked models says so; one that did not says nothing."""
    assert "models" not in cli("show", "842").stdout
    daemon.answers["GetRun"] = {"detail": {**detail(), "usage": _usage(3, 0.75)}}
    assert "  models   3 calls, 330 tokens (300 in, 30 out), $0.7500\n" in cli("show", "842").stdout
