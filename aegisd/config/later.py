"""What later versions of aegis bring: refused by name, so that nobody looks for a spelling mistake."""

SECTIONS = {
    "web": "the web page and the HTTP API",
    "services": "HTTP services that steps call",
    "webhooks": "events sent to other programs",
    "triggers": "runs started by webhooks, timers and other runs",
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
    "emit": "sends an event",
}

STEP_KEYS = {
    "artifacts": "files that a step leaves behind",
    "reports": "test reports that aegis reads",
    "executor": "where a step runs",
    "service": "the service that a step calls",
}
