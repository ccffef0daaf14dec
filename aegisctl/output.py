"""Where answers go: stdout carries the answer in the form that was asked for, stderr everything else."""

from __future__ import annotations

import json

from aegisctl.failure import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from aegisctl.declare import Given
    from aegisctl.terminal import Terminal

SCHEMA = "aegis/v1"


class Output:
    """The two streams of a verb and the form of its answer: "text", "json", "jsonl" or "none"."""

    def __init__(self, given: Given, *, stdout: Terminal, stderr: Terminal, form: str) -> None:
        self.stdout = stdout
        self.stderr = stderr
        self.form = form
        self.quiet = given.switch("quiet")
        self.verbose = given.switch("verbose")
        self.utc = given.switch("utc")
        self._fields = _picked(given)

    @property
    def is_json(self) -> bool:
        """Whether the answer is JSON in either form."""
        return self.form in {"json", "jsonl"}

    def say(self, text: str) -> None:
        """A line of the answer, in text form only."""
        if self.form == "text":
            self.stdout.write(text + "\n")

    def note(self, text: str) -> None:
        """A line beside the answer, for people."""
        if not self.quiet:
            self.stderr.write(text + "\n")

    def hint(self, lines: Sequence[str]) -> None:
        """What to do next: at most two lines ready to paste, on a terminal only."""
        if self.stderr.tty and not self.quiet and self.form == "text":
            self.stderr.write("".join(f"  {line}\n" for line in lines))

    def document(self, value: Mapping[str, Any]) -> None:
        """The whole answer as one JSON object."""
        if self.is_json:
            self.stdout.write(_dump(self._picked({"schema": SCHEMA, **value})) + "\n")

    def documents(self, values: Sequence[Mapping[str, Any]]) -> None:
        """The whole answer as a JSON list of objects, or (in the form "jsonl") as one object a line."""
        rows = [self._picked({"schema": SCHEMA, **value}) for value in values]
        if self.form == "jsonl":
            self.stdout.write("".join(_dump(row) + "\n" for row in rows))
        elif self.form == "json":
            self.stdout.write(_dump(rows) + "\n")

    def line(self, value: Mapping[str, Any]) -> None:
        """One object of a stream (NDJSON)."""
        if self.is_json:
            self.stdout.write(self.format_line(value))

    def format_line(self, value: Mapping[str, Any]) -> str:
        """An object of a stream with its newline, and only the fields that were picked."""
        return _dump(self._picked(value)) + "\n"

    def _picked(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        if not self._fields:
            return row
        return {name: row.get(name) for name in self._fields}


def choose_form(given: Given, *, environ: Mapping[str, str]) -> str:
    """The form of the answer: `--json` > `-o` > $AEGIS_OUTPUT > text. Raises Failure for an unknown one."""
    if given.text("json") is not None:
        return "jsonl" if given.text("output") == "jsonl" else "json"
    form = given.text("output") or environ.get("AEGIS_OUTPUT") or "text"
    if form not in {"text", "json", "jsonl", "none"}:
        raise Failure("usage", f"$AEGIS_OUTPUT cannot be {form!r}", hint="one of: text, json, jsonl, none")
    return form


def _picked(given: Given) -> tuple[str, ...]:
    """The fields of `--json=a,b`. Raises Failure for one that the verb does not have."""
    fields = tuple(name.strip() for name in (given.text("json") or "").split(",") if name.strip())
    unknown = [name for name in fields if name not in given.verb.fields]
    if unknown and fields != ("?",):
        hint = f"fields: {', '.join(given.verb.fields)}" if given.verb.fields else "this verb has no fields to pick"
        raise Failure("usage", f"{given.verb.name}: no field {unknown[0]!r}", hint=hint)
    return fields


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
