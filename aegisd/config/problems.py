"""What is wrong with a configuration, for people and for programs: the exception and the five formats.

`full` is for people, `concise` for editors and grep, `json` for scripts, `github` for annotations, `sarif` for code
scanning.
"""

from collections.abc import Callable, Mapping, Sequence

from aegisd.config.problem import Place, Problem, Severity
from aegisd.config.report import render_concise, render_full
from aegisd.config.report_data import render_github, render_json, render_sarif
from aegisd.config.source import Source

__all__ = ["FORMATS", "ConfigError", "Place", "Problem", "Severity", "render"]

Renderer = Callable[[Sequence[Problem], Mapping[str, Source]], str]

FORMATS: Mapping[str, Renderer] = {
    "full": render_full,
    "concise": render_concise,
    "json": render_json,
    "github": render_github,
    "sarif": render_sarif,
}


class ConfigError(Exception):
    """A configuration cannot be used. `problems` has all errors and warnings; as text it is the full report."""

    def __init__(self, problems: Sequence[Problem], sources: Mapping[str, Source]) -> None:
        super().__init__(render(problems, sources, format="full"))
        self.problems = tuple(problems)
        self.sources = sources


def render(
    problems: Sequence[Problem],
    sources: Mapping[str, Source],
    format: str = "full",  # noqa: A002 - the flag of validate
    *,
    color: bool = False,
) -> str:
    """`problems` in one of FORMATS, without a line break at the end. `color` is for `full` only. Raises KeyError."""
    if format == "full":
        return render_full(problems, sources, color=color)
    return FORMATS[format](problems, sources)
