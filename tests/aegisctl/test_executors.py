"""The verb `executors`, and what screens and lines say of jobs."""

from aegisctl.event_text import describe_event
from aegisctl.job_words import describe_job, say_wait
from tests.aegisctl.conftest import Cli
from tests.aegisctl.fake_daemon import FakeDaemon

FARM = {
    "name": "farm",
    "type": "slurm",
    "state": "down",
    "detail": "attached, 3 of 300 jobs",
    "nodes": {"idle": 2, "down": 1},
    "waiting": 1,
    "running": 2,
    "last_error": "Unable to contact slurm controller",
}
JOB = {"executor": "farm", "name": "ae.1.farm.7.0.1", "id": "12", "waits_for": "Resources\x1b", "nodes": None}


def test_in_a_pipe(cli: Cli, daemon: FakeDaemon) -> None:
    """A line an executor; --exit-status tells that one does not answer."""
    daemon.answers["ListExecutors"] = {"executors": [FARM]}
    answer = cli("executors", "--exit-status")
    assert answer.returncode == 1
    assert answer.stdout == "farm\tslurm\tdown\t1\t2\t2 idle, 1 down\tUnable to contact slurm controller\n"
    daemon.answers["ListExecutors"] = {"executors": []}
    assert cli("executors", "--exit-status").returncode == 0


def test_where_a_step_is() -> None:
    """An executing step says what it waits for or where it runs; nothing acts on a screen."""
    assert say_wait({"state": "executing", "job": JOB}).startswith("waits at farm: Resources")
    assert "\x1b" not in say_wait({"state": "executing", "job": JOB})
    assert say_wait({"state": "executing", "job": {**JOB, "nodes": "n1"}}) == "on n1"
    assert say_wait({"state": "finished", "job": JOB}) == ""
    assert describe_job({**JOB, "nodes": "n1"}) == "farm, job 12 (ae.1.farm.7.0.1), on n1"


def test_events_in_words() -> None:
    """What happens to a job is said in a few words."""
    submitted = {"type": "step.submitted", "data": {"executor": "farm", "job": "ae.1.farm.7.0.1"}}
    waiting = {"type": "step.waiting", "data": {"executor": "farm", "reason": "Priority\x07"}}
    placed = {"type": "step.placed", "data": {"executor": "farm", "nodes": "n1", "waited_s": 7.5}}
    assert describe_event(submitted) == ("pending", "to farm as job ae.1.farm.7.0.1")
    assert describe_event(waiting)[1].startswith("waits at farm: Priority")
    assert "\x07" not in describe_event(waiting)[1]
    assert describe_event(placed) == ("executing", "on n1 (farm) after 7.5s")
