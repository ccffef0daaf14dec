"""What systemd says of aegisd's unit, and what the doctor makes of it where steps are to outlive aegisd."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from attrs import evolve

from aegisd.diagnosis.adoption import check_adoption
from aegisd.diagnosis.authorities import check_authorities
from aegisd.diagnosis.finding import Finding, Level
from aegisd.diagnosis.patient import Patient
from aegisd.diagnosis.unit import Unit, UnitError, ask_own_unit, find_unit, read_properties
from tests.diagnosis.test_checks import STEP, make_patient

ADOPTS = f'on_stop = "adopt"\n{STEP}'


@pytest.fixture
def adopting(tmp_path: Path) -> Patient:
    """An aegisd that systemd has started, with adoption."""
    patient = make_patient(tmp_path, ADOPTS)
    return evolve(patient, environment={"INVOCATION_ID": "ab12"})


def _look(patient: Patient, **unit: str) -> list[Finding]:
    def ask(*names: str) -> tuple[str, Mapping[str, str]]:
        assert set(unit) <= set(names)
        return "build.service", unit

    return list(check_adoption(patient, ask=ask))


@pytest.mark.parametrize(
    ("cgroups", "unit"),
    [
        ("0::/system.slice/aegisd.service\n", Unit(name="aegisd.service", is_of_user=False)),
        ("0::/system.slice/aegisd.service/supervisor\n", Unit(name="aegisd.service", is_of_user=False)),
        (
            "12:pids:/system.slice/other.service\n1:name=systemd:/system.slice/aegisd.service\n0::/\n",
            Unit(name="aegisd.service", is_of_user=False),
        ),
        (
            "0::/user.slice/user-1000.slice/user@1000.service/app.slice/aegisd.service\n",
            Unit(name="aegisd.service", is_of_user=True),
        ),
        ("0::/user.slice/user-1000.slice/user@1000.service/init.scope\n", None),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", None),
        ("0::/\n", None),
        ("", None),
    ],
)
def test_whose_process_it_is(cgroups: str, unit: Unit | None) -> None:
    """The innermost service counts, on hosts of both versions of cgroups; a session belongs to none."""
    assert find_unit(cgroups) == unit


def test_no_service(tmp_path: Path) -> None:
    """A process that is in no service has none to ask about."""
    (tmp_path / "cgroup").write_text("0::/user.slice/user-1000.slice/session-3.scope\n")
    with pytest.raises(UnitError, match="not in the cgroup of a service"):
        ask_own_unit("KillMode", proc=tmp_path)


def test_properties() -> None:
    """A line each; what has no value is empty, and a value may have `=` in it."""
    told = "KillMode=mixed\nPrivateTmp=\nEnvironment=A=b C=d\n\nnoise\n"
    assert read_properties(told) == {"KillMode": "mixed", "PrivateTmp": "", "Environment": "A=b C=d"}


@pytest.mark.parametrize("mode", ["control-group", "mixed", "none"])
def test_systemd_ends_what_is_left(adopting: Patient, mode: str) -> None:
    """Only KillMode=process leaves programs of steps alone and still stops aegisd; the lines for a drop-in follow."""
    (found,) = _look(adopting, KillMode=mode, PrivateTmp="no")
    assert (found.level, f"KillMode={mode}" in found.text) == (Level.WARNING, True)
    assert found.fix == ("systemctl edit build.service", "[Service]", "KillMode=process")


def test_a_private_tmp_goes(adopting: Patient) -> None:
    """What steps have in a /tmp that goes with the unit would be lost; a TMPDIR elsewhere is as good."""
    kill, files = _look(adopting, KillMode="mixed", PrivateTmp="yes")
    assert ("KillMode=mixed" in kill.text, "PrivateTmp=yes" in files.text) == (True, True)
    assert files.fix[-2] == "PrivateTmp=no"
    elsewhere = evolve(adopting, environment={**adopting.environment, "TMPDIR": "/var/cache/aegis/tmp"})
    (found,) = _look(elsewhere, KillMode="process", PrivateTmp="yes")
    assert found.level is Level.OK


def test_a_unit_that_lets_it(adopting: Patient) -> None:
    """All is well with the drop-in of the documentation."""
    (found,) = _look(adopting, KillMode="process", PrivateTmp="no")
    assert found.level is Level.OK
    assert "build.service" in found.text


def test_a_systemd_that_does_not_answer(adopting: Patient) -> None:
    """Then it is not known, which is said with what to ask."""

    def ask(*_: str) -> tuple[str, Mapping[str, str]]:
        raise UnitError("Failed to connect to bus")  # noqa: EM101, TRY003 - what systemctl says

    (found,) = check_adoption(adopting, ask=ask)
    assert (found.level, "Failed to connect to bus" in found.text) == (Level.WARNING, True)
    assert found.fix[0].startswith("systemctl show")


def test_whom_it_does_not_concern(adopting: Patient, tmp_path: Path) -> None:
    """Without adoption, without a daemon and without systemd nobody is asked."""

    def ask(*_: str) -> tuple[str, Mapping[str, str]]:
        pytest.fail("systemd was asked")

    assert list(check_adoption(make_patient(tmp_path, STEP), ask=ask)) == []
    assert list(check_adoption(evolve(adopting, life=None), ask=ask)) == []
    (found,) = check_adoption(evolve(adopting, environment={}), ask=ask)
    assert found.level is Level.OK


def test_authorities(adopting: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file or a folder with certificates will do; without either the package that brings them is named."""
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    (found,) = check_authorities(adopting)
    assert (found.level, found.fix[0]) == (Level.WARNING, "apt install ca-certificates")
    (tmp_path / "none").mkdir()
    (tmp_path / "none.pem").touch()
    (found,) = check_authorities(adopting)
    assert found.level is Level.WARNING
    (tmp_path / "none.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    (found,) = check_authorities(adopting)
    assert found.level is Level.OK
