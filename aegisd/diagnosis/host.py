"""The host around aegisd: its clock, the limit of open files, the data about time zones."""

import resource
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from aegisd.core.zones import find_zone
from aegisd.diagnosis.finding import Finding, fail, warn, well
from aegisd.diagnosis.patient import Patient

_BUILT = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
_TOLERATED_S = 60.0
_FEW_FILES = 1024
_ENOUGH_FILES = 4096
_KNOWN_ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo")
_SYNCHRONIZE = "timedatectl set-ntp true"


def check_clock(patient: Patient) -> Iterator[Finding]:
    """The wall clock is plausible, not behind what was written already, and went as the time since the boot did."""
    now = patient.wall()
    if now < _BUILT:
        yield fail(f"the clock says {_show(now)}, which is before this aegis was made", _SYNCHRONIZE)
        return
    newest = _find_newest(patient)
    if newest is not None and newest > now + _TOLERATED_S:
        yield fail(f"the clock says {_show(now)}, and the store was written to at {_show(newest)}", _SYNCHRONIZE)
        return
    if patient.life is not None:
        drift = (now - patient.life.started_wall) - (patient.boottime() - patient.life.started_boottime)
        if abs(drift) > _TOLERATED_S:
            way = "forward" if drift > 0 else "back"
            yield warn(f"the clock was set {way} by {abs(drift):.0f} s since aegisd was started", _SYNCHRONIZE)
            return
    yield well("the clock is plausible")


def check_descriptors(patient: Patient) -> Iterator[Finding]:
    """aegisd may open enough files: each step and each client needs some."""
    if patient.life is None:
        return
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= _ENOUGH_FILES:
        yield well(f"aegisd may open {'any number of' if soft == resource.RLIM_INFINITY else soft} files")
    else:
        level = warn if soft >= _FEW_FILES else fail
        yield level(f"aegisd may open {soft} files only", "LimitNOFILE=65536 in its unit, or ulimit -n 65536 before it")


def check_time_zones(_: Patient) -> Iterator[Finding]:
    """Names of time zones are known."""
    if all(find_zone(name) is not None for name in _KNOWN_ZONES):
        yield well("time zones are known")
    else:
        yield warn("there is no data about time zones: timers know only UTC", "apt install tzdata")


def _find_newest(patient: Patient) -> float | None:
    """When the store was last written to."""
    if patient.config is None:
        return None
    path = Path(patient.config.daemon.state_dir, "store.sqlite")
    try:
        return max(each.stat().st_mtime for each in (path, Path(f"{path}-wal")) if each.exists())
    except (OSError, ValueError):
        return None


def _show(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
