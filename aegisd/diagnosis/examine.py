"""One examination: every check on one patient, each behind a boundary of its own, as plain values for the doors."""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aegisd.diagnosis import CHECKS
from aegisd.diagnosis.finding import Finding, warn
from aegisd.diagnosis.patient import Patient

_log = logging.getLogger("aegisd.diagnosis")


def examine(
    patient: Patient, *, checks: Mapping[str, Callable[[Patient], Iterable[Finding]]] = CHECKS
) -> list[dict[str, Any]]:
    """The findings of all checks in their order: `Check`s of the interface file. Blocks, for seconds where the store is
    large. A check that breaks is itself a finding."""
    return [show_finding(name, finding) for name, check in checks.items() for finding in _look(name, check, patient)]


def show_finding(name: str, finding: Finding) -> dict[str, Any]:
    """A `Check`."""
    return {"check": name, "level": finding.level.value, "text": finding.text, "fix": list(finding.fix)}


def _look(name: str, check: Callable[[Patient], Iterable[Finding]], patient: Patient) -> list[Finding]:
    try:
        return list(check(patient))
    except Exception as error:  # noqa: BLE001 - the boundary around a check
        return [explain_broken(name, error)]


def explain_broken(name: str, error: Exception) -> Finding:
    """The finding in place of a check that broke, which is logged. Call it where `error` is handled."""
    _log.exception("the check %s broke", name)
    return warn(f"the check {name} could not be made: {type(error).__name__}: {error}", "report it")
