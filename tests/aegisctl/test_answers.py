"""The answers of the verbs that ask once: JSON, tab-separated, and what they ask the daemon."""

import json

import pytest

from tests.aegisctl import samples
from tests.aegisctl.conftest import Cli, Terminal
from tests.aegisctl.fake_daemon import FakeDaemon

PLAN: dict[str, object] = {
    "workflow": "quality",
    "description": "",
    "origin": "/etc/a.toml:1",
    "timeout_s": None,
    "max_concurrent": 1,
    "on_busy": "queue",
    "params": {},
    "env": [],
    "steps": [],
}


@pytest.fixture
def answers(daemon: FakeDaemon) -> FakeDaemon:
    """A daemon that answers every verb that asks once."""
    daemon.answers |= {
        "ListRuns": {"runs": [samples.run(), samples.run(id=841, trigger={"kind": "timer"}, failed_steps=[])]},
        "ListWorkflows": {"workflows": samples.status()["workflows"]},
        "PlanWorkflow": PLAN,
        "Reload": {"changes": ["workflows: 1 added"]},
        "ShowConfig": {"text": '[daemon]\nname = "a"\n'},
        "TailEvents": lambda talk: talk.stream(*samples.events()),
        "CancelRun": {},
        "StartRun": {"run": 842},
        "RetryRun": {"run": 842},
        "ExplainRun": {"links": [{"seq": 1, "time": samples.stamp(-120), "step": None, "text": "dev1 asked for it"}]},
        "Drain": {"executing": 0, "queued": 0},
        "Undrain": {"executing": 0, "queued": 0},
        "ListTriggers": {"triggers": samples.triggers()},
        "EmitEvent": {"seq": 4711},
        "ReadLogs": lambda talk: talk.stream(samples.chunk(b"one\ntwo\n"), {}),
    }
    return daemon


FINITE = [
    ("status",),
    ("history",),
    ("workflows",),
    ("plan", "quality"),
    ("reload",),
    ("config", "show"),
    ("show", "842"),
    ("show", "842", "tests-3.13", "--events"),
    ("why", "842"),
    ("why", "842", "report"),
    ("drain",),
    ("drain", "--wait"),
    ("resume",),
    ("version",),
    ("triggers",),
    ("triggers", "list"),
    ("emit", "custom.note", "a=1"),
    ("cancel", "842"),
    ("run", "quality", "-d"),
    ("retry", "842", "-d"),
]
FOLLOWING = [("run", "quality"), ("retry", "842"), ("watch", "842"), ("tail-events",), ("logs", "842")]


@pytest.mark.parametrize("words", FINITE)
def test_finite_answers_are_one_document(cli: Cli, answers: FakeDaemon, words: tuple[str, ...]) -> None:
    """One JSON document with its schema is on stdout, whatever is said on stderr."""
    answer = cli(*words, "--json", "-v")
    document = json.loads(answer.stdout)
    first = document[0] if isinstance(document, list) else document
    assert first["schema"] == "aegis/v1"
    assert answers.calls
    assert answer.returncode == 0


@pytest.mark.parametrize("words", FOLLOWING)
def test_following_answers_are_lines(cli: Cli, answers: FakeDaemon, words: tuple[str, ...]) -> None:
    """One JSON object a line is on stdout, and nothing else."""
    answer = cli(*words, "--json")
    lines = [json.loads(line) for line in answer.stdout.splitlines()]
    assert len(lines) >= 2
    assert all(isinstance(line, dict) for line in lines)
    assert answers.calls


@pytest.mark.parametrize("words", [*FINITE, *FOLLOWING])
def test_no_answer_is_an_answer(cli: Cli, answers: FakeDaemon, words: tuple[str, ...]) -> None:
    """`-o none` leaves stdout empty."""
    assert cli(*words, "-o", "none").stdout == ""
    assert answers.calls


def test_fields_are_picked_in_order(cli: Cli, answers: FakeDaemon) -> None:
    """`--json=result,id` gives these two and nothing else."""
    assert (
        cli("history", "--json=result,id").stdout == '[{"result":"failure","id":842},{"result":"failure","id":841}]\n'
    )
    assert answers.asked("ListRuns") == [{"limit": 20}]


def test_fields_can_be_listed(cli: Cli) -> None:
    """`--json=?` needs no daemon and no arguments."""
    answer = cli("show", "--json=?")
    assert answer.returncode == 0
    assert "steps" in answer.stdout.split()


def test_unknown_fields_are_refused(cli: Cli) -> None:
    """A field that the verb does not have is a usage error that lists those it has."""
    answer = cli("history", "--json=nope")
    assert answer.returncode == 2
    assert "no field 'nope'" in json.loads(answer.stderr)["error"]["message"]


def test_history_for_scripts(cli: Cli, answers: FakeDaemon) -> None:
    """Tab-separated, no header, whole words, RFC 3339."""
    answer = cli("history", "quality", "--result", "failure", "--trigger", "manual", "--by", "dev1", "-L", "2")
    assert answer.stdout.splitlines()[0] == "842\tquality\tfailure\tmanual\tdev1\t18.300\t2026-11-21T08:00:31Z"
    asked = {"workflow": "quality", "results": ["failure"], "triggers": ["manual"], "by": "dev1", "limit": 2}
    assert answers.asked("ListRuns") == [asked]


def test_jsonl_lists_one_object_a_line(cli: Cli, answers: FakeDaemon) -> None:
    """`-o jsonl` is for `while read`."""
    lines = cli("history", "-o", "jsonl").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [842, 841]
    assert answers.calls


def test_the_form_can_come_from_the_environment(cli: Cli, answers: FakeDaemon) -> None:
    """AEGIS_OUTPUT is the default of -o; a wrong one is a usage error."""
    assert json.loads(cli("status", AEGIS_OUTPUT="json").stdout)["pid"] == 812
    assert cli("status", AEGIS_OUTPUT="xml").returncode == 2
    assert answers.calls


def test_status_can_fail_a_script(cli: Cli, answers: FakeDaemon) -> None:
    """`--exit-status` is 1 while the last run of some workflow failed, and 0 otherwise."""
    assert cli("status", "--exit-status").returncode == 1
    assert cli("status").returncode == 0
    passed = samples.workflow(last=samples.run(result="success"))
    answers.answers["GetStatus"] = samples.status(workflows=[passed], webhooks=[])
    assert cli("status", "--exit-status", "-q").stdout == ""
    assert cli("status", "--exit-status", "-q").returncode == 0


def test_a_part_of_a_plan(cli: Cli, answers: FakeDaemon) -> None:
    """The flags of `run` go to the daemon as they do there."""
    assert cli("plan", "quality", "--only", "a", "--only=b", "--from", "c", "--skip", "d").returncode == 0
    assert answers.asked("PlanWorkflow") == [{"workflow": "quality", "only": ["a", "b"], "from": ["c"], "skip": ["d"]}]


def test_steps_of_a_workflow(cli: Cli, answers: FakeDaemon) -> None:
    """A name a line, for completion and for scripts; a workflow that is not there is named."""
    assert cli("workflows", "--steps", "quality").stdout.splitlines() == samples.status()["workflows"][0]["steps"]
    unknown = cli("workflows", "--steps", "qualty")
    assert (unknown.returncode, unknown.stdout, "qualty" in unknown.stderr) == (66, "", True)
    (workflow,) = json.loads(cli("workflows", "--steps", "quality", "--json=name").stdout)
    assert workflow["name"] == "quality"


def test_parameters_of_a_plan(cli: Cli, answers: FakeDaemon) -> None:
    """KEY=VAL goes to the daemon as it is; a word without `=` is a usage error."""
    assert cli("plan", "quality", "target=a=b", "x=").returncode == 0
    assert answers.asked("PlanWorkflow") == [{"workflow": "quality", "params": {"target": "a=b", "x": ""}}]
    assert cli("plan", "quality", "target").returncode == 2


def test_the_version_needs_no_daemon(cli: Cli) -> None:
    """Both versions, or null; never an error."""
    answer = cli("version", "--json")
    assert answer.returncode == 0
    assert json.loads(answer.stdout)["daemon"] is None


def test_a_step_that_does_not_exist(cli: Cli, answers: FakeDaemon) -> None:
    """66, with the nearest."""
    answer = cli("show", "842", "test-3.13")
    assert answer.returncode == 66
    assert "did you mean tests-3.1" in answer.stderr
    assert answers.calls


def test_a_refused_reload_shows_the_report(cli: Cli, answers: FakeDaemon) -> None:
    """78, and the daemon's report below the message."""
    report = "error[AEG012]: unknown key\n  --> /etc/aegis.toml:3:1"
    answers.answers["Reload"] = lambda talk: talk.refuse("ConfigInvalid", message="refused", report=report)
    answer = cli("reload")
    assert answer.returncode == 78
    assert answer.stderr.endswith(f"{report}\n")


def test_long_answers_go_through_the_pager(on_terminal: Terminal, answers: FakeDaemon) -> None:
    """On a terminal `show` is paged, `status` never, and --no-pager is obeyed."""
    for words, paged in ((["show", "842"], True), (["show", "842", "--no-pager"], False), (["status"], False)):
        with on_terminal(*words, AEGIS_PAGER="sed s/^/page:/") as session:
            assert session.end() == 0
            assert ("page:" in session.text) is paged
    assert answers.calls


@pytest.mark.parametrize("pager", ["", "cat", "no-such-program", "true"])
def test_a_pager_that_is_no_pager(on_terminal: Terminal, answers: FakeDaemon, pager: str) -> None:
    """None, a missing one, or one that leaves at once: no error."""
    with on_terminal("show", "842", AEGIS_PAGER=pager) as session:
        assert session.end() == 0
        assert "Traceback" not in session.text
    assert answers.calls
