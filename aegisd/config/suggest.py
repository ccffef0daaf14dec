"""The nearest right spelling, and the words that other programs use for the same thing."""

import difflib
from collections.abc import Collection

_LONGEST = 64
_MOST = 1000

OTHER_WORDS = {
    "after": "needs",
    "before": "needs",
    "cmd": "run",
    "command": "run",
    "concurrency": "max_concurrent",
    "cwd": "dir",
    "depends_on": "needs",
    "depends": "needs",
    "environment": "env",
    "exec": "run",
    "if": "condition",
    "kind": "type",
    "parameters": "params",
    "retry": "retries",
    "script": "run",
    "shell": "run",
    "uses": "type",
    "variables": "env",
    "when": "condition",
    "working_directory": "dir",
    "workdir": "dir",
}


def find_nearest(word: str, known: Collection[str]) -> str | None:
    """The one of `known` that `word` most likely means; None when nothing is near. Costs little for any input."""
    if len(word) > _LONGEST:
        return None
    other = OTHER_WORDS.get(word.lower())
    if other in known:
        return other
    near = [name for name in known if abs(len(name) - len(word)) <= max(3, len(word) // 2)][:_MOST]
    close = difflib.get_close_matches(word.lower().replace("-", "_"), near, n=1) or difflib.get_close_matches(
        word, near, n=1
    )
    return close[0] if close else None
