"""Problems for programs: one JSON document, GitHub's workflow commands, and SARIF 2.1.0."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from aegisd.config.problem import Place, Problem
from aegisd.config.source import Source

_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def render_json(problems: Sequence[Problem], sources: Mapping[str, Source]) -> str:
    """One document: the problems with all their fields, and the counts."""
    errors = sum(problem.severity == "error" for problem in problems)
    document = {
        "schema": "aegis/v1",
        "problems": [attrs.asdict(problem) for problem in problems],
        "errors": errors,
        "warnings": len(problems) - errors,
        "files": len(sources),
    }
    return json.dumps(document)


def render_github(problems: Sequence[Problem], sources: Mapping[str, Source]) -> str:
    """A workflow command for each problem; GitHub makes annotations of them."""
    del sources
    return "\n".join(_render_command(problem) for problem in problems)


def render_sarif(problems: Sequence[Problem], sources: Mapping[str, Source]) -> str:
    """One SARIF log with one run."""
    del sources
    used = sorted({problem.code for problem in problems})
    driver = {"name": "aegis", "rules": [_describe_rule(code) for code in used]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_describe_result(problem) for problem in problems],
    }
    return json.dumps({"$schema": _SARIF, "version": "2.1.0", "runs": [run]})


def _render_command(problem: Problem) -> str:
    properties = {
        "file": problem.file,
        "line": problem.line,
        "col": problem.column,
        "endColumn": problem.column + problem.length,
        "title": problem.code,
    }
    shown = ",".join(f"{name}={_escape(str(value), in_property=True)}" for name, value in properties.items())
    return f"::{problem.severity} {shown}::{_escape(_describe(problem))}"


def _escape(text: str, *, in_property: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text


def _describe(problem: Problem) -> str:
    return ", ".join(part for part in (problem.message, problem.label, problem.help) if part)


def _describe_rule(code: str) -> dict[str, Any]:
    from aegisd.config.codes import CODES  # noqa: PLC0415 - the texts of all codes, which only SARIF repeats

    known = CODES[code]
    return {"id": code, "shortDescription": {"text": known.title}, "fullDescription": {"text": known.text}}


def _describe_result(problem: Problem) -> dict[str, Any]:
    region = {"startLine": problem.line, "startColumn": problem.column, "endColumn": problem.column + problem.length}
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "level": problem.severity,
        "message": {"text": _describe(problem)},
        "locations": [_describe_place(problem.file, region)],
    }
    if problem.also is not None:
        result["relatedLocations"] = [_describe_also(problem.also)]
    return result


def _describe_also(place: Place) -> dict[str, Any]:
    region = {"startLine": place.line, "startColumn": place.column}
    return {**_describe_place(place.file, region), "message": {"text": place.text}}


def _describe_place(file: str, region: dict[str, int]) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": file}, "region": region}}
