"""Each check of the doctor on hosts that are well and on hosts that are not. Real files, clocks that are arguments."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import apsw
import pytest
from attrs import evolve

from aegisd.config.loader import load_config
from aegisd.core.obstacle import Obstacle
from aegisd.diagnosis import CHECKS, configuration, confinement, host, secrets, service, storage
from aegisd.diagnosis.examine import examine
from aegisd.diagnosis.finding import Finding, Level, warn
from aegisd.diagnosis.patient import Life, Patient
from aegisd.executors.trial import TrialError
from aegisd.steps import SPECS

NOW = 1_800_000_000.0
ALIVE = Life(containment="cgroup", started_wall=NOW - 100, started_boottime=900.0)
STEP = '[[workflows.w.steps]]\nrun = "true"\n'


@pytest.fixture
def patient(tmp_path: Path) -> Patient:
    """An aegisd that is well."""
    return make_patient(tmp_path, STEP)


def make_patient(folder: Path, text: str) -> Patient:
    """An aegisd in `folder` whose configuration is `text`, which begins in [daemon]."""
    state_dir = folder / "state"
    state_dir.mkdir(mode=0o700, exist_ok=True)
    path = folder / "aegis.toml"
    path.write_text(f'[daemon]\nstate_dir = "{state_dir}"\n{text}')
    config, _ = load_config(str(path), step_types=SPECS, environment={"HOME": "/h"})
    return Patient(
        config=config,
        config_path=str(path),
        environment={"HOME": "/h"},
        wall=lambda: NOW,
        boottime=lambda: 1000.0,
        life=ALIVE,
    )


def _only(found: Iterable[Finding]) -> Finding:
    (finding,) = found
    assert finding.level is Level.OK or finding.fix or "not checked" in finding.text
    return finding


def test_all_of_them(patient: Patient) -> None:
    """Every check comes to something on a real host, or says nothing; the names are those of the registry."""
    found = examine(evolve(patient, wall=time.time))
    assert {each["check"] for each in found} <= set(CHECKS)
    assert {"configuration", "space", "clock", "containment", "sandbox", "time-zones"} <= {f["check"] for f in found}
    assert not [each for each in found if each["text"].startswith("the check")]


def test_without_a_configuration(patient: Patient) -> None:
    """A broken configuration is a finding with its place; the checks that need none are made all the same."""
    Path(patient.config_path).write_text("[daemon]\nruns = 0\n")
    found = {each["check"]: each for each in examine(evolve(patient, config=None, life=None))}
    assert found["configuration"]["level"] == "problem"
    assert found["configuration"]["fix"][0].startswith(f"{patient.config_path}:2: AEG015 ")
    assert "time-zones" in found
    assert "store" not in found


def test_a_check_that_breaks(patient: Patient) -> None:
    """It is told as a finding, and the others are made."""

    def broken(_: Patient) -> list[Finding]:
        raise LookupError("no")  # noqa: EM101 - any exception does

    found = examine(patient, checks={"broken": broken, "fine": lambda _: [warn("well", "do")]})
    assert [each["check"] for each in found] == ["broken", "fine"]
    assert "LookupError: no" in found[0]["text"]


def test_a_configuration_that_was_changed(patient: Patient) -> None:
    """What is on disk and not in force is named, with the command that loads it."""
    path = Path(patient.config_path)
    assert _only(configuration.check_configuration(patient)).text == "configuration valid (1 file)"
    path.write_text(path.read_text() + "retries = 3\n")
    _, changed = configuration.check_configuration(patient)
    assert changed.level is Level.WARNING
    assert changed.fix[-1] == "aegisctl reload"


def test_the_state_directory(patient: Patient, tmp_path: Path) -> None:
    """Others may not look into it, and it has to be a directory."""
    folder = tmp_path / "state"
    assert _only(storage.check_owner(patient)).level is Level.OK
    folder.chmod(0o755)
    assert _only(storage.check_owner(patient)).fix == (f"chmod 700 {folder}",)
    folder.rmdir()
    folder.touch()
    assert _only(storage.check_owner(patient)).level is Level.PROBLEM


def test_space(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Little room is a warning, next to none or no further files a problem."""
    assert _only(storage.check_space(patient)).text.endswith(" left")
    for free, files, level in ((10, 10**6, "problem"), (2**29, 10**6, "warning"), (2**31, 5, "problem")):

        class Found:
            f_frsize, f_bavail, f_favail, f_files = 1, free, files, 10**7

        monkeypatch.setattr(storage.os, "statvfs", lambda _, found=Found: found)
        assert _only(storage.check_space(patient)).level.value == level


def test_a_network_file_system(patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NFS is refused in words, memory is pointed out."""
    assert _only(storage.check_file_system(patient)).level is not Level.PROBLEM
    mounts = storage.read_mounts()
    for kind, level in (("nfs4", "problem"), ("fuse.sshfs", "problem"), ("tmpfs", "warning"), ("ext4", "ok")):
        here = evolve(mounts[0], point=str(tmp_path), kind=kind)
        monkeypatch.setattr(storage, "read_mounts", lambda here=here: (*mounts, here))
        assert _only(storage.check_file_system(patient)).level.value == level


def test_the_store(patient: Patient, tmp_path: Path) -> None:
    """A sound store, a damaged one, and one that is none; no store yet is nothing to tell of."""
    path = tmp_path / "state" / "store.sqlite"
    assert list(storage.check_store(patient)) == []
    connection = apsw.Connection(str(path))
    connection.execute(
        "CREATE TABLE t (x); CREATE INDEX i ON t (x);"
        "INSERT INTO t SELECT randomblob(900) FROM json_each('[1,2,3,4,5,6,7,8,9]')"
    )
    connection.close()
    assert _only(storage.check_store(patient)).text.startswith("the store is sound")
    data = bytearray(path.read_bytes())
    data[8192:8400] = bytes(208)
    path.write_bytes(data)
    assert "damaged" in _only(storage.check_store(patient)).text
    path.write_bytes(b"nothing that SQLite knows" * 100)
    assert _only(storage.check_store(patient)).level is Level.PROBLEM


def test_containment(patient: Patient) -> None:
    """The best strategy is fine, another is a warning that says what keeps aegisd from the best."""
    assert _only(confinement.check_containment(patient)).level is Level.OK
    other = evolve(patient, life=evolve(ALIVE, containment="subreaper"))
    assert "steps are contained by subreaper" in _only(confinement.check_containment(other)).text


def test_limits(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that would hold, and those that would not with the reason, once for all that have the same repair."""
    lacking = Obstacle(reason="no controller", fix="Delegate=yes")
    monkeypatch.setattr(confinement, "find_obstacles", lambda *_: {"memory": lacking, "pids": lacking})
    fine, bad = confinement.check_limits(patient)
    assert fine.text == "steps can be limited in cpus"
    assert (bad.text, bad.fix) == ("steps cannot be limited in memory, pids: no controller", ("Delegate=yes",))


@pytest.mark.parametrize(("text", "level"), [(STEP, "warning"), (f'{STEP}sandbox = "bwrap"\n', "problem")])
def test_no_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, level: str) -> None:
    """That there can be none is a problem only where a step asks for one."""

    def refuse(*_: object, **__: object) -> str:
        raise TrialError(Obstacle(reason="bubblewrap is not installed", fix="apt install bubblewrap"))

    monkeypatch.setattr(confinement, "try_sandbox", refuse)
    found = _only(confinement.check_sandbox(make_patient(tmp_path, text)))
    assert (found.level.value, found.fix) == (level, ("apt install bubblewrap",))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: f"1 (sh) {_own_times()}\n\n", "shows the processes of aegisd"),
        (lambda: "1 (sh) " + "0 " * 50 + "\n\nstore.sqlite\n", "shows what aegisd keeps: store.sqlite"),
        (lambda: "\n\n", "/proc is missing"),
        (lambda: "1 (s) h) " + "0 " * 50 + "\n\n", "a sandbox works"),
    ],
)
def test_a_leaky_sandbox(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, make: Callable[[], str], words: str
) -> None:
    """What can be seen in the sandbox decides: a process of aegisd or a file of its own is a problem."""
    monkeypatch.setattr(confinement, "try_sandbox", lambda *_, **__: make())
    assert words in _only(confinement.check_sandbox(patient)).text


def _own_times() -> str:
    text = Path("/proc/self/stat").read_text()
    return text[text.rindex(")") + 2 :].strip()


def test_secret_files(patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that are missing, no files, or open to others are named; no secret files are nothing to tell of."""
    assert list(secrets.check_secret_files(patient)) == []
    path = tmp_path / "token"
    monkeypatch.setattr(secrets, "list_secret_files", lambda _: (str(path),))
    assert "cannot be read" in _only(secrets.check_secret_files(patient)).text
    path.touch(0o600)
    assert _only(secrets.check_secret_files(patient)).text == "1 secret file is open to the owner only"
    path.chmod(0o640)
    assert _only(secrets.check_secret_files(patient)).fix == (f"chmod 600 {path}",)


@pytest.mark.parametrize(
    ("wall", "boottime", "words"),
    [
        (NOW, 1000.0, "plausible"),
        (NOW, 1030.0, "plausible"),
        (NOW, 90_000.0, "set back by 89000 s"),
        (NOW, 905.0, "set forward by 95 s"),
        (60.0, 1000.0, "before this aegis was made"),
    ],
)
def test_the_clock(patient: Patient, wall: float, boottime: float, words: str) -> None:
    """The clock against the time since the boot, and against the age of aegis."""
    found = _only(host.check_clock(evolve(patient, wall=lambda: wall, boottime=lambda: boottime)))
    assert words in found.text


def test_a_clock_behind_the_store(patient: Patient, tmp_path: Path) -> None:
    """A store that was written to tomorrow: the clock is wrong."""
    (tmp_path / "state" / "store.sqlite").touch()
    found = _only(host.check_clock(evolve(patient, wall=lambda: time.time() - 86_400)))
    assert "the store was written to at" in found.text


@pytest.mark.parametrize(("limit", "level"), [(65536, "ok"), (-1, "ok"), (1024, "warning"), (256, "problem")])
def test_descriptors(patient: Patient, monkeypatch: pytest.MonkeyPatch, limit: int, level: str) -> None:
    """Few open files are a warning, very few a problem; without an aegisd the limit says nothing."""
    monkeypatch.setattr(host.resource, "getrlimit", lambda _: (limit, limit))
    assert _only(host.check_descriptors(patient)).level.value == level
    assert list(host.check_descriptors(evolve(patient, life=None))) == []


@pytest.mark.parametrize(
    ("environment", "level"),
    [
        ({}, "ok"),
        ({"INVOCATION_ID": "x"}, "warning"),
        ({"INVOCATION_ID": "x", "NOTIFY_SOCKET": "/n"}, "warning"),
        ({"INVOCATION_ID": "x", "NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "9"}, "ok"),
    ],
)
def test_systemd(patient: Patient, environment: dict[str, str], level: str) -> None:
    """A unit that is not told of readiness or not watched is pointed out; no service manager is no fault."""
    assert _only(service.check_service(evolve(patient, environment=environment))).level.value == level
