"""Keys and values that are wrong: which code, and exactly where."""

import pytest

from tests.config.check import check, places

BAD = [
    ("[daemon]\nrun = 4", "2:1 AEG012"),
    ("[daemon]\nkeep = { dais = 3 }", "2:10 AEG012"),
    ("[daemon.keep]\ndais = 3", "2:1 AEG012"),
    ("[daemon]\nkeep.dais = 3", "2:6 AEG012"),
    ('[control]\nsock = "x"', "2:1 AEG012"),
    ('[daemon]\nruns = "4"', "2:8 AEG014"),
    ("[daemon]\nruns = true", "2:8 AEG014"),
    ("[daemon]\nruns = 4.0", "2:8 AEG014"),
    ("[daemon]\nruns = 2020-01-01", "2:8 AEG014"),
    ("[daemon]\nruns = [4]", "2:8 AEG014"),
    ("[daemon]\nruns = 0", "2:8 AEG015"),
    ("[daemon]\nruns = 1001", "2:8 AEG015"),
    ("[daemon]\nruns = 0x" + "f" * 5000, "2:8 AEG015"),
    ("[daemon]\nqueue_limit = -1", "2:15 AEG015"),
    ("[daemon]\ngrace = true", "2:9 AEG014"),
    ("[daemon]\ngrace = -1", "2:9 AEG015"),
    ("[daemon]\ngrace = -0.5", "2:9 AEG015"),
    ("[daemon]\ngrace = nan", "2:9 AEG015"),
    ("[daemon]\ngrace = inf", "2:9 AEG015"),
    ("[daemon]\ngrace = 1e400", "2:9 AEG015"),
    ("[daemon]\ngrace = 0x" + "f" * 5000, "2:9 AEG015"),
    ('[daemon]\ngrace = "inf"', "2:9 AEG015"),
    ('[daemon]\ngrace = "10 minutes"', "2:9 AEG015"),
    ('[daemon]\ngrace = ""', "2:9 AEG015"),
    ('[daemon]\ngrace = "' + "1" * 100_000 + 'x"', "2:9 AEG015"),
    ('[daemon]\ngrace = "2d"', "2:9 AEG015"),
    ('[daemon]\nkeep = { logs = "10 Gib of it" }', "2:17 AEG015"),
    ("[daemon]\nkeep = { logs = -1 }", "2:17 AEG015"),
    ("[daemon]\nkeep = { logs = 1.5 }", "2:17 AEG014"),
    ("[daemon]\nkeep = { logs = true }", "2:17 AEG014"),
    ("[daemon]\nkeep = 3", "2:8 AEG014"),
    ('[daemon]\nsynchronous = "fulll"', "2:15 AEG016"),
    ("[daemon]\nsynchronous = 1", "2:15 AEG014"),
    ('[daemon]\nname = "a b"', "2:8 AEG017"),
    ('[daemon]\nname = ""', "2:8 AEG017"),
    ('[daemon]\nname = ".hidden"', "2:8 AEG017"),
    ('[daemon]\nname = "' + "x" * 65 + '"', "2:8 AEG017"),
    ('[daemon]\nstate_dir = ""', "2:13 AEG015"),
    ('[daemon]\nstate_dir = "~/aegis"', "2:13 AEG015"),
    ('[daemon]\nstate_dir = "a\\u0000b"', "2:13 AEG033"),
    ('[control]\nsocket = "/' + "x" * 107 + '"', "2:10 AEG015"),
    ('[control]\noperators = "aegis"', "2:13 AEG014"),
    ('[control]\noperators = ["aegis", ""]', "2:23 AEG017"),
    ('[control]\noperators = ["aegis", 1]', "2:23 AEG014"),
    ('[workflows."a b"]', "1:12 AEG017"),
    ("[workflows.842]", "1:12 AEG017"),
    ('[workflows.""]', "1:12 AEG017"),
    ("[workflows.ci]\ntimeout = 0", "2:11 AEG015"),
    ("[workflows.ci]\nmax_concurrent = 0", "2:18 AEG015"),
    ("[workflows.ci]\npriority = 1001", "2:12 AEG015"),
    ('[workflows.ci]\non_busy = "wait"', "2:11 AEG016"),
    ('[workflows.ci]\non_restart = "resum"', "2:14 AEG016"),
    ("[workflows.ci]\nstep = []", "2:1 AEG012"),
    ("[workflows.ci]\nsteps = {}", "2:9 AEG014"),
    ("[workflows.ci]\nsteps = [1]", "2:10 AEG014"),
    ("[workflows.ci.steps]\nrun = 'x'", "1:15 AEG014"),
    ('[workflows.ci]\nenv = { "A-B" = "1" }', "2:9 AEG032"),
    ('[workflows.ci]\nenv = { 1A = "1" }', "2:9 AEG032"),
    ("[workflows.ci]\nenv = { A = 1 }", "2:13 AEG014"),
    ('[workflows.ci]\nenv = { A = "\\u0000" }', "2:13 AEG033"),
    ('[workflows.ci]\nenv = ["A=1"]', "2:7 AEG014"),
    ("[workflows.ci]\ndir = 3", "2:7 AEG014"),
    ("[workflows.ci]\nparams = ['a']", "2:10 AEG014"),
    ("[workflows.ci]\nparams = { a = 3 }", "2:16 AEG014"),
    ("[workflows.ci]\nparams = { a = { default = 3 } }", "2:28 AEG014"),
    ("[workflows.ci]\nparams = { a = { defalt = 'x' } }", "2:18 AEG012"),
    ("[workflows.ci]\nparams = { a-b = 'x' }", "2:12 AEG034"),
    ("[workflows.ci]\nparams = { ab = 'x', aB = 'y' }", "2:22 AEG034"),
]


@pytest.mark.parametrize(("text", "place"), BAD, ids=[f"{place}-{number}" for number, (_, place) in enumerate(BAD)])
def test_problem_and_place(text: str, place: str) -> None:
    """The text has this one problem, at this place."""
    assert places(text) == [place]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("[daemon]\nrun = 4", "did you mean `runs`?"),
        ("[[workflows.ci.steps]]\nrun = 'x'\ntimout = 1", "did you mean `timeout`?"),
        ("[[workflows.ci.steps]]\nrun = 'x'\nretry = 1", "did you mean `retries`?"),
        ("[[workflows.ci.steps]]\nrun = 'x'\nRetries = 1", "did you mean `retries`?"),
        ("[[workflows.ci.steps]]\nrun = 'x'\nretry-delay = 1", "did you mean `retry_delay`?"),
        ("[[workflows.ci.steps]]\nrun = 'x'\ndepends_on = []", "did you mean `needs`?"),
        ("[[workflows.ci.steps]]\nrun = 'x'\nif = 'always'", "did you mean `condition`?"),
        ("[workflows.ci]\nenvironment = {}", "did you mean `env`?"),
        ('[workflows.ci]\non_busy = "replce"', 'did you mean "replace"?'),
    ],
)
def test_nearest_spelling(text: str, label: str) -> None:
    """A misspelt word comes with the right one."""
    assert [each.label for each in check(text)[1]] == [label]


def test_unknown_key_without_a_neighbour() -> None:
    """Where nothing is near, the keys that there are are listed."""
    (problem,) = check("[control]\nqqqqqq = 1")[1]
    assert problem.label is None
    assert problem.help == "its keys: socket, group, operators"
    assert problem.key == "control.qqqqqq"


def test_all_at_once() -> None:
    """One bad value in a list or a table does not hide another."""
    text = '[workflows.ci]\nenv = { "A-B" = "1", C = 2, D = "${NOPE}", E = 3 }\n[control]\noperators = [1, "a", 2]'
    assert places(text) == [
        "2:9 AEG032",
        "2:26 AEG014",
        "2:34 AEG008",
        "2:48 AEG014",
        "4:14 AEG014",
        "4:22 AEG014",
    ]
