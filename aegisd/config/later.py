"""What later versions of aegis bring: refused by name, so that nobody looks for a spelling mistake."""

SECTIONS = {
    "services": "HTTP services that steps call",
    "executors": "steps that run elsewhere than on this host",
    "cli": "defaults of aegisctl",
}

STEP_TYPES = {
    "discover": "finds routes to test",
    "test": "runs tests through a service",
    "submit_bugs": "reports failures to a service",
    "verify": "checks that reported failures are gone",
    "http": "sends a request",
    "report": "sums a run up",
    "gate": "stops a run when a number is out of bounds",
    "approval": "waits for a person",
}

STEP_KEYS = {
    "executor": "where a step runs",
    "service": "the service that a step calls",
}
