"""The step type `command`: how it runs what it is given, and what it makes of the end. Real processes."""

from pathlib import Path

import pytest
import trio

from aegisd.core.model import Result
from aegisd.steps import STEP_TYPES
from aegisd.steps.command import CommandSpec
from tests.steps.kit import StepBench


@pytest.fixture
def bench(tmp_path: Path) -> StepBench:
    """A place to run steps."""
    return StepBench(folder=tmp_path, params={"target": "prod; rm -rf /", "empty": ""})


@pytest.mark.parametrize(
    ("script", "result", "error", "code"),
    [
        ("true", Result.SUCCESS, None, 0),
        ("exit 3", Result.FAILURE, "exit 3", 3),
        ("no-such-program", Result.FAILURE, "exit 127", 127),
        ("kill -KILL $$", Result.FAILURE, "ended by SIGKILL", None),
    ],
)
async def test_results(script: str, result: Result, error: str | None, code: int | None, bench: StepBench) -> None:
    """W1.3: the exit status decides; a program that a signal ended has failed, with the signal's name."""
    outcome = await bench.shell(script)
    assert (outcome.result, outcome.error, outcome.exit_code) == (result, error, code)
    assert outcome.signal == ("SIGKILL" if code is None else None)


async def test_codes_that_are_well(bench: StepBench) -> None:
    """`ok_exit_codes` says which codes pass; without 0 in it, 0 is a failure."""
    assert (await bench.shell("exit 3", ok_exit_codes=(0, 3))).result is Result.SUCCESS
    assert (await bench.shell("true", ok_exit_codes=(1,))).error == "exit 0"


async def test_a_string_is_a_line_of_shell(bench: StepBench) -> None:
    """A string goes to `sh -c`; braces in it are the shell's, a parameter is read from the environment."""
    await bench.shell('echo "{target}" | tr a-z A-Z; echo "$AEGIS_PARAM_TARGET" ${AEGIS_PARAM_EMPTY:-none}')
    assert bench.output() == "{TARGET}\nprod; rm -rf / none\n"


async def test_a_list_is_a_program(bench: StepBench) -> None:
    """A list is run without a shell: what a parameter holds stays one argument, whatever it says."""
    await bench.shell(("printf", "<%s>", "{target}", "{empty}", "{{target}}", "$HOME"))
    assert bench.output() == "<prod; rm -rf /><><{target}><$HOME>"


async def test_the_environment_of_a_step(tmp_path: Path) -> None:
    """`env` of the step goes over that of the workflow; parameters are put in; AEGIS_* cannot be replaced."""
    bench = StepBench(folder=tmp_path, params={"target": "prod"}, env={"A": "workflow {target}", "B": "workflow"})
    found = await bench.variables(env={"B": "step {target}", "AEGIS_STEP": "forged", "PWD": "/forged"})
    assert (found["A"], found["B"], found["AEGIS_STEP"]) == ("workflow prod", "step prod", "unit")
    assert found["PWD"] == str(tmp_path / "workspace")


async def test_the_directory_of_a_step(bench: StepBench, tmp_path: Path) -> None:
    """A step runs in the run's directory, which is made; `dir` is relative to it."""
    await bench.shell("mkdir sub; pwd")
    assert bench.output() == f"{tmp_path}/workspace\n"
    await bench.shell('pwd; echo "$PWD"', dir="sub")
    assert bench.output() == f"{tmp_path}/workspace/sub\n" * 2
    await bench.shell("pwd", dir="/")
    assert bench.output() == "/\n"


async def test_what_cannot_be_started(bench: StepBench, tmp_path: Path) -> None:
    """A program or directory that is not there is an error of the host, not a failure of the user's, in words."""
    outcome = await bench.shell(("no-such-program",))
    assert outcome.result is Result.ERROR
    assert outcome.error == f"cannot start no-such-program in {tmp_path}/workspace: No such file or directory"
    outcome = await bench.shell("true", dir="gone")
    assert outcome.error == f"cannot start /bin/sh: the directory {tmp_path}/workspace/gone is not there"
    assert bench.output() == ""


async def test_a_failed_start_leaves_nothing_open(bench: StepBench) -> None:
    """A program that could not be started leaves no open log behind."""
    await bench.shell(("no-such-program",))
    assert bench.logs._open == {}


@pytest.mark.parametrize(
    ("run", "text"), [("make  test", "make  test"), (("printf", "%s", "two words"), "printf %s 'two words'")]
)
def test_what_people_see(run: str | tuple[str, ...], text: str) -> None:
    """A command is shown as somebody would type it."""
    assert STEP_TYPES["command"].describe(CommandSpec(run=run)) == text


async def test_a_closed_output_is_no_end(bench: StepBench) -> None:
    """A program that closes its output still runs; one whose child keeps it open has ended."""
    began = trio.current_time()
    outcome = await bench.shell("exec >&- 2>&-; sleep 0.2; exit 4")
    assert outcome.exit_code == 4
    assert trio.current_time() - began >= 0.2
    began = trio.current_time()
    await bench.shell("sleep 60 & echo started")
    assert trio.current_time() - began < 30
