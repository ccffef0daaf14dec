"""The configuration in force as text, and what a reload changes."""

import tomllib

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from aegisd.config.definitions import StepKeys, WorkflowKeys
from aegisd.config.show import describe_changes, render_config
from aegisd.config.slot import list_slots
from aegisd.config.toml_text import format_key, format_text
from aegisd.core.model import Condition, Step, Workflow
from aegisd.steps import STEP_TYPES
from tests.config.check import STEP, load_text
from tests.source import ROOT

EXAMPLE = (ROOT / "aegis.toml.example").read_text()

TEXT = """\
[daemon]
grace = "1m"

[workflows.ci]
env = { TOKEN = "${TOKEN}", API_KEY = "literal", CI = "true" }

[[workflows.ci.steps]]
run = 'echo "$TOKEN"'
"""


def test_reads_back() -> None:
    """What is shown is a configuration, and the same one."""
    config = load_text(EXAMPLE)
    again = load_text(render_config(config, origin=False))
    assert describe_changes(config, again) == ("nothing changed",)
    assert describe_changes(config, load_text(render_config(config, origin=True))) == ("nothing changed",)


def test_secrets_are_masked() -> None:
    """Variables are shown by name, literal secrets by length, all else as it is."""
    shown = render_config(load_text(TEXT), origin=False)
    assert 'env = { TOKEN = "${TOKEN}", API_KEY = "(set, 7 bytes)", CI = "true" }' in shown
    assert "s3cret" not in shown
    assert "literal" not in shown


def test_origins() -> None:
    """Each key says where it comes from."""
    lines = render_config(load_text(TEXT), origin=True).splitlines()
    assert [" ".join(line.split()) for line in lines if "grace" in line or "runs = 4" in line or "run =" in line] == [
        "runs = 4 # default",
        'grace = "1m" # <stdin>:2',
        'run = "echo \\"$TOKEN\\"" # <stdin>:8',
    ]


@given(st.text())
def test_text_and_keys_read_back(text: str) -> None:
    """Any string survives as TOML, and none acts on a terminal."""
    clean = text.replace("\0", "").encode("utf-8", "ignore").decode()
    shown = format_text(clean)
    assert tomllib.loads(f"description = {shown}") == {"description": clean}
    assert all(char.isprintable() or char.isspace() for char in shown) or not clean.isprintable()
    assert format_key("a-b_1") == "a-b_1"
    assert format_key("") == '""'


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        (STEP, "# moved\n\n" + STEP, ("nothing changed",)),
        (STEP, STEP + "[workflows.docs]", ("workflows: 1 added (docs)",)),
        (STEP + "[workflows.docs]", STEP, ("workflows: 1 removed (docs)",)),
        (STEP, STEP + "retries = 1\n[workflows.docs]", ("workflows: 1 added (docs), 1 changed (ci)",)),
        ("", "[daemon]\nruns = 8", ("daemon.runs: 4 -> 8",)),
        (
            "",
            "[daemon]\nkeep.days = 7",
            ('daemon.keep: runs 200, days 90, logs "10GiB" -> runs 200, days 7, logs "10GiB"',),
        ),
        (
            '[daemon]\nsynchronous = "normal"',
            "",
            ('daemon.synchronous: "normal" -> "full" (takes effect when aegisd is started again)',),
        ),
        (
            "",
            '[control]\ngroup = "ci"',
            ('control.group: none -> "ci" (takes effect when aegisd is started again)',),
        ),
    ],
)
def test_changes(before: str, after: str, changes: tuple[str, ...]) -> None:
    """What a reload answers."""
    assert describe_changes(load_text(before), load_text(after)) == changes


def test_declared_defaults_are_those_of_the_model() -> None:
    """What the documents say of a default is what a workflow and a step have."""
    step, workflow = Step(name="", type="", spec=None), Workflow(name="x")
    assert {name: slot.default for name, slot in list_slots(StepKeys).items()} == {
        name: getattr(step, name) for name in list_slots(StepKeys)
    }
    own = [name for name in list_slots(WorkflowKeys) if name != "params"]
    assert {name: list_slots(WorkflowKeys)[name].default for name in own} == {
        name: getattr(workflow, name) for name in own
    }
    assert evolve(step) == step


def test_what_a_step_has_that_says_nothing() -> None:
    """S41: not parallel, no retries, a second before the first one, no limit but that of its type; then the condition
    is on_success."""
    step = Step(name="", type="", spec=None)
    assert (step.parallel, step.retries, step.retry_delay, step.timeout) == (False, 0, 1.0, None)
    assert (step.condition, step.allow_failure, step.needs) == (Condition.ON_SUCCESS, False, None)
    calls = ("discover", "http", "submit_bugs", "test", "verify")
    assert {name: kind.default_timeout for name, kind in STEP_TYPES.items() if kind.default_timeout is not None} == (
        dict.fromkeys(calls, 30.0)
    )
