"""The nearest right spelling, and the words that other programs use for the same thing."""

from collections.abc import Collection

from aegisd.core.nearest import find_close

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
    return find_close(word.lower().replace("-", "_"), near) or find_close(word, near)
