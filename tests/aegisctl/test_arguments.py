"""Words to values: flags in any place, no abbreviations, and the nearest right word for a wrong one."""

import pytest

from aegisctl.arguments import parse_words
from aegisctl.commands import COMMANDS, find_verb, load_verb
from aegisctl.declare import Given
from aegisctl.failure import Failure


def parse(*words: str) -> Given:
    """What a whole command line gives."""
    name, rest = find_verb(words)
    assert name is not None
    return parse_words(load_verb(name)[0], rest)


@pytest.mark.parametrize("words", [("--utc", "--color", "never", "status"), ("status", "--utc", "--color=never")])
def test_global_flags_stand_anywhere(words: tuple[str, ...]) -> None:
    """A global flag and its value are the same before and after the verb."""
    given = parse(*words)
    assert given.verb.name == "status"
    assert given.switch("utc")
    assert given.text("color") == "never"


def test_flags_stand_between_positionals() -> None:
    """A flag between the workflow and its parameters takes nothing from either."""
    given = parse("run", "quality", "--reason", "why not", "a=1", "--here", "b=2")
    assert given.text("WORKFLOW") == "quality"
    assert given.texts("KEY=VAL") == ["a=1", "b=2"]
    assert given.text("reason") == "why not"
    assert given.switch("here")


@pytest.mark.parametrize("words", [("-fn5",), ("-f", "-n", "5"), ("-n5", "-f"), ("--follow", "--lines=5")])
def test_short_flags_bundle(words: tuple[str, ...]) -> None:
    """All usual spellings of a switch and a value are one."""
    given = parse("logs", "842", *words)
    assert given.switch("follow")
    assert given.value("lines") == 5


def test_repeated_flags_collect() -> None:
    """What may be repeated keeps every value, in order."""
    assert parse("history", "--result", "failure", "--result=timeout").texts("result") == ["failure", "timeout"]


def test_json_takes_a_value_only_with_an_equals_sign() -> None:
    """`--json quality` is a switch and a word, `--json=id` a choice of fields."""
    assert parse("history", "--json", "quality").text("WORKFLOW") == "quality"
    assert parse("history", "--json", "quality").text("json") == ""
    assert parse("history", "--json=id").text("json") == "id"


def test_words_after_two_dashes_are_positionals() -> None:
    """After `--` nothing is a flag."""
    assert parse("logs", "--", "842", "--failed").text("STEP") == "--failed"


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (("logs", "842", "--folow"), "logs: unknown flag --folow", "did you mean --follow?"),
        (("logs", "842", "--foll"), "logs: unknown flag --foll", "did you mean --follow?"),
        (("logs", "842", "-x"), "logs: unknown flag -x", "aegisctl logs --help"),
        (("logs",), "logs: RUN is missing", "usage: aegisctl logs RUN [STEP] [flags]"),
        (("status", "now"), "status: one word too many: 'now'", "usage: aegisctl status [flags]"),
        (("logs", "842", "-n"), "logs: -n needs a value: N", None),
        (("logs", "842", "-n", "--failed"), "logs: -n needs a value: N", None),
        (("logs", "842", "-n", "many"), "logs: -n: 'many' is not a whole number", None),
        (("logs", "842", "--grep", "("), "logs: --grep: '(' is not a regular expression:", None),
        (("logs", "842", "--raw=yes"), "logs: --raw takes no value", None),
        (("run", "quality", "--logs", "some"), "run: --logs cannot be 'some'", "one of: none, failed, all"),
        (("run", "quality", "--timeout", "soon"), "run: --timeout: 'soon' is not a duration", None),
        (("config", "hide"), "config: show cannot be 'hide'", "one of: show"),
    ],
)
def test_mistakes_are_named(words: tuple[str, ...], message: str, hint: str | None) -> None:
    """A mistake is a usage error that says what was meant."""
    with pytest.raises(Failure) as caught:
        parse(*words)
    assert caught.value.exit_status == 2
    assert caught.value.message.startswith(message)
    assert caught.value.hint == hint


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_parses(name: str) -> None:
    """Each verb has two to four examples, and the parser takes them."""
    verb, _ = load_verb(name)
    assert 2 <= len(verb.examples) <= 4
    assert verb.name == name
    for line, why in verb.examples:
        import shlex

        words = shlex.split(line.removeprefix("sudo ").removeprefix("id=$(").removesuffix(")"))
        end = next((place for place, word in enumerate(words) if word in {"|", "&&", "<", ">"}), len(words))
        assert words[0] == "aegisctl"
        assert why
        parse(*words[1:end])
