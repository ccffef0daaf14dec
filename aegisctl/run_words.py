"""Sentences about runs and steps that several screens share. Pure; what comes from the daemon is escaped."""

from __future__ import annotations

from aegisctl.marks import kind_of
from aegisctl.text import escape
from aegisctl.times import format_span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def describe_trigger(trigger: Mapping[str, Any], *, parent: int | None = None) -> str:
    """`run by dev1`, `github-push by dev1`, `nightly (timer)`, `after quality`; with the run that led to it `run
    by #841` (a step asked) and `after-ci (after #841)`."""
    kind, name, by = trigger["kind"], trigger.get("name"), trigger.get("by")
    if kind == "workflow" and name:
        if parent is None:
            return f"after {escape(name)}"
        return f"run by #{parent}" if name == str(parent) else f"{escape(name)} (after #{parent})"
    what = "run" if kind == "manual" else escape(name or kind)
    if by:
        return f"{what} by {escape(by)}"
    return f"{what} ({escape(kind)})" if name and kind not in (name, "manual") else what


def describe_exit(step: Mapping[str, Any]) -> str:
    """How a failed step's command ended: `exit 1`, `ended by SIGKILL`, or the error in words. Empty if it passed."""
    kind = kind_of(step)
    if kind in {"success", "skip", "pending", "executing", "finalizing"}:
        return ""
    code, signal = step.get("exit_code"), step.get("signal")
    if kind == "failure" and code is not None:
        return f"exit {code}"
    if signal:
        return f"ended by {escape(signal)}"
    return escape(step.get("error") or step.get("reason") or (f"exit {code}" if code is not None else ""))


def describe_warning(completed: Mapping[str, Any]) -> str:
    """What a step that passed warns of: `warning: 2 failures, at most 0 allowed`."""
    warning = (completed.get("data") or {}).get("warning")
    return f"warning: {escape(warning)}" if isinstance(warning, str) else ""


def describe_end(run: Mapping[str, Any], *, by: str | None = None) -> str:
    """How a run ended: `failed in 0:19 — tests-3.13`, `cancelled by dev1 after 0:15: "wrong branch"`."""
    kind, reason = kind_of(run), run.get("reason")
    took = format_span(run.get("duration_s") or 0.0)
    failed = ", ".join(escape(name) for name in run.get("failed_steps") or ())
    why = escape(reason) if reason else ""
    if kind == "skip":
        return f"skipped: {why}" if why else "skipped"
    if kind == "cancellation":
        who = f" by {escape(by)}" if by and by not in why else ""
        text = why if why.startswith("cancelled") else f"cancelled{who}"
        return f"{text} after {took}" + (f": {why}" if why and why not in text else "")
    words = {"success": "passed in", "failure": "failed in", "timeout": "timed out after", "error": "aegis error after"}
    detail = why if kind in {"error", "timeout"} and why else failed or why
    return f"{words.get(kind, kind)} {took}" + (f" — {detail}" if detail and kind != "success" else "")


def describe_part(part: Mapping[str, Any]) -> str:
    """`only lint, types`, `from tests, without slow`: what of the workflow was asked for."""
    words = (("only", "only"), ("from", "start"), ("without", "skip"))
    return ", ".join(f"{word} {escape(', '.join(part[key]))}" for word, key in words if part.get(key))
