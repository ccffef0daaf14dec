"""One attempt with a real program: its limit, its log, what is known of it when it was cut short. The real clock."""

import os
import re
import time
from pathlib import Path

import pytest
import trio

from aegisd.core.model import Outcome, Result, Step
from aegisd.engine.environment import inherit
from aegisd.engine.outcomes import tell_cut
from aegisd.helpers import FOLDER
from aegisd.steps.base import Attempting, StepType
from aegisd.steps.wait import WaitSpec
from tests.steps.kit import RUN, StepBench


@pytest.fixture
def bench(tmp_path: Path) -> StepBench:
    """A place to run steps."""
    return StepBench(folder=tmp_path)


async def test_a_timeout_ends_the_program(bench: StepBench) -> None:
    """S47: the program is ended, by SIGTERM here, and the outcome says so beside the limit."""
    outcome = await bench.shell("echo $$; exec sleep 60", limit=0.2)
    assert (outcome.result, outcome.error) == (Result.TIMEOUT, "no end after 0.2s (ended by SIGTERM)")
    assert outcome.signal == "SIGTERM"
    with pytest.raises(ProcessLookupError):
        os.kill(int(bench.output()), 0)


async def test_a_program_that_tidies_up(bench: StepBench) -> None:
    """The exit code that a program gave when it was asked to end is told."""
    outcome = await bench.shell('trap "echo bye; exit 5" TERM; sleep 60 & wait', limit=0.2)
    assert (outcome.result, outcome.exit_code) == (Result.TIMEOUT, 5)
    assert outcome.error == "no end after 0.2s (exit 5 after SIGTERM)"
    assert bench.output() == "bye\n"


async def test_output_is_counted(bench: StepBench) -> None:
    """The outcome says how many bytes there are, however the attempt ended."""
    assert (await bench.shell("printf 12345")).output_bytes == 5
    assert (await bench.shell("printf 123; exit 1")).output_bytes == 3
    assert (await bench.shell("printf 1234567; sleep 60", limit=0.2)).output_bytes == 7
    assert (await bench.shell("true")).output_bytes == 0


async def test_cancelled_from_outside(bench: StepBench) -> None:
    """A cancellation goes through; what is known of the program is in the attempt."""
    with trio.move_on_after(0.2) as scope:
        await bench.shell("printf 12; exec sleep 60")
    assert scope.cancelled_caught
    attempting = bench.attempting
    assert attempting is not None
    assert (attempting.signal, attempting.exit_code, attempting.output_bytes) == ("SIGTERM", None, 2)
    outcome = tell_cut(attempting, Result.CANCELLATION, "cancelled by uid:1000")
    assert outcome.error == "cancelled by uid:1000 (ended by SIGTERM)"
    assert outcome.output_bytes == 2


async def test_a_log_that_cannot_be_made(bench: StepBench) -> None:
    """An attempt without a log does not run: an error of the host, with the path and the reason."""
    blocked = bench.folder / str(RUN)
    blocked.write_text("in the way")
    outcome = await bench.shell("touch ../was-run")
    assert outcome.result is Result.ERROR
    assert re.fullmatch(r"cannot prepare .*/842.*: Not a directory|cannot prepare .*: File exists", outcome.error or "")
    assert not (bench.folder / "was-run").exists()


async def test_each_attempt_has_its_log(bench: StepBench) -> None:
    """S46: the output of an earlier attempt stays when the next one begins."""
    await bench.shell('echo "attempt $AEGIS_ATTEMPT"; exit 1')
    await bench.shell('echo "attempt $AEGIS_ATTEMPT"')
    logs = sorted((bench.folder / "842" / "logs").glob("*.log"))
    assert [path.read_text() for path in logs] == ["attempt 1\n", "attempt 2\n"]


async def test_the_environment(bench: StepBench) -> None:
    """cli.md: what every step finds, and nothing else."""
    found = await bench.variables()
    assert {name: found[name] for name in sorted(found) if name not in {"TRACEPARENT", "PATH", "AEGIS_TOKEN"}} == {
        "AEGIS": "1",
        "AEGIS_ARTIFACTS": str(bench.folder / "842" / "left-0000.1"),
        "AEGIS_ATTEMPT": "1",
        "AEGIS_HELPERS": FOLDER,
        "AEGIS_RUN_ID": "842",
        "AEGIS_SOCKET": "/run/aegis/control.sock",
        "AEGIS_STEP": "unit",
        "AEGIS_TRIGGER": "webhook",
        "AEGIS_TRIGGER_NAME": "github",
        "AEGIS_WORKFLOW": "quality",
        "AEGIS_WORKSPACE": str(bench.folder / "workspace"),
        "CI": "true",
        "GIT_TERMINAL_PROMPT": "0",
        "HOME": "/nonexistent",
        "PWD": str(bench.folder / "workspace"),
    }
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", found["TRACEPARENT"])


async def test_each_attempt_has_a_token_that_ends_with_it(bench: StepBench) -> None:
    """A program can show who it is while it executes; the token of an attempt that has ended is worth nothing."""
    tokens = [(await bench.variables())["AEGIS_TOKEN"] for _ in range(2)]
    assert tokens[0] != tokens[1]
    assert [bench.tokens.resolve(token) for token in tokens] == [None, None]


async def test_spans_differ(bench: StepBench) -> None:
    """Each attempt is a span of its own."""
    spans = [(await bench.variables())["TRACEPARENT"] for _ in range(2)]
    assert spans[0] != spans[1]


async def test_the_deadline(bench: StepBench) -> None:
    """AEGIS_DEADLINE is when the nearest limit comes, in seconds since 1970; without a limit there is none."""
    assert "AEGIS_DEADLINE" not in await bench.variables()
    with trio.move_on_after(30):
        found = await bench.variables()
    assert abs(float(found["AEGIS_DEADLINE"]) - time.time() - 30) < 20
    await bench.shell(("env", "-0"), limit=10.0)
    assert abs(float(bench.output().split("AEGIS_DEADLINE=")[1].split("\0")[0]) - time.time() - 10) < 9


async def test_parameters(tmp_path: Path) -> None:
    """Parameters are there as AEGIS_PARAM_NAME, as they were given."""
    bench = StepBench(folder=tmp_path, params={"target": "a b\n$HOME", "level": ""})
    found = await bench.variables()
    assert (found["AEGIS_PARAM_TARGET"], found["AEGIS_PARAM_LEVEL"]) == ("a b\n$HOME", "")


async def test_no_secret_is_inherited(tmp_path: Path) -> None:
    """What aegisd's environment holds for its configuration does not reach a step; the locale and a few names do."""
    environment = {"API_TOKEN": "hunter2", "AEGIS_RUN_ID": "1", "LC_ALL": "C", "TZ": "UTC", "LD_PRELOAD": "x.so"}
    found = await StepBench(folder=tmp_path, environment=environment).variables()
    assert "hunter2" not in found.values()
    assert "LD_PRELOAD" not in found
    assert (found["LC_ALL"], found["TZ"], found["AEGIS_RUN_ID"]) == ("C", "UTC", "842")


def test_a_path_is_always_there() -> None:
    """Without a PATH of its own aegisd gives steps the usual one."""
    assert inherit({}, socket="s")["PATH"].endswith("/usr/bin:/sbin:/bin")
    assert inherit({"PATH": "/opt/bin"}, socket="s")["PATH"] == "/opt/bin"


async def test_the_default_limit_of_a_type(bench: StepBench, autojump_clock: trio.abc.Clock) -> None:
    """A step without a timeout has that of its type, if there is one."""

    async def execute(spec: WaitSpec, attempting: Attempting) -> Outcome:
        await trio.sleep(spec.seconds)
        return Outcome(result=Result.SUCCESS)

    slow = StepType(name="slow", spec=WaitSpec, execute=execute, describe=str, default_timeout=7.0)
    bench.attempts._step_types = {"slow": slow}
    outcome = await bench.run(WaitSpec(seconds=60.0), type="slow")
    assert outcome.error == "no end after 7s"
    assert bench.attempts.limit(Step(name="a", type="slow", spec=None, timeout=2.0)) == 2.0
