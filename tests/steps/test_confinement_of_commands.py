"""What a command step asks of its executor, and how it reads the end of a sandbox."""

import pytest

from aegisd.core.confinement import UNCONFINED, Confinement
from aegisd.core.model import Result, Sandboxing
from aegisd.core.obstacle import list_demands
from aegisd.steps.command import CommandSpec, _judge, confine


def test_nothing_is_asked() -> None:
    """A plain command is not confined, and neither is one that says so."""
    assert confine(CommandSpec(run="make")) == UNCONFINED
    assert confine(CommandSpec(run="make", sandbox=Sandboxing.NONE, network=True)) == UNCONFINED
    assert list_demands(UNCONFINED) == ()


def test_everything_is_asked() -> None:
    """Each key reaches the executor; `nice` and `wait_for_children` ask nothing of the host."""
    spec = CommandSpec(
        run="make",
        memory=2**26,
        cpus=0.5,
        pids=9,
        nice=3,
        wait_for_children=True,
        sandbox=Sandboxing.BWRAP,
        network=False,
    )
    asked = Confinement(memory=2**26, cpus=0.5, pids=9, nice=3, wait_for_children=True, sandbox="bwrap", network=False)
    assert confine(spec) == asked
    assert list_demands(asked) == ("memory", "cpus", "pids", "sandbox", "network")


@pytest.mark.parametrize(
    ("sandbox", "codes", "result"),
    [
        (Sandboxing.BWRAP, (0,), Result.FAILURE),
        (Sandboxing.BWRAP, (0, 143), Result.SUCCESS),
        (Sandboxing.NONE, (0, 143), Result.FAILURE),
    ],
)
def test_a_signal_in_a_sandbox(sandbox: Sandboxing, codes: tuple[int, ...], result: Result) -> None:
    """A sandbox cannot tell exit 143 from SIGTERM: where 143 is fine, so is that."""
    spec = CommandSpec(run="make", sandbox=sandbox, ok_exit_codes=codes)
    assert _judge(spec, None, "SIGTERM").result is result
    assert _judge(spec, None, "signal 37").result is Result.FAILURE
