"""`logs -f` across restarts of the daemon: nothing is missed, nothing comes twice."""

from collections.abc import Callable

import pytest

from tests.aegisctl import samples
from tests.aegisctl.conftest import Cli
from tests.aegisctl.fake_daemon import Conversation, FakeDaemon

FIRST = samples.chunk(b"one\ntw")
WHOLE = samples.chunk(b"one\ntwo\nthree\n")


def _stop(talk: Conversation) -> None:
    talk.stream(FIRST, {"stopping": True})


def _go_on(talk: Conversation) -> None:
    talk.stream(WHOLE, samples.chunk(b"four\n", offset=14), {})


def _break(talk: Conversation) -> None:
    talk.stream(FIRST, ends=False)
    talk.hang_up()


@pytest.mark.parametrize("end", [_stop, _break])
@pytest.mark.parametrize("flags", [(), ("-t",), ("--json=text",)])
def test_goes_on_after_a_restart(
    end: Callable[[Conversation], None], flags: tuple[str, ...], cli: Cli, daemon: FakeDaemon
) -> None:
    """A daemon that stops or breaks off is waited for, asked from the beginning, and what was shown is left out."""
    ends = [end, _go_on]

    def answer_next(talk: Conversation) -> None:
        ends.pop(0)(talk)

    daemon.answers["ReadLogs"] = answer_next
    daemon.answers["GetStatus"] = {}
    answer = cli("logs", "842", "tests-3.13", "-f", "-n", "5", *flags)
    assert [line.rpartition("\t")[2] for line in answer.stdout.splitlines()] == (
        ["one", "two", "three", "four"] if "--json=text" not in flags else _as_json("one", "two", "three", "four")
    )
    assert "-- aegisd went away at" in answer.stderr
    assert "-- back after 1 s --" in answer.stderr
    first, second = daemon.asked("ReadLogs")
    assert first["lines"] == 5
    assert second == {name: value for name, value in first.items() if name != "lines"}


def _as_json(*lines: str) -> list[str]:
    return [f'{{"text":"{line}"}}' for line in lines]


def test_a_daemon_that_is_not_there(cli: Cli, daemon: FakeDaemon) -> None:
    """The first call is not tried again."""
    daemon.stop()
    assert cli("logs", "842", "tests-3.13", "-f").returncode == 69
