"""What the controller, srun and the wrapper say together: the table of ends, and what is told to Slurm. Pure."""

import pytest

from aegisd.core.executor_keys import SlurmKeys
from aegisd.core.job import EndKind
from aegisd.core.placement import Resources
from aegisd.executors.command import Command
from aegisd.executors.job import Job, is_named_by, name_job
from aegisd.executors.slurm.client import clean, is_outage, was_sent
from aegisd.executors.slurm.options import make_script, read_code, sbatch_options, srun_options
from aegisd.executors.slurm.records import Record, decide_end, find_latest, parse_record

_NAME = "ae.1a2b.farm.7.0.1"
_SECRET = "hunter2-and-more"


def _record(state: str, status: int = 0) -> Record:
    return Record(id="12", state=state, status=status, reason="", nodes="n1", name=_NAME)


def _job(**more: object) -> Job:
    command = Command(argv=("make", "it's"), env={"TOKEN": _SECRET}, dir="/srv/a b", output_fd=1)
    return Job(name=_NAME, command=command, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "status", "told", "kind"),
    [
        ("COMPLETED", 0, 0, EndKind.EXITED),
        ("COMPLETED", 0, None, EndKind.UNCONFIRMED),
        ("COMPLETED", 0, 3, EndKind.UNCONFIRMED),
        ("FAILED", 3 << 8, 3, EndKind.EXITED),
        ("FAILED", 3 << 8, 0, EndKind.UNCONFIRMED),
        ("FAILED", 137 << 8, 137, EndKind.SIGNALED),
        ("FAILED", 9, None, EndKind.SIGNALED),
        ("FAILED", 125 << 8, None, EndKind.REJECTED),
        ("FAILED", 125 << 8, 125, EndKind.EXITED),
        ("OUT_OF_MEMORY", 9, None, EndKind.SIGNALED),
        ("NODE_FAIL", 0, 0, EndKind.LOST),
        ("NODE_FAIL", 0, None, EndKind.LOST),
        ("BOOT_FAIL", 0, None, EndKind.LOST),
        ("PREEMPTED", 0, 0, EndKind.LOST),
        ("CANCELLED", 15, 143, EndKind.CANCELLED),
        ("TIMEOUT", 0, None, EndKind.CANCELLED),
        ("DEADLINE", 0, 0, EndKind.CANCELLED),
        ("RUNNING", 0, 0, EndKind.UNCONFIRMED),
    ],
)
def test_ends(state: str, status: int, told: int | None, kind: EndKind) -> None:
    """A success needs the wrapper's 0 and the controller's COMPLETED, and nothing else makes one."""
    end = decide_end(_record(state, status), told=told, seen=True)
    assert end.kind is kind
    is_success = end.kind is EndKind.EXITED and end.code == 0
    assert is_success == (state == "COMPLETED" and told == 0)


@pytest.mark.parametrize(
    ("told", "seen", "kind"),
    [
        (None, False, EndKind.REJECTED),
        (None, True, EndKind.LOST),
        (0, True, EndKind.EXITED),
        (4, False, EndKind.EXITED),
    ],
)
def test_a_job_that_the_controller_does_not_know(told: int | None, *, seen: bool, kind: EndKind) -> None:
    """It was never taken, or it is lost, unless its wrapper has left word."""
    assert decide_end(None, told=told, seen=seen).kind is kind


def test_records() -> None:
    """Reasons with spaces and bars in names survive; of two jobs with one name the later one counts; noise is none."""
    text = (
        f"  7|FAILED|768|None|n1|N/A|{_NAME}\n9|RUNNING|0|None|n2|noon|{_NAME}\n"
        "8|PENDING|0|(Nodes down|n|N/A|a|b\nslurm_load: x\n"
    )
    found = find_latest(filter(None, map(parse_record, text.splitlines())))
    assert found[_NAME] == Record(id="9", state="RUNNING", status=0, reason="", nodes="n2", name=_NAME, started="noon")
    assert found["a|b"].reason == "(Nodes down"


def test_codes_are_of_this_job() -> None:
    """What a step writes itself under another name is no exit code, and the last word counts."""
    assert read_code(f"x\naegis-exit other 0\naegis-exit {_NAME} 3\n", _NAME) == 3
    assert read_code("aegis-exit other 0\n", _NAME) is None
    assert read_code(f"aegis-exit {_NAME} 999\n", _NAME) is None


def test_no_secret_is_told_to_slurm() -> None:
    """Names, options and scripts hold nothing of the environment."""
    keys = SlurmKeys(spool="/spool")
    told = [*srun_options(keys, _job()), *sbatch_options(keys, _job()), make_script(keys, _job()).decode()]
    assert not any(_SECRET in each or "TOKEN" in each for each in told)


def test_resources() -> None:
    """A job's own wishes go before the executor's; limits are a backstop in whole minutes."""
    keys = SlurmKeys(cpus=2, memory=2**30, partition="build", account="ci", backstop=60)
    options = srun_options(keys, _job(resources=Resources(cpus=8, constraint="gcc13"), limit=30.0))
    given = options[options.index("-c") :]
    assert given[:9] == ("-c", "8", "--mem=1024M", "--constraint=gcc13", "-p", "build", "-A", "ci", "-t")
    assert given[9] == "2"
    assert options[-2:] == ("make", "it's")


def test_names_belong_to_one_executor() -> None:
    """Neither another aegisd nor an executor with a longer name takes a job for its own."""
    name = name_job("1a2b", "farm", run=7, index=0, attempt=1)
    assert name == _NAME
    assert is_named_by(name, "1a2b", "farm")
    assert not is_named_by(name_job("1a2b", "farm.2", run=7, index=0, attempt=1), "1a2b", "farm")
    assert not is_named_by(name, "ffff", "farm")


def test_what_commands_say() -> None:
    """One line, each thing once, and outages are told from refusals."""
    said = clean(
        "srun: error: Unable to allocate resources: x\nsrun: error: Unable to allocate resources: x\n\x1b[2J\n"
    )
    assert said == "Unable to allocate resources: x; [2J"
    assert clean("slurm_load_jobs error: Socket timed out\n") == "Socket timed out"
    assert was_sent("Socket timed out on send/recv operation")
    assert not was_sent("Unable to contact slurm controller (connect failure)")
    assert is_outage("Batch job submission failed: Socket timed out on send/recv operation")
    assert not is_outage("Requested node configuration is not available")
