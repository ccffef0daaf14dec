"""Files to a configuration: includes, defaults, what belongs to one file only, and what cannot be read."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegisd.config.loader import check_files, load_config
from aegisd.config.problems import ConfigError
from aegisd.core.model import Condition, OnBusy, Parameter
from aegisd.steps import SPECS
from tests.config.check import STEP, check, load_text


def _write(folder: Path, **files: str) -> str:
    """Files by name without `.toml`; the path of `main.toml`."""
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text)
    return str(folder / "main.toml")


def _check(*paths: str) -> list[str]:
    found = check_files(paths, step_types=SPECS, environment={})[1]
    return [f"{Path(each.file).name}:{each.line}:{each.column} {each.code}" for each in found]


def test_values() -> None:
    """Every form of a value becomes what the model holds."""
    config = load_text(
        '[daemon]\nruns = 2\ngrace = "1m30s"\nkeep = { logs = "1.5MiB" }\nname = "host"\n'
        '[workflows.ci]\nparams = { a = "x", b = { description = "B" } }\non_busy = "skip"\n'
        'env = { A = "${HOME}/$${B}" }\n'
        '[[workflows.ci.steps]]\nrun = ["make", "{a}", "${HOME}"]\ncondition = "always"\ntimeout = 0.5\nneeds = []\n'
    )
    assert (config.daemon.runs, config.daemon.grace, config.daemon.keep.logs) == (2, 90.0, 1_572_864)
    workflow = config.workflows["ci"]
    assert workflow.params == (Parameter(name="a", default="x"), Parameter(name="b", description="B"))
    assert (workflow.on_busy, workflow.env) == (OnBusy.SKIP, {"A": "/home/ci/${B}"})
    step = workflow.steps[0]
    assert (step.name, step.type, step.needs, step.timeout) == ("command", "command", (), 0.5)
    assert (step.condition, step.spec.run) == (Condition.ALWAYS, ("make", "{a}", "${HOME}"))
    assert (str(step.origin), step.origin and step.origin.column) == ("<stdin>:10", 16)


def test_no_file_at_all_is_needed() -> None:
    """An empty text is a configuration of defaults."""
    config = load_text("")
    assert (config.daemon.runs, config.daemon.queue_limit, config.workflows) == (4, 10_000, {})


@pytest.mark.parametrize(
    ("user_id", "environment", "state_dir", "socket"),
    [
        (0, {}, "/var/lib/aegis", "/run/aegis/control.sock"),
        (7, {"HOME": "/h"}, "/h/.local/state/aegis", "/h/.local/state/aegis/control.sock"),
        (7, {"XDG_STATE_HOME": "/s", "XDG_RUNTIME_DIR": "/r"}, "/s/aegis", "/r/aegis/control.sock"),
        (0, {"STATE_DIRECTORY": "/d:/e", "RUNTIME_DIRECTORY": "/q"}, "/d", "/q/control.sock"),
    ],
)
def test_defaults_from_the_surroundings(
    tmp_path: Path, user_id: int, environment: dict[str, str], state_dir: str, socket: str
) -> None:
    """State directory and socket follow systemd, then XDG, then what is usual for the user."""
    path = _write(tmp_path, main="")
    config, _ = load_config(path, step_types=SPECS, environment=environment, user_id=user_id, host_name="h")
    assert (config.daemon.state_dir, config.control.socket, config.daemon.name) == (state_dir, socket, "h")


def test_paths_start_at_their_file(tmp_path: Path) -> None:
    """Relative paths of an included file are relative to that file."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.toml").write_text('[workflows.a]\ndir = "../x"\n')
    path = _write(tmp_path, main='include = ["sub/*.toml"]\n[daemon]\nstate_dir = "state"\n')
    config, warnings = load_config(path, step_types=SPECS, environment={})
    assert warnings == ()
    assert config.workflows["a"].dir == str(tmp_path / "x")
    assert config.daemon.state_dir == str(tmp_path / "state")
    assert config.files == (path, str(tmp_path / "sub" / "a.toml"))
    assert str(config.workflows["a"].origin) == f"{tmp_path / 'sub' / 'a.toml'}:1"


def test_workflows_come_in_the_order_of_files(tmp_path: Path) -> None:
    """The main file first, then each include with what it includes itself."""
    path = _write(
        tmp_path, main='include = ["b.toml", "c.toml"]\n[workflows.m]', b='include = ["d.toml"]\n[workflows.b]'
    )
    _write(tmp_path, c="[workflows.c]", d="[workflows.d]")
    config, _ = load_config(path, step_types=SPECS, environment={})
    assert list(config.workflows) == ["m", "b", "d", "c"]


def test_included_twice(tmp_path: Path) -> None:
    """A file that two patterns match is loaded once, and pointed out; so is one behind a link."""
    _write(tmp_path, main='include = ["a.toml", "[ab].toml"]', a="[workflows.a]")
    (tmp_path / "b.toml").symlink_to(tmp_path / "a.toml")
    assert _check(str(tmp_path / "main.toml")) == ["main.toml:1:22 AEG042"] * 2


def test_files_that_include_each_other(tmp_path: Path) -> None:
    """A circle of includes ends."""
    _write(tmp_path, main='include = ["a.toml", "main.toml"]', a='include = ["main.toml"]')
    assert _check(str(tmp_path / "main.toml")) == []


def test_includes_have_a_depth(tmp_path: Path) -> None:
    """Nine files in a row are one too many."""
    for number in range(10):
        (tmp_path / f"{number}.toml").write_text(f'include = ["{number + 1}.toml"]')
    assert _check(str(tmp_path / "0.toml")) == ["8.toml:1:12 AEG006"]


def test_workflow_in_two_files(tmp_path: Path) -> None:
    """A second definition is refused, with the place of the first."""
    path = _write(tmp_path, main='include = ["a.toml"]\n[workflows.ci]', a="\n[workflows.ci]")
    (problem,) = check_files([path], step_types=SPECS, environment={})[1]
    assert (Path(problem.file).name, problem.line, problem.code) == ("a.toml", 2, "AEG026")
    assert problem.also
    assert (problem.also.file, problem.also.line, problem.also.text) == (path, 2, "first defined here")


def test_section_in_two_files(tmp_path: Path) -> None:
    """So is a second [daemon]."""
    path = _write(tmp_path, main='include = ["a.toml"]\n[daemon]', a="[daemon]\nruns = 1")
    assert _check(path) == ["a.toml:1:2 AEG007"]


def test_errors_of_all_files(tmp_path: Path) -> None:
    """One report has the errors of all files, by file and line; a syntax error hides nothing in other files."""
    path = _write(
        tmp_path, main='include = ["*.toml"]\n[daemon]\nruns = 0', a="[x", b="[workflows.b]\ntimeout = -1\nzz = 1"
    )
    with pytest.raises(ConfigError) as caught:
        load_config(path, step_types=SPECS, environment={})
    found = [f"{Path(each.file).name}:{each.line} {each.code}" for each in caught.value.problems]
    assert found == ["a.toml:1 AEG001", "b.toml:2 AEG015", "b.toml:3 AEG012", "main.toml:3 AEG015"]
    assert "4 errors in 3 files (3 checked).  aegisctl explain AEG001" in str(caught.value)


def test_a_folder_is_one_configuration(tmp_path: Path) -> None:
    """All files of a folder belong together; a file that another one includes is no repetition."""
    _write(tmp_path, a='include = ["b.toml"]\n[workflows.a]', b="[workflows.b]", c="[workflows.a]")
    assert _check(str(tmp_path)) == ["c.toml:1:12 AEG026"]


def test_paths_are_configurations_of_their_own(tmp_path: Path) -> None:
    """Two files side by side do not see each other."""
    _write(tmp_path, a="[daemon]\n[workflows.a]", b="[daemon]\n[workflows.a]")
    assert _check(str(tmp_path / "a.toml"), str(tmp_path / "b.toml")) == []


def test_what_cannot_be_read(tmp_path: Path) -> None:
    """Missing, empty folder, pipe, not UTF-8, too large, an impossible name: each is a problem, none an exception."""
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "latin.toml").write_bytes(b'# \xc3\xa9\nname = "caf\xe9"')
    (tmp_path / "large.toml").write_bytes(b"#" * (4 * 2**20 + 1))
    (tmp_path / "empty").mkdir()
    names = ("none.toml", "pipe.toml", "latin.toml", "large.toml", "empty", "nul\0", "no/where.toml")
    found = _check(*(str(tmp_path / name) for name in names))
    assert sorted(found) == [
        "empty:1:1 AEG003",
        "large.toml:1:1 AEG005",
        "latin.toml:2:12 AEG004",
        "none.toml:1:1 AEG003",
        "nul\\x00:1:1 AEG003",
        "pipe.toml:1:1 AEG003",
        "where.toml:1:1 AEG003",
    ]


def test_unreadable_include_is_shown_where_it_is_named(tmp_path: Path) -> None:
    """The place is that of the pattern, not of a text that nobody has."""
    _write(tmp_path, main='include = [\n  "none.toml",\n  "sub"]')
    (tmp_path / "sub").mkdir()
    assert _check(str(tmp_path / "main.toml")) == ["main.toml:2:3 AEG003", "main.toml:3:3 AEG003"]


def test_byte_order_mark_and_windows_lines() -> None:
    """Files from other systems have the same places."""
    (problem,) = check(b"\xef\xbb\xbf[daemon]\r\nruns = 0\r\n")[1]
    assert (problem.line, problem.column) == (2, 8)


@settings(max_examples=300)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes(data: bytes) -> None:
    """No bytes make the loader raise, or accept what it cannot use."""
    config, problems = check(data)
    assert (config is None) == any(each.severity == "error" for each in problems)


PIECES = (
    *(STEP, "[daemon]\n", "[workflows.ci]\n", "[[workflows.ci.steps]]\n"),
    *(
        "include = ",
        "needs = ",
        "env = ",
        "run = ",
        "name = ",
        "type = ",
        "params = ",
        "steps = ",
        "timeout = ",
        "keep = ",
    ),
    *('["x"]\n', '"${HOME}"\n', "'wait'\n", "{ a = 1 }\n", "-1\n", "nan\n", "[[1]]\n", "1979-05-27\n", "true\n"),
    *('["command"]\n', '"\\u0000"\n', "'{a}'\n", "{ a = '{a}' }\n"),
)


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_any_pieces(pieces: list[str]) -> None:
    """Neither do the words of a configuration in any order."""
    config, problems = check("".join(pieces))
    assert (config is None) == any(each.severity == "error" for each in problems)
