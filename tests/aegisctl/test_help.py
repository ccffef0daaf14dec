"""Help: one source for the screen and the reference pages."""

import pytest

from aegisctl.commands import COMMANDS, load_verb
from aegisctl.exit_codes import EXIT_CODES
from aegisctl.failure import EXIT_SIGHUP, KINDS
from aegisctl.help_text import format_index, format_verb
from aegisctl.reference import PAGES
from aegisctl.topics import TOPICS
from aegisd.wire import errors
from tests.aegisctl.conftest import Cli
from tests.aegisctl.pty_session import ROOT


@pytest.mark.parametrize("name", PAGES)
def test_reference_pages_are_current(name: str) -> None:
    """`python -m aegisctl.reference docs/reference` would change nothing."""
    assert (ROOT / "docs" / "reference" / name).read_text() == PAGES[name]()


def test_the_index_names_everything() -> None:
    """All verbs and topics are in `aegisctl help`, and it fits a terminal of 80 columns."""
    index = format_index()
    assert [name for name in (*COMMANDS, *TOPICS) if f"  {name} " not in index] == []
    assert max(map(len, index.splitlines())) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_verb_begins_with_examples(name: str) -> None:
    """What it is for, then examples, then usage; no line wraps at 80 columns."""
    verb, _ = load_verb(name)
    text = format_verb(verb)
    assert text.index(verb.examples[0][0]) < text.index("usage:")
    assert max(map(len, text.splitlines())) <= 80


def test_exit_codes_are_complete() -> None:
    """Every status that the code knows is in the table, and no other."""
    known = {value for name, value in vars(errors).items() if name.startswith("EXIT_") and isinstance(value, int)}
    assert {code for code, _, _ in EXIT_CODES} == known | {EXIT_SIGHUP}


def test_codes_of_failures_are_ours_alone() -> None:
    """No code of aegisctl's own failures is that of a refused call."""
    own = [code for code, _ in KINDS.values()]
    assert len(set(own)) == len(own)
    assert not set(own) & {code for code, _ in errors.ERRORS.values()}


def test_help_is_the_same_from_both_sides(cli: Cli) -> None:
    """`aegisctl help run` and `aegisctl run --help` are one text on stdout."""
    first, second = cli("help", "run"), cli("run", "--help")
    assert first.stdout == second.stdout != ""
    assert (first.returncode, second.returncode) == (0, 0)


@pytest.mark.parametrize("topic", TOPICS)
def test_topics_are_shown(cli: Cli, topic: str) -> None:
    """Each topic can be asked for."""
    assert cli("help", topic).stdout.strip() == TOPICS[topic][1].strip()


def test_unknown_topics_get_a_guess(cli: Cli) -> None:
    """A misspelt topic is a thing that does not exist: 66, and the nearest."""
    answer = cli("help", "exit-code")
    assert answer.returncode == 66
    assert "did you mean exit-codes?" in answer.stderr


def test_the_overview_fits_a_small_screen(cli: Cli) -> None:
    """`aegisctl` alone says that nothing runs and how to start it, in 24 lines at most, and that is no error."""
    answer = cli()
    assert answer.returncode == 0
    assert answer.stdout.startswith("aegisd is not running")
    assert "systemctl" in answer.stdout
    assert len(answer.stdout.splitlines()) <= 24
