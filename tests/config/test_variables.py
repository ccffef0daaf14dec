"""`${NAME}`: from the environment or a credential, never into `run`, never shown."""

from pathlib import Path

from tests.config.check import STEP, check, load_text


def _env(text: str, environment: dict[str, str]) -> str:
    config, problems = check(f'[workflows.ci]\nenv = {{ A = "{text}" }}', environment)
    return config.workflows["ci"].env["A"] if config else problems[0].message


def test_variables() -> None:
    """Several in one string; an empty one is a value; what comes in is not looked at again."""
    assert _env("${A}-${B}${C}", {"A": "1", "B": "", "C": "${A}"}) == "1-${A}"
    assert _env("$A $$ {A} $${A} 5$", {}) == "$A $$ {A} ${A} 5$"


def test_credentials(tmp_path: Path) -> None:
    """A file in $CREDENTIALS_DIRECTORY, without the line break at its end; the environment goes first."""
    (tmp_path / "TOKEN").write_text("abc\n")
    (tmp_path / "BAD").write_bytes(b"\xff")
    (tmp_path / "FOLDER").mkdir()
    around = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert _env("${TOKEN}", around) == "abc"
    assert _env("${TOKEN}", {**around, "TOKEN": "env"}) == "env"
    assert _env("${NOPE}", around) == "the variable NOPE is not set"
    assert _env("${BAD}", around) == "the variable BAD: not UTF-8: byte 0xff has no meaning here"
    assert _env("${FOLDER}", around) == "the variable FOLDER: cannot read its credential: Is a directory"


def test_values_that_are_not_text() -> None:
    """A variable that is not UTF-8 is refused: it could not be stored."""
    assert _env("${A}", {"A": "\udcff"}) == "the variable A: its value is not UTF-8"


def test_a_missing_one_is_named() -> None:
    """File, line, column, variable and the nearest one that there is."""
    (problem,) = check('[daemon]\nname = "x${TOKN}"')[1]
    assert (problem.line, problem.column, problem.length) == (2, 10, 7)
    assert problem.message == "the variable TOKN is not set"
    assert problem.label == "did you mean TOKEN?"
    assert problem.key == "daemon.name"


def test_values_are_not_told() -> None:
    """A message shows what is written, never what a variable holds."""
    text = (
        '[daemon]\nname = "${T}"\nstate_dir = "~${T}"\ngrace = "${T}"\nsynchronous = "${T}"\nkeep.logs = "${T}"\n'
        '[control]\noperators = ["${T}:"]\n[workflows.ci]\non_busy = "${T}"\nenv = { A = "{${T}" }'
    )
    _, problems = check(text, {"T": "hush hush"})
    assert len(problems) == 7
    assert "hush" not in repr(problems)


def test_run_belongs_to_the_shell() -> None:
    """In `run`, neither strings nor lists are touched."""
    steps = "[[workflows.ci.steps]]\nname = 'b'\nrun = ['${NOPE}', '$${X}']"
    config = load_text(f"{STEP.replace('make', 'echo ${NOPE:-x}')}{steps}")
    first, second = config.workflows["ci"].steps
    assert first.spec.run == "echo ${NOPE:-x}"
    assert second.spec.run == ("${NOPE}", "$${X}")


def test_values_of_all_kinds() -> None:
    """A variable can give a duration, a choice and a path."""
    text = '[daemon]\ngrace = "${G}"\nsynchronous = "${S}"\nstate_dir = "${D}/x"'
    config, _ = check(text, {"G": "5s", "S": "normal", "D": "/d"})
    assert config
    assert (config.daemon.grace, config.daemon.synchronous, config.daemon.state_dir) == (5.0, "normal", "/d/x")


def test_what_a_workflow_keeps_of_them() -> None:
    """Texts of `env` and of the types of steps are kept as they were written; names and places are not."""
    text = """
[workflows.ci]
env = { A = "x${TOKEN}", B = "$${TOKEN}", C = "plain" }
dir = "${HOME}/x"
[[workflows.ci.steps]]
name = "${TOKEN}"
run = ["make", "${TOKEN}"]
env = { T = "${TOKEN}" }
[[workflows.ci.steps]]
type = "http"
name = "tell"
url = "https://example.org/${TOKEN}"
method = "POST"
headers = { Authorization = "Bearer ${TOKEN}" }
json = { to = ["${TOKEN}"] }
[workflows.other]
env = { A = "${HOME}" }
[[workflows.other.steps]]
run = "true"
"""
    workflows = load_text(text).workflows
    assert dict(workflows["ci"].references) == {
        "/env/A": "x${TOKEN}",
        "/steps/0/spec/env/T": "${TOKEN}",
        "/steps/1/spec/url": "https://example.org/${TOKEN}",
        "/steps/1/spec/headers/Authorization": "Bearer ${TOKEN}",
        "/steps/1/spec/json/to/0": "${TOKEN}",
    }
    assert dict(workflows["other"].references) == {"/env/A": "${HOME}"}
    assert workflows["ci"].env["A"] == "xs3cret"
