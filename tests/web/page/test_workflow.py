"""A workflow's page: what of the configuration it shows."""

from hypothesis import given
from hypothesis import strategies as st

from aegis_web.page.asking import failing_streak
from aegis_web.page.workflow import cover_env, draw_durations, draw_steps, find_definition
from aegisd.core.model import Step, Workflow

_CONFIG = """[daemon]
name = "x"

[workflows.ci]
description = "all"
env = { TOKEN = "hidden, really", "ODD NAME" = "hidden" }

[[workflows.ci.steps]]
name = "a"
run = "true"

[workflows.ci.env]
DEEP = "hidden"

[workflows.ci-two]
description = "another"

[workflows."odd name"]
description = "odd"
"""


def test_a_definition_is_that_of_its_workflow() -> None:
    """Only the tables of the workflow are shown, not those of one whose name begins alike; quoted names are found."""
    assert find_definition(_CONFIG, "ci-two") == ["[workflows.ci-two]", 'description = "another"']
    assert find_definition(_CONFIG, "odd name") == ['[workflows."odd name"]', 'description = "odd"']
    lines = find_definition(_CONFIG, "ci")
    assert "[[workflows.ci.steps]]" in lines
    assert not any("another" in line for line in lines)


def test_values_of_variables_are_covered() -> None:
    """The names of variables are shown and their values are not, however the table is written."""
    text = "\n".join(find_definition(_CONFIG, "ci"))
    assert "TOKEN = •••" in text
    assert "DEEP = •••" in text
    assert "hidden" not in text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_value_of_a_variable_slips_through(value: str) -> None:
    """Whatever a value is, nothing of it is left in the line."""
    quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r") + 'secret"'
    assert "secret" not in cover_env(f"env = {{ A = {quoted} }}", is_env=False)
    assert "secret" not in cover_env(f"A = {quoted}", is_env=True)


def test_a_streak_of_failures_ends_at_a_pass() -> None:
    """Failing since: what was cancelled or skipped says nothing, a pass ends the streak."""
    results = ["cancellation", "failure", "skip", "timeout", "success", "failure"]
    runs = [{"id": 9 - place, "state": "finished", "result": result} for place, result in enumerate(results)]
    assert [run["id"] for run in failing_streak(runs)] == [8, 6]
    assert failing_streak(runs[4:]) == []


def test_durations_fit_their_drawing() -> None:
    """The curve stays inside its box; one run alone makes none, and runs of no length make a flat one."""
    assert draw_durations([1.0]) == ""
    assert draw_durations([0.0, 0.0]) == "2.0,46.0 298.0,46.0"
    points = [point.split(",") for point in draw_durations([1.0, 5.0, 2.5]).split()]
    assert all(0 <= float(x) <= 300 and 0 <= float(y) <= 48 for x, y in points)


def test_the_graph_shows_the_last_run() -> None:
    """Steps of the configuration with the states of the last run; one that is new since then has none."""
    steps = tuple(Step(name=name, type="command", spec=None) for name in ("lint", "new"))
    last = {"lint": {"name": "lint", "state": "finished", "result": "failure", "duration_s": 1.25}}
    graph = draw_steps(Workflow(name="ci", steps=steps), last)
    assert graph is not None
    assert [(box.name, box.kind, box.note, box.href) for box in graph.boxes] == [
        ("lint", "failure", "1.2 s", "#step-lint"),
        ("new", "idle", "command", "#step-new"),
    ]
