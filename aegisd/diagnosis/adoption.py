"""Whether `[daemon] on_stop = "adopt"` can do what it says: systemd must leave the programs of steps alone when aegisd
ends, and what they have in /tmp."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from aegisd.config.values import OnStop
from aegisd.diagnosis.finding import Finding, warn, well
from aegisd.diagnosis.patient import Patient
from aegisd.diagnosis.unit import UnitError, ask_own_unit

Ask = Callable[..., tuple[str, Mapping[str, str]]]

_SHARED = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - what PrivateTmp= replaces


def check_adoption(patient: Patient, *, ask: Ask = ask_own_unit) -> Iterator[Finding]:
    """The unit of an aegisd that adopts, if systemd has started it."""
    if patient.life is None or patient.config is None or patient.config.daemon.on_stop is not OnStop.ADOPT:
        return
    if "INVOCATION_ID" not in patient.environment:
        yield well("programs of steps go on without aegisd for a while: nothing else would end them")
        return
    try:
        name, unit = ask("KillMode", "PrivateTmp")
    except UnitError as error:
        text = f'on_stop is "adopt", and whether systemd leaves the programs of steps alone is not known: {error}'
        fix = "KillMode=process and PrivateTmp=no in its unit let it work"
        yield warn(text, "systemctl show -p KillMode,PrivateTmp aegisd", fix)
        return
    found = [*_check_processes(name, unit), *_check_files(name, unit, patient.environment)]
    yield from found or [well(f"programs of steps outlive aegisd (KillMode=process in {name})")]


def _check_processes(name: str, unit: Mapping[str, str]) -> Iterator[Finding]:
    mode = unit.get("KillMode", "unknown")
    if mode != "process":
        text = f'on_stop is "adopt", but systemd ends the programs of steps with aegisd (KillMode={mode})'
        yield warn(text, f"systemctl edit {name}", "[Service]", "KillMode=process")


def _check_files(name: str, unit: Mapping[str, str], environment: Mapping[str, str]) -> Iterator[Finding]:
    folder = Path(environment.get("TMPDIR") or _SHARED[0])
    if unit.get("PrivateTmp", "no") != "no" and any(folder.is_relative_to(shared) for shared in _SHARED):
        text = f'on_stop is "adopt", but what steps have in {folder} goes when aegisd stops (PrivateTmp=yes)'
        yield warn(text, f"systemctl edit {name}", "[Service]", "PrivateTmp=no", "ReadWritePaths=/tmp /var/tmp")
