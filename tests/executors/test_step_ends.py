"""What srun, the wrapper and the allocation say together of a step in it. Pure."""

import pytest

from aegisd.core.executor_keys import SlurmKeys
from aegisd.core.job import EndKind
from aegisd.core.placement import Resources
from aegisd.executors.command import Command
from aegisd.executors.job import Job, JobGroup, is_named_by
from aegisd.executors.slurm.options import salloc_options, step_options
from aegisd.executors.slurm.records import Record
from aegisd.executors.slurm.step_ends import decide_step_end, find_step

GROUP = "ae.1a2b.farm.7"


def _record(state: str) -> Record:
    return Record(id="12", state=state, status=0, reason="", nodes="n1", name=f"{GROUP}.all.1")


@pytest.mark.parametrize(
    ("state", "told", "status", "begun", "complaint", "kind"),
    [
        ("RUNNING", 0, 0, True, "", EndKind.EXITED),
        ("RUNNING", 3, 3, True, "n1: task 0: Exited with exit code 3", EndKind.EXITED),
        ("RUNNING", 137, 137, True, "", EndKind.SIGNALED),
        ("RUNNING", None, 127, False, "make: no such program on this node", EndKind.REJECTED),
        ("RUNNING", None, 1, False, "Unable to create step for job 12: Job/step already completing", EndKind.REJECTED),
        ("RUNNING", None, 0, True, "", EndKind.UNCONFIRMED),
        ("RUNNING", None, 137, False, "n1: task 0: Killed", EndKind.UNCONFIRMED),
        ("RUNNING", None, 0, True, "Node failure on n1", EndKind.LOST),
        ("RUNNING", None, 137, True, "Detected 1 oom-kill event(s) in StepId=12.0", EndKind.SIGNALED),
        ("RUNNING", 143, 143, True, "*** STEP 12.0 ON n1 CANCELLED AT 2026 ***", EndKind.CANCELLED),
        ("RUNNING", 0, 0, True, "*** STEP 12.0 ON n1 CANCELLED AT 2026 ***", EndKind.EXITED),
        ("NODE_FAIL", 0, 0, True, "", EndKind.LOST),
        ("NODE_FAIL", None, 0, True, "", EndKind.LOST),
        ("COMPLETED", 0, 0, True, "", EndKind.LOST),
        ("CANCELLED", 0, 0, True, "", EndKind.CANCELLED),
        ("TIMEOUT", None, 143, True, "", EndKind.CANCELLED),
        (None, 0, 0, True, "", EndKind.EXITED),
        (None, None, 0, True, "", EndKind.LOST),
        (None, None, 1, False, "", EndKind.REJECTED),
    ],
)
def test_ends(state: str | None, told: int | None, status: int, complaint: str, kind: EndKind, *, begun: bool) -> None:
    """The whole table. srun's exit 0 alone never makes a success, and nothing does once the allocation has ended; no
    record means that the controller does not answer."""
    record = _record(state) if state is not None else None
    end = decide_step_end(record, told=told, status=status, begun=begun, complaint=complaint)
    assert end.kind is kind
    is_success = (end.kind, end.code) == (EndKind.EXITED, 0)
    assert is_success == (told == 0 and state in {"RUNNING", None})


def test_steps_are_found_by_their_whole_name() -> None:
    """Neither a longer name nor noise is the step."""
    text = f"slurm_load: x\n12.batch|{GROUP}.0.1\n12.4|{GROUP}.0.11\n  12.5|{GROUP}.0.1\n"
    assert find_step(text, f"{GROUP}.0.1") == "12.5"
    assert find_step(text, f"{GROUP}.1.1") is None
    assert find_step("", f"{GROUP}.0.1") is None


def test_what_an_allocation_asks_for() -> None:
    """As much as the greatest of the run's steps wants, and the run's limit as a backstop."""
    keys = SlurmKeys(cpus=2, memory=2**30, partition="build", account="ci", backstop=60)
    asks = (Resources(cpus=8), Resources(memory=2**31, constraint="gcc13"), Resources(memory=2**20))
    options = salloc_options(keys, JobGroup(name=GROUP, asks=asks, limit=30.0), f"{GROUP}.all.1")
    given = options[options.index("-c") : options.index("--")]
    assert given == ("-c", "8", "--mem=2048M", "--constraint=gcc13", "-p", "build", "-A", "ci", "-t", "2")
    alone = salloc_options(SlurmKeys(), JobGroup(name=GROUP), "x")
    assert alone[alone.index("-c") : alone.index("--")] == ("-c", "1")


def test_what_a_step_in_it_asks_for() -> None:
    """Its own part of it: partition, account and constraint are the allocation's."""
    keys = SlurmKeys(cpus=2, memory=2**30, partition="build", account="ci", constraint="x")
    command = Command(argv=("make",), env={"TOKEN": "hunter2"}, dir="/srv", output_fd=1)
    job = Job(name=f"{GROUP}.0.1", command=command, resources=Resources(memory=2**31, constraint="x"))
    options = step_options(keys, job, "12")
    given = options[options.index("--jobid=12") : options.index("--")]
    assert given == ("--jobid=12", "--overlap", "-J", job.name, "-D", "/", "-c", "2", "--mem=2048M")
    assert not any("hunter2" in each for each in options)


def test_its_name_is_of_its_executor() -> None:
    """An allocation that a lost aegisd has left is found by its name, as its jobs are."""
    assert is_named_by(f"{GROUP}.all.1", "1a2b", "farm")
    assert not is_named_by(f"{GROUP}.all.1", "1a2b", "other")
