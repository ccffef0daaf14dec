"""What later versions of aegis bring: refused by name, so that nobody looks for a spelling mistake."""

SECTIONS = {
    "executors": "steps that run elsewhere than on this host",
    "cli": "defaults of aegisctl",
}

STEP_KEYS = {
    "executor": "where a step runs",
}
