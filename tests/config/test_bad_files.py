"""Files, sections and variables that are wrong: which code, and exactly where."""

import pytest

from tests.config.check import places

BAD = [
    ("a =", "1:3 AEG001"),
    ("a = \n", "1:5 AEG001"),
    ("[daemon\n", "1:8 AEG001"),
    ("[daemon]\nname = buildhost", "2:8 AEG001"),
    ("[daemon]\nname buildhost", "2:6 AEG001"),
    ('[daemon]\nname = "abc', "2:8 AEG001"),
    ('[daemon]\nname = "abc\nruns = 3', "2:12 AEG001"),
    ('[daemon]\nname = """abc\n\n\n', "2:8 AEG001"),
    ("[daemon]\nruns = [1,\n2\n", "2:8 AEG001"),
    ("[daemon]\nkeep = { runs = 1", "2:8 AEG001"),
    ("[daemon]\nkeep = { runs = 1 days = 2 }", "2:19 AEG001"),
    ("[daemon]\nruns = 1 2", "2:10 AEG001"),
    ("[daemon]\nruns = 01", "2:9 AEG001"),
    ('name = "\\q"', "1:9 AEG001"),
    ("x = 2020-13-01", "1:9 AEG001"),
    ("x = \x00", "1:5 AEG001"),
    ("é = 1", "1:1 AEG001"),
    ("x = " + "9" * 5000, "1:5 AEG001"),
    ("[daemon]\nruns = 1\nruns = 2", "3:1 AEG002"),
    ('[daemon]\nruns = 1\n"runs" = 2', "3:1 AEG002"),
    ("[daemon]\n\n[daemon]", "3:2 AEG002"),
    ("[daemon]\nkeep.runs = 1\nkeep.runs = 2", "3:6 AEG002"),
    ("[daemon]\nkeep = { runs = 1, runs = 2 }", "2:20 AEG002"),
    ("[daemon]\nkeep = {}\n[daemon.keep]", "3:9 AEG002"),
    ("workflows = 1\n[workflows.ci]", "2:2 AEG002"),
    ("[workflows.ci]\nsteps = []\n[[workflows.ci.steps]]", "3:16 AEG002"),
    ("x = " + "[" * 100, "1:37 AEG005"),
    ("x = " + "{a=" * 40, "1:101 AEG005"),
    ("a." * 50 + "a = 1", "1:66 AEG005"),
    ("[" + "a." * 50 + "a]", "1:67 AEG005"),
    ('include = ["no-such.toml"]', "1:12 AEG003"),
    ('include = ["/"]', "1:12 AEG003"),
    ('include = ["no-such/*.toml"]', "1:12 AEG041"),
    ('include = "x.toml"', "1:11 AEG014"),
    ('include = ["a.toml", 3]', "1:22 AEG014"),
    ("[deamon]", "1:2 AEG010"),
    ("[workflow.ci]", "1:2 AEG010"),
    ("zzz = 1", "1:1 AEG010"),
    ("[[workflows.ci.steps]]\nrun = 'x'\n[step]", "3:2 AEG010"),
    ("[cli]\ncolor = 1", "1:2 AEG011"),
    ("[executors.x]\nurl = 'x'", "1:12 AEG013"),
    ("[services.a]", "1:11 AEG013"),
    ("executors = 1", "1:13 AEG014"),
    ('[daemon]\nname = "${NOPE}"', "2:9 AEG008"),
    ('[daemon]\nstate_dir = "${HOME}/${NOPE}/x"', "2:22 AEG008"),
    ('[workflows.a]\nenv = { A = "$${NOPE} ${NOPE}" }', "2:23 AEG008"),
    ('[daemon]\nname = "${HOST:-x}"', "2:9 AEG009"),
    ('[daemon]\nname = "a${"', "2:10 AEG009"),
    ("[daemon]\nname = '${}'", "2:9 AEG009"),
    ("daemon = 3", "1:10 AEG014"),
    ("[[daemon]]", "1:3 AEG014"),
    ("workflows = []", "1:13 AEG014"),
    ("[workflows]\nci = 3", "2:6 AEG014"),
]


@pytest.mark.parametrize(("text", "place"), BAD, ids=[f"{place}-{number}" for number, (_, place) in enumerate(BAD)])
def test_problem_and_place(text: str, place: str) -> None:
    """The text has this one problem, at this place."""
    assert places(text) == [place]
