"""`[[subscriptions]]`: what is read, what is refused and where, and how it is shown."""

import pytest

from aegisd.config.show import describe_changes, render_config
from aegisd.config.sink_kinds import CommandKeys, JsonlKeys
from tests.config.check import check, load_text

TEXT = """
[[subscriptions]]
name = "archive"
type = "jsonl"
path = "/var/log/aegis/events.jsonl"
max_size = "10MiB"

[[subscriptions]]
name = "notify"
type = "command"
run = ["notify-send", "aegis"]
events = ["workflow.completed", "custom.*"]
workflows = ["ci"]
results = ["failure"]
max_concurrent = 4
env = { API_TOKEN = "abc" }
"""


def test_values() -> None:
    """Each subscription has its name, what it wants, and the keys of its type with their defaults."""
    found = load_text(TEXT).subscriptions
    assert list(found) == ["archive", "notify"]
    assert found["archive"].spec == JsonlKeys(path="/var/log/aegis/events.jsonl", max_size=10 * 2**20)
    assert found["archive"].events == ("*",)
    notify = found["notify"]
    assert (notify.events, notify.workflows) == (("workflow.completed", "custom.*"), ("ci",))
    spec = CommandKeys(run=("notify-send", "aegis"), max_concurrent=4, env={"API_TOKEN": "abc"})
    assert notify.spec == spec


def test_shown_and_read_again() -> None:
    """What `config show` prints is the same configuration, but for what is secret; `--origin` names the lines."""
    config = load_text(TEXT.replace("API_TOKEN", "CHANNEL"))
    text = render_config(config, origin=False)
    assert load_text(text).subscriptions.keys() == config.subscriptions.keys()
    assert "none" not in describe_changes(config, load_text(text))
    assert describe_changes(config, load_text(text)) == ("nothing changed",)
    lines = render_config(config, origin=True).splitlines()
    assert next(line for line in lines if line.startswith("max_concurrent = 4")).endswith("# <stdin>:15")
    assert "abc" not in render_config(load_text(TEXT), origin=False)


def test_changes_are_told() -> None:
    """A reload says which subscriptions came, went and changed."""
    other = TEXT.replace("notify", "tell").replace("10MiB", "20MiB")
    assert describe_changes(load_text(TEXT), load_text(other)) == (
        "subscriptions: 1 added (tell), 1 removed (notify), 1 changed (archive)",
    )


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("subscriptions = 1", "AEG014", 1),
        ("subscriptions = [1]", "AEG014", 1),
        ('[[subscriptions]]\ntype = "jsonl"', "AEG013", 1),
        ('[[subscriptions]]\nname = "a"', "AEG013", 1),
        ('[[subscriptions]]\nname = "../a"\ntype = "jsonl"', "AEG017", 2),
        ('[[subscriptions]]\nname = "a"\ntype = "comand"\nrun = "x"', "AEG271", 3),
        ('[[subscriptions]]\nname = "a"\ntype = "command"', "AEG013", 1),
        ('[[subscriptions]]\nname = "a"\ntype = "jsonl"\nrun = "x"', "AEG012", 4),
        ('[[subscriptions]]\nname = "a"\ntype = "jsonl"\nevents = []', "AEG272", 4),
        ('[[subscriptions]]\nname = "a"\ntype = "jsonl"\nevents = ["step.completed", "st*p"]', "AEG272", 4),
        ('[[subscriptions]]\nname = "a"\ntype = "jsonl"\nresults = ["failed"]', "AEG274", 4),
        ('[[subscriptions]]\nname = "a"\ntype = "jsonl"\n[[subscriptions]]\nname = "a"\ntype = "jsonl"', "AEG270", 5),
    ],
)
def test_what_is_refused(text: str, code: str, line: int) -> None:
    """Each fault is told with its place, and no other."""
    _, problems = check(text)
    assert [(each.code, each.line) for each in problems] == [(code, line)]


def test_an_unknown_event_is_a_warning() -> None:
    """S35: an event that this version does not have does not keep aegisd from starting, and is pointed out also where
    there are errors."""
    text = '[[subscriptions]]\nname = "a"\ntype = "jsonl"\nevents = ["step.complete", "levitation.*"]\n'
    config, problems = check(text)
    assert config is not None
    assert [(each.code, each.severity, each.label) for each in problems] == [
        ("AEG273", "warning", 'did you mean "step.completed"?'),
        ("AEG273", "warning", None),
    ]
    assert {each.code for each in check(f"{text}nonsense = 1\n")[1]} == {"AEG273", "AEG012"}
