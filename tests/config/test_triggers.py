"""`[triggers.NAME]`: what is accepted, what is refused and where, also across files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegisd.config.explain import explain
from aegisd.config.loader import check_files
from aegisd.config.show import describe_changes, render_config
from aegisd.config.trigger_checks import find_circle
from aegisd.config.trigger_keys import TriggerConfig
from aegisd.config.trigger_timer import TimerSpec
from aegisd.config.trigger_workflow import After, AfterSpec
from aegisd.steps import SPECS
from tests.config.check import check, load_text, places

CI = '[workflows.ci]\nparams = { a = "1", b = {} }\n[workflows.pack]\n'
NIGHT = '[triggers.night]\ntype = "timer"\ncron = "0 2 * * *"\nworkflow = "ci"\nparams = { b = "2" }\n'
AFTER = '[triggers.after]\ntype = "workflow"\nafter = "ci"\nworkflow = "pack"\n'


def test_no_table() -> None:
    """The section is a table."""
    assert places("triggers = 3") == ["1:12 AEG014"]


def test_a_timer() -> None:
    """Keys, defaults and the place of a timer."""
    trigger = load_text(CI + NIGHT).triggers["night"]
    assert trigger.spec == TimerSpec(cron="0 2 * * *", timezone="UTC", catch_up=False, jitter=0.0)
    assert (trigger.workflow, dict(trigger.params), trigger.enabled) == ("ci", {"b": "2"}, True)
    assert str(trigger.origin) == "<stdin>:4"


def test_a_follower() -> None:
    """Keys and defaults of a trigger of type workflow."""
    trigger = load_text(CI + AFTER + 'result = "any"\nenabled = false\nreason = "why"\n').triggers["after"]
    assert trigger.spec == AfterSpec(after="ci", result=After.ANY)
    assert (trigger.enabled, trigger.reason) == (False, "why")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[triggers]\nx = 3", "5:5 AEG014"),
        ('[triggers.x]\ntype = "timr"\nworkflow = "ci"\nkey = 1', "5:8 AEG255"),
        ('[triggers.x]\nworkflow = "pack"', "4:11 AEG013"),
        ('[triggers.x]\ntype = 3\nworkflow = "pack"', "5:8 AEG014"),
        ('[triggers."x y"]\ntype = "timer"\ncron = "0 2 * * *"\nworkflow = "pack"', "4:11 AEG017"),
        ('[triggers.7]\ntype = "timer"\ncron = "0 2 * * *"\nworkflow = "pack"', "4:11 AEG017"),
        ('[triggers.x]\ntype = "timer"\ncron = "0 2 * * *"', "4:11 AEG013"),
        ('[triggers.x]\ntype = "timer"\nworkflow = "pack"', "4:11 AEG013"),
        ('[triggers.x]\ntype = "timer"\ncron = "0 2 * * *"\nworkflow = "pack"\nafter = "ci"', "8:1 AEG012"),
        ('[triggers.x]\ntype = "timer"\ncron = "0 2 * * *"\nworkflow = "ci"\nparams = { b = 2 }', "8:16 AEG014"),
        ('[triggers.x]\ntype = "timer"\ncron = "0 2 * *"\nworkflow = "pack"', "6:8 AEG258"),
        ('[triggers.x]\ntype = "timer"\ncron = "0 0 30 2 *"\nworkflow = "pack"', "6:8 AEG258"),
        ('[triggers.x]\ntype = "timer"\ncron = "' + "1," * 200 + '1 2 * * *"\nworkflow = "pack"', "6:8 AEG258"),
        ('[triggers.x]\ntype = "timer"\ncron = ""\nworkflow = "pack"', "6:8 AEG258"),
        (
            '[triggers.x]\ntype = "timer"\ncron = "0 2 * * *"\nworkflow = "pack"\ntimezone = "Europe/Berln"',
            "8:12 AEG259",
        ),
        ('[triggers.x]\ntype = "timer"\ncron = "0 2 * * *"\nworkflow = "pack"\njitter = "2d"', "8:10 AEG015"),
        ('[triggers.x]\ntype = "timer"\ncron = "0 2 * * *"\nworkflow = "no"', "7:12 AEG256"),
        ('[triggers.x]\ntype = "timer"\ncron = "0 2 * * *"\nworkflow = "ci"', "4:11 AEG257"),
        (
            '[triggers.x]\ntype = "timer"\ncron = "0 2 * * *"\nworkflow = "ci"\nparams = { b = "1", c = "2" }',
            "8:21 AEG257",
        ),
        ('[triggers.x]\ntype = "workflow"\nafter = "no"\nworkflow = "pack"', "6:9 AEG256"),
        ('[triggers.x]\ntype = "workflow"\nafter = "ci"\nresult = "passed"\nworkflow = "pack"', "7:10 AEG016"),
        ('[triggers.x]\ntype = "workflow"\nafter = "pack"\nworkflow = "pack"', "7:12 AEG260"),
    ],
)
def test_problem_and_place(text: str, place: str) -> None:
    """Each fault is found once, at its place."""
    assert places(CI + text) == [place]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Australia/Lord_Howe"])
def test_zones_that_are_there(zone: str) -> None:
    """Zones of the host are taken."""
    assert places(CI + NIGHT + f'timezone = "{zone}"\n') == []


@pytest.mark.parametrize("zone", ["", ".", "Europe", "../../etc/passwd", "/etc/localtime", "posixrules\\u0000", "🕐"])
def test_zones_that_are_none(zone: str) -> None:
    """What is no name of a zone is refused, and no other file is opened for it."""
    assert [each.code for each in check(CI + NIGHT + f'timezone = "{zone}"\n')[1]] in (["AEG259"], ["AEG033"])


@given(st.text(alphabet="0123456789*/,-#?LW MONFRI", max_size=40))
def test_any_cron_is_judged(cron: str) -> None:
    """No expression makes the check raise: it is fine, or AEG258."""
    text = CI + f'[triggers.x]\ntype = "timer"\ncron = "{cron}"\nworkflow = "pack"\n'
    assert {each.code for each in check(text)[1]} <= {"AEG258"}


def test_a_long_circle_is_shown() -> None:
    """The message shows the way round, the help the triggers; one that is off closes no circle."""
    text = CI + AFTER + '[triggers.back]\ntype = "workflow"\nafter = "pack"\nworkflow = "ci"\nparams = { b = "" }\n'
    (problem,) = check(text)[1]
    assert problem.code == "AEG260"
    assert problem.message in (
        '"ci" -> "pack" -> "ci" start each other without end',
        '"pack" -> "ci" -> "pack" start each other without end',
    )
    assert set((problem.help or "").removeprefix("the triggers: ").split(", ")) == {"after", "back"}
    assert places(text + "enabled = false\n") == []


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=14))
def test_circles_are_found_where_there_are_some(pairs: list[tuple[int, int]]) -> None:
    """A circle is found exactly where taking away what nobody follows leaves something, and it is one."""
    edges: dict[str, list[TriggerConfig]] = {}
    for number, (after, starts) in enumerate(pairs):
        spec = AfterSpec(after=f"w{after}")
        trigger = TriggerConfig(name=f"t{number}", type="workflow", workflow=f"w{starts}", spec=spec)
        edges.setdefault(spec.after, []).append(trigger)
    left = set(pairs)
    while removable := {pair for pair in left if pair[1] not in {after for after, _ in left}}:
        left -= removable
    circle = find_circle(edges)
    assert bool(circle) is bool(left)
    following = [*circle[1:], *circle[:1]]
    assert all(one.workflow == next_one.spec.after for one, next_one in zip(circle, following, strict=True))


def test_across_files(tmp_path: Path) -> None:
    """A trigger may stand in another file than its workflow; a name is taken once; what is missing is told of where the
    trigger stands."""
    main = tmp_path / "aegis.toml"
    main.write_text('include = ["t.toml", "w.toml", "u.toml"]\n')
    (tmp_path / "t.toml").write_text(NIGHT + AFTER)
    (tmp_path / "w.toml").write_text(CI)
    (tmp_path / "u.toml").write_text(NIGHT.replace('"ci"', '"cl"'))
    config, problems, _ = check_files([str(main)], step_types=SPECS, environment={})
    assert config is None
    assert [(Path(each.file).name, each.code) for each in problems] == [("u.toml", "AEG026")]
    assert 'trigger "night" is defined in two files' in problems[0].message
    (tmp_path / "u.toml").write_text('[triggers.x]\ntype = "workflow"\nafter = "cii"\nworkflow = "pack"\n')
    config, problems, _ = check_files([str(main)], step_types=SPECS, environment={})
    assert [(Path(each.file).name, each.line, each.code, each.label) for each in problems] == [
        ("u.toml", 3, "AEG256", 'did you mean "ci"?')
    ]


def test_what_cannot_be_read_hides_workflows(tmp_path: Path) -> None:
    """With a file that cannot be read, nothing is said of workflows that may be in it."""
    main = tmp_path / "aegis.toml"
    main.write_text('include = ["w.toml"]\n' + NIGHT)
    (tmp_path / "w.toml").write_text("[workflows.ci")
    _, problems, _ = check_files([str(main)], step_types=SPECS, environment={})
    assert [each.code for each in problems] == ["AEG001"]


def test_show_and_changes() -> None:
    """`config show` prints triggers that read back as the same, without what a variable stands for; a reload names
    them."""
    text = CI + NIGHT.replace('b = "2"', 'b = "${TOKEN}"') + 'jitter = "5m"\n' + AFTER
    config = load_text(text)
    shown = render_config(config, origin=False)
    assert "s3cret" not in shown
    assert '[triggers.night]\ntype = "timer"\nworkflow = "ci"\nparams = { b = "${TOKEN}" }\ncron = "0 2 * * *"' in shown
    again = load_text(shown)
    assert describe_changes(config, again) == ("nothing changed",)
    other = load_text(CI + NIGHT)
    assert describe_changes(config, other) == ("triggers: 1 removed (after), 1 changed (night)",)


@pytest.mark.parametrize(
    ("topic", "start"),
    [
        ("trigger", "[triggers.NAME]   "),
        ("triggers.night.cron", "timer-trigger.cron   string, must be given"),
        ("trigger.enabled", "trigger.enabled   true or false"),
        ("timer-trigger", '[triggers.NAME] with type = "timer"   '),
        ("catch_up", "timer-trigger.catch_up   "),
    ],
)
def test_topics(topic: str, start: str) -> None:
    """`aegisctl explain` knows triggers as people write them."""
    assert (explain(topic, step_types=SPECS) or "").startswith(start)
