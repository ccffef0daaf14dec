"""What people type for a run, a step or a place in the timeline, and the nearest right spelling of a name."""

from collections.abc import Mapping, Sequence

from aegisd.core.model import Workflow
from aegisd.core.nearest import find_close
from aegisd.wire.errors import CallError


def parse_selector(selector: str) -> tuple[str | None, int]:
    """`842` is (None, 842); `quality~2` is ("quality", 2); `quality` is ("quality", 0). Raises CallError."""
    text = selector.removeprefix("#")
    if text.isascii() and text.isdigit():
        if len(text) > 15:
            raise CallError("NoSuchRun", f"there is no run #{text[:15]}…", hint="aegisctl history lists the runs")
        return None, int(text)
    name, mark, back = text.partition("~")
    if mark and not (back.isascii() and back.isdigit() and len(back) < 10):
        raise CallError("BadParameter", f'"{selector[:80]}": after ~ comes a number, as in quality~2')
    return name, int(back) if mark else 0


def require_run(found: int | None, otherwise: str, *, hint: str = "aegisctl history lists the runs") -> int:
    """`found`. Raises CallError with the words of `otherwise` when it is None."""
    if found is None:
        raise CallError("NoSuchRun", otherwise, hint=hint)
    return found


def nearest(name: str, names: Sequence[str]) -> str | None:
    """`did you mean "x"?` when one of `names` is close to `name`."""
    close = find_close(name, names)
    return f'did you mean "{close}"?' if close else None


def no_such_workflow(name: str, names: Sequence[str]) -> CallError:
    """The refusal of a name that is not among `names`."""
    hint = nearest(name, names) or (f"workflows: {', '.join(names[:20])}" if names else "none is configured")
    return CallError("NoSuchWorkflow", f'there is no workflow "{name}"', hint=hint)


def check_step(name: str, names: Sequence[str], *, run: int, workflow: str) -> None:
    """Raises CallError when `name` is not among the steps of `run`."""
    if name not in names:
        hint = nearest(name, names) or f"steps: {', '.join(names[:20])}"
        raise CallError("NoSuchStep", f'run #{run} of {workflow} has no step "{name}"', hint=hint)


def parse_cursor(cursor: str, *, epoch: str) -> int:
    """The seq in a cursor of the store `epoch`. Raises CallError."""
    of, _, seq = cursor.rpartition(".")
    if not seq.isascii() or not seq.isdigit() or len(seq) > 18:
        raise CallError(
            "BadCursor", f'"{cursor[:80]}" is not a cursor', hint="take one from aegisctl tail-events --json"
        )
    if of != epoch:
        hint = "read from the start of this one: leave the cursor out"
        raise CallError("BadCursor", f'the cursor "{cursor[:80]}" belongs to another store', hint=hint)
    return int(seq)


def find_workflow(name: str, workflows: Mapping[str, Workflow]) -> Workflow:
    """The workflow of that name. Raises CallError with the nearest."""
    workflow = workflows.get(name)
    if workflow is None:
        names = list(workflows)
        hint = nearest(name, names) or (f"workflows: {', '.join(names[:20])}" if names else "none is configured")
        raise CallError("NoSuchWorkflow", f'there is no workflow "{name}"', hint=hint)
    return workflow
