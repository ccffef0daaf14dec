"""Steps that are wrong: which code, and exactly where."""

import pytest

from tests.config.check import STEP, check, places

BAD = [
    ('timout = "10m"', "3:1 AEG012"),
    ("after = ['x']", "3:1 AEG012"),
    ("seconds = 3", "3:1 AEG012"),
    ("retry = 3", "3:1 AEG012"),
    ("retries = -1", "3:11 AEG015"),
    ("retries = 1001", "3:11 AEG015"),
    ("retries = true", "3:11 AEG014"),
    ('retries = "3"', "3:11 AEG014"),
    ('condition = "sometimes"', "3:13 AEG016"),
    ("condition = true", "3:13 AEG014"),
    ('parallel = "yes"', "3:12 AEG014"),
    ("parallel = 1", "3:12 AEG014"),
    ("timeout = 0", "3:11 AEG015"),
    ('timeout = "0"', "3:11 AEG015"),
    ("timeout = -5", "3:11 AEG015"),
    ('timeout = "soon"', "3:11 AEG015"),
    ("retry_delay = -1", "3:15 AEG015"),
    ('retry_delay = "2m"', "3:15 AEG045"),
    ("max_retry_delay = 0.5", "3:19 AEG045"),
    ('name = "a b"', "3:8 AEG017"),
    ("name = 3", "3:8 AEG014"),
    ('name = "\\u001b[31m"', "3:8 AEG017"),
    ('phase = ""', "3:9 AEG017"),
    ("ok_exit_codes = 0", "3:17 AEG014"),
    ("ok_exit_codes = [0, 256]", "3:21 AEG015"),
    ("ok_exit_codes = [true]", "3:18 AEG014"),
    ('env = { A = "${NOPE}" }', "3:14 AEG008"),
    ("env.A = true", "3:9 AEG014"),
    ("needs = 'x'", "3:9 AEG014"),
    ("needs = ['x']", "3:10 AEG021"),
    ("needs = ['command']", "3:10 AEG022"),
    ("needs = [1]", "3:10 AEG014"),
    ("artifacts = ['../x']", "3:14 AEG295"),
    ("artifacts = ['ok', '/etc/passwd']", "3:20 AEG295"),
    ("reports = ['']", "3:12 AEG295"),
    ("reports = ['a/../../x']", "3:12 AEG295"),
    ("artifacts = ['~/x']", "3:14 AEG295"),
    ("artifacts = './'", "3:13 AEG014"),
    ("artifacts = ['./']", "3:14 AEG295"),
    (f"artifacts = ['{'x' * 1025}']", "3:14 AEG295"),
    ("artifacts = [" + "'a'," * 101 + "]", "3:13 AEG296"),
    ("executor = 'lokal'", "3:12 AEG367"),
    ("service = 'x'", "3:1 AEG012"),
    ("sandbox = true", "3:11 AEG014"),
    ("sandbox = 'bwarp'", "3:11 AEG016"),
    ("network = false", "3:11 AEG210"),
    ("sandbox = 'none'\nnetwork = false", "4:11 AEG210"),
    ("memory = '1KiB'", "3:10 AEG015"),
    ("cpus = 0", "3:8 AEG015"),
    ("pids = 0", "3:8 AEG015"),
    ("nice = -1", "3:8 AEG015"),
    ("nice = 20", "3:8 AEG015"),
    ("type = 'comand'", "3:8 AEG019"),
    ("type = 3", "3:8 AEG014"),
    ("[[workflows.ci.steps]]\nrun = 'y'", "3:16 AEG024"),
    ("[[workflows.ci.steps]]\nrun = 'y'\nname = 'command'", "5:8 AEG024"),
    ("[[workflows.ci.steps]]\nname = 'x'", "3:16 AEG025"),
    ("[[workflows.ci.steps]]\ntype = 'wait'", "3:16 AEG013"),
    ("[[workflows.ci.steps]]\nname = 'x'\nrun = ''", "5:7 AEG036"),
    ("[[workflows.ci.steps]]\nname = 'x'\nrun = '  '", "5:7 AEG036"),
    ("[[workflows.ci.steps]]\nname = 'x'\nrun = []", "5:7 AEG036"),
    ("[[workflows.ci.steps]]\nname = 'x'\nrun = ['']", "5:7 AEG036"),
    ("[[workflows.ci.steps]]\nname = 'x'\nrun = ['a', 1]", "5:13 AEG014"),
    ("[[workflows.ci.steps]]\nname = 'x'\nrun = 3", "5:7 AEG014"),
    ("[[workflows.ci.steps]]\nname = 'x'\nrun = \"a\\u0000\"", "5:7 AEG033"),
    ("[[workflows.ci.steps]]\nname = 'b'\nrun = 'y'\nneeds = ['command', 'command']", "6:21 AEG023"),
    ("needs = ['b']\n[[workflows.ci.steps]]\nname = 'b'\nrun = 'y'", "3:9 AEG031"),
    ("needs = ['b']\n[[workflows.ci.steps]]\nname = 'b'\nrun = 'y'\nneeds = ['command']", "3:9 AEG031"),
    ("timeout = '2h'\n[workflows.ci]\ntimeout = '1h'", "3:11 AEG043"),
    ("[workflows.ci.params]\na = 'x'\n[[workflows.ci.steps]]\nname = 'b'\nrun = 'go {a}'", "7:11 AEG035"),
    ("[workflows.ci.params]\nab = 'x'\n[[workflows.ci.steps]]\nname = 'b'\nrun = ['go', '{aB}']", "7:15 AEG044"),
    ("env = { X = '{targt}' }\n[workflows.ci.params]\ntarget = 'x'", "3:14 AEG044"),
    ("[workflows.ci]\nenv = { X = '{targt}' }\nparams = { target = 'x' }", "4:14 AEG044"),
    (
        "[workflows.ci.params]\na = 'x'\n[[workflows.ci.steps]]\nname = 'b'\nrun = ['/bin/bash', '-c', '{{a}} {a}']",
        "7:34 AEG046",
    ),
]


@pytest.mark.parametrize(("text", "place"), BAD, ids=[f"{place}-{number}" for number, (_, place) in enumerate(BAD)])
def test_problem_and_place(text: str, place: str) -> None:
    """The text has this one problem, at this place."""
    assert places(STEP + text) == [place]


def test_unknown_need_lists_the_steps() -> None:
    """A step that is not there comes with those that are, and the nearest."""
    text = STEP + "name = 'tests'\n[[workflows.ci.steps]]\nrun = 'x'\nname = 'pack'\nneeds = ['test']"
    (problem,) = check(text)[1]
    assert problem.message == 'step "pack" needs "test", which does not exist'
    assert problem.label == "steps here: tests"
    assert problem.help == 'did you mean "tests"? (defined at line 1)'


def test_cycle_is_named_whole() -> None:
    """All steps of a circle are named, in order."""
    steps = [
        f"[[workflows.ci.steps]]\nname = '{name}'\nrun = 'x'\nneeds = ['{need}']" for name, need in ("ab", "bc", "ca")
    ]
    (problem,) = check("\n".join(steps))[1]
    assert problem.message == '"a" -> "b" -> "c" -> "a" wait for each other'


def test_cycle_through_the_order_of_the_file() -> None:
    """A step without needs waits for all before it: that it closes the circle is said."""
    (problem,) = check(STEP + "needs = ['b']\n[[workflows.ci.steps]]\nname = 'b'\nrun = 'y'")[1]
    assert problem.help == '"b" has no `needs`, so it waits for all steps before it'


def test_cycle_is_found_beside_other_errors() -> None:
    """A bad timeout elsewhere does not hide a circle."""
    text = STEP + "needs = ['b']\ntimeout = -1\n[[workflows.ci.steps]]\nname = 'b'\nrun = 'y'"
    assert places(text) == ["3:9 AEG031", "4:11 AEG015"]


def test_many_problems_cost_little() -> None:
    """10,000 misspelt names end in a bounded report, and errors are not crowded out by warnings."""
    names = ", ".join(f'"step-{number}"' for number in range(10_000))
    found = check(STEP + f"needs = [{names}]")[1]
    assert len(found) == 1000
    assert {each.code for each in found} == {"AEG021"}


@pytest.mark.parametrize(
    "text",
    [
        "parallel = true\nneeds = []",
        'retries = 1000\nretry_delay = "0s"',
        "timeout = 0.5\n[workflows.empty]",
        "env = { A = '$${B}', C = '{d}', D = '{{d}}' }",
        "[workflows.ci.params]\na = 'x'\n[[workflows.ci.steps]]\nname = 'b'\nrun = 'awk {print} ${a} {{a}}'",
        "[workflows.ci.params]\na = { default = '' }\nb = {}\n[[workflows.ci.steps]]\nname = 'b'\nrun = ['{a}', '{b}']",
        "[[workflows.ci.steps]]\ntype = 'wait'\nseconds = 0\nneeds = ['command']",
    ],
)
def test_fine(text: str) -> None:
    """Nothing is wrong with these."""
    assert places(STEP + text) == []
