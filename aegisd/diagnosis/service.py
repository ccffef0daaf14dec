"""How aegisd and systemd get on: readiness, the watchdog, and what a stop leaves time for."""

from collections.abc import Iterator

from aegisd.diagnosis.finding import Finding, warn, well
from aegisd.diagnosis.patient import Patient


def check_service(patient: Patient) -> Iterator[Finding]:
    """Under systemd, aegisd tells of its readiness and is watched."""
    if patient.life is None:
        return
    environment = patient.environment
    if "INVOCATION_ID" not in environment and "NOTIFY_SOCKET" not in environment:
        yield well("aegisd runs without a service manager: nothing starts it again when it ends")
    elif "NOTIFY_SOCKET" not in environment:
        yield warn("systemd is not told when aegisd is ready", "Type=notify in the unit of aegisd")
    elif "WATCHDOG_USEC" not in environment:
        yield warn("systemd would not notice an aegisd that is stuck", "WatchdogSec=20 in the unit of aegisd")
    else:
        yield well("systemd is told when aegisd is ready, and watches it")
