"""`run`, `retry` and `watch` in a pipe: what they ask, what they print, how they exit."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from tests.aegisctl import samples
from tests.aegisctl.conftest import Cli
from tests.aegisctl.fake_daemon import Conversation, FakeDaemon
from tests.aegisctl.golden import check_golden
from tests.aegisctl.pty_session import ROOT

RESULTS = {"success": 0, "skip": 0, "failure": 1, "cancellation": 3, "timeout": 4, "error": 5}


@pytest.fixture
def quality(daemon: FakeDaemon) -> FakeDaemon:
    """A daemon on which run 842 of `quality` fails as soon as it is started."""
    daemon.answers |= {
        "GetRun": {"detail": samples.detail(run=samples.pending_run(ahead=2))},
        "StartRun": {"run": 842},
        "RetryRun": {"run": 842},
        "TailEvents": lambda talk: talk.stream(*samples.events()),
        "ReadLogs": lambda talk: talk.stream(samples.chunk(b"one\nE   \x1b[31mAssertionError\x1b[0m\n"), {}),
    }
    return daemon


def test_lines_in_a_pipe(cli: Cli, quality: FakeDaemon) -> None:
    """One line a change on stderr; the verdict alone on stdout; the failed step's output under it."""
    answer = cli("run", "quality")
    check_golden("run.pipe.stderr", answer.stderr.splitlines())
    assert answer.stdout == "2026-11-21T08:00:49Z failed    quality #842 18.3s\n"
    assert answer.returncode == 1
    assert quality.asked("ReadLogs") == [{"run": 842, "steps": ["tests-3.13"], "lines": 21}]


@pytest.mark.parametrize(("result", "status"), RESULTS.items())
def test_the_result_is_the_exit_status(cli: Cli, quality: FakeDaemon, result: str, status: int) -> None:
    """With no flag at all; `--exit-zero` switches it off."""
    quality.answers["TailEvents"] = lambda talk: talk.stream(*samples.events(result))
    assert cli("run", "quality", "--logs", "none").returncode == status
    assert cli("watch", "842", "-q").returncode == status
    assert cli("retry", "842", "--exit-zero", "-q").returncode == 0


def test_what_run_asks_for(cli: Cli, quality: FakeDaemon) -> None:
    """Parameters, reason, directory, and the run that we are inside of."""
    cli("run", "quality", "a=1", "--reason", "why", "--here", "-d", AEGIS_RUN_ID="17")
    asked = {"workflow": "quality", "params": {"a": "1"}, "reason": "why", "dir": str(ROOT), "parent": 17}
    assert quality.asked("StartRun") == [asked]
    cli("run", "quality", "-d")
    assert quality.asked("StartRun")[1] == {"workflow": "quality"}
    cli("run", "quality", "-d", "--only", "a", "--only=b", "--from", "c", "--skip", "d")
    part = {"only": ["a", "b"], "from": ["c"], "skip": ["d"]}
    assert quality.asked("StartRun")[2] == {"workflow": "quality", **part}
    cli("run", "quality", "-d", TRACEPARENT="00-abc")
    assert quality.asked("StartRun")[3] == {"workflow": "quality", "traceparent": "00-abc"}


def test_detaching_prints_the_number(cli: Cli, quality: FakeDaemon) -> None:
    """`-d` gives the number on stdout and a sentence on stderr; with `--print-id` the number only."""
    answer = cli("run", "quality", "-d")
    assert (answer.stdout, answer.stderr) == ("842\n", "Run #842 is accepted.\n")
    answer = cli("run", "quality", "-d", "--print-id")
    assert (answer.stdout, answer.stderr) == ("842\n", "")
    assert quality.asked("TailEvents") == []


def test_print_id_while_watching(cli: Cli, quality: FakeDaemon) -> None:
    """`id=$(aegisctl run quality --print-id)` holds the number and nothing else."""
    assert cli("run", "quality", "--print-id").stdout == "842\n"
    assert quality.asked("TailEvents") == [{"run": 842, "follow": True}]


def test_quiet(cli: Cli, quality: FakeDaemon) -> None:
    """`-q` is the verdict alone."""
    answer = cli("run", "quality", "-q")
    assert answer.stderr == ""
    assert len(answer.stdout.splitlines()) == 1
    assert quality.asked("ReadLogs") == []


def test_events_as_json(cli: Cli, quality: FakeDaemon) -> None:
    """`run --json` is the run's events as they came, with their cursors."""
    answer = cli("run", "quality", "--json")
    events = [json.loads(line) for line in answer.stdout.splitlines()]
    assert events == [each["event"] for each in samples.events()]
    assert answer.stderr == ""
    assert quality.asked("ReadLogs") == []


def test_all_output(cli: Cli, quality: FakeDaemon) -> None:
    """`--logs all` shows output as it comes, also what comes after the last event."""
    answer = cli("run", "quality", "--logs", "all")
    assert "tests-3.13| one\n" in answer.stderr
    assert quality.asked("ReadLogs") == [{"run": 842, "follow": True}]


def test_a_run_that_does_not_begin(cli: Cli, quality: FakeDaemon) -> None:
    """A run that is skipped because another goes on says why, and that is no failure."""
    end = samples.completed("skip", reason="quality #841 is executing")
    quality.answers["TailEvents"] = lambda talk: talk.stream(samples.events()[0], end)
    answer = cli("run", "quality")
    assert answer.returncode == 0
    assert answer.stdout.endswith("skipped   quality #842 18.3s quality #841 is executing\n")


def test_a_run_whose_events_are_gone(cli: Cli, quality: FakeDaemon) -> None:
    """When the stream ends without the end of the run, the books say how it ended."""
    quality.answers["TailEvents"] = lambda talk: talk.reply({})
    quality.answers["GetRun"] = {"detail": samples.detail()}
    answer = cli("watch", "842")
    assert answer.returncode == 1
    assert "failed    quality #842" in answer.stdout


def test_retry_asks_for_what_failed(cli: Cli, quality: FakeDaemon) -> None:
    """The selector goes to the daemon, `--failed` too."""
    cli("retry", "quality~1", "--failed", "--reason", "flaky", "-d")
    assert quality.asked("FindRun") == [{"selector": "quality~1"}]
    assert quality.asked("RetryRun") == [{"run": 842, "failed": True, "reason": "flaky"}]


def test_watch_without_a_run(cli: Cli, quality: FakeDaemon) -> None:
    """The daemon knows which run is meant; a number needs no question."""
    cli("watch")
    cli("watch", "#842")
    assert quality.asked("FindRun") == [{}]


def test_the_wait_can_be_bounded(cli: Cli, quality: FakeDaemon) -> None:
    """After `--timeout` it leaves with 124 and says that the run goes on."""
    quality.answers["TailEvents"] = _stay_open
    answer = cli("run", "quality", "--timeout", "0.2s")
    assert answer.returncode == 124
    assert answer.stdout == ""
    assert "it goes on" in answer.stderr
    assert quality.asked("CancelRun") == []


@pytest.mark.parametrize(
    ("words", "number", "status", "cancelled"),
    [
        (("run", "quality"), signal.SIGINT, 3, True),
        (("run", "quality"), signal.SIGTERM, 3, True),
        (("run", "quality", "--on-interrupt", "ask"), signal.SIGINT, 3, True),
        (("run", "quality", "--on-interrupt", "detach"), signal.SIGINT, 130, False),
        (("run", "quality", "--on-interrupt", "detach"), signal.SIGTERM, 143, False),
        (("run", "quality"), signal.SIGHUP, 129, False),
        (("retry", "842"), signal.SIGINT, 3, True),
        (("watch", "842"), signal.SIGINT, 130, False),
        (("watch", "842"), signal.SIGTERM, 143, False),
        (("cancel", "842"), signal.SIGINT, 130, True),
        (("cancel", "842"), signal.SIGTERM, 143, True),
        (("tail-events",), signal.SIGINT, 0, False),
        (("tail-events",), signal.SIGTERM, 143, False),
        (("tail-events",), signal.SIGHUP, 129, False),
        (("logs", "842", "-f"), signal.SIGINT, 0, False),
        (("logs", "842", "-f"), signal.SIGTERM, 143, False),
    ],
)
def test_signals_in_a_pipe(
    quality: FakeDaemon, env: dict[str, str], words: tuple[str, ...], number: int, status: int, *, cancelled: bool
) -> None:
    """The table of signals, row by row, where nobody can be asked."""
    ended = threading.Event()
    following = threading.Event()
    quality.answers["CancelRun"] = _then(ended)

    def tail(talk: Conversation) -> None:
        talk.stream(*samples.events()[:4], ends=False)
        following.set()
        ended.wait(10)
        talk.stream(samples.completed("cancellation"))

    def output(talk: Conversation) -> None:
        talk.reply(samples.chunk(b"one\n"), continues=True)
        following.set()
        talk.wait_for_end()

    # `cancel` cancels before it follows; its run must not have ended for that
    quality.answers["TailEvents"] = _stay_open_with(following) if words[0] == "cancel" else tail
    quality.answers["ReadLogs"] = output
    program = [sys.executable, "-m", "aegisctl", *words]
    with subprocess.Popen(program, stdout=-1, stderr=-1, env=env, cwd=ROOT, text=True) as process:
        assert following.wait(10)
        _wait_for_line(process)
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)
    assert process.returncode == status
    assert bool(quality.asked("CancelRun")) is cancelled
    assert "Traceback" not in errors
    ended.set()


def _wait_for_line(process: "subprocess.Popen[str]") -> None:
    """Until it has shown something, so that its handlers are in place."""
    import select

    assert process.stdout is not None
    assert process.stderr is not None
    assert select.select([process.stdout, process.stderr], [], [], 10)[0]


def _stay_open(talk: Conversation) -> None:
    talk.stream(*samples.events()[:3], ends=False)
    talk.wait_for_end()


def _stay_open_with(following: threading.Event) -> Callable[[Conversation], None]:
    def answer(talk: Conversation) -> None:
        talk.stream(*samples.events()[:3], ends=False)
        following.set()
        talk.wait_for_end()

    return answer


def _then(event: threading.Event) -> Callable[[Conversation], None]:
    def answer(talk: Conversation) -> None:
        talk.reply({})
        event.set()

    return answer
