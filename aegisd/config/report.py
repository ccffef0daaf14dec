"""Problems as text: `full` shows the line with a marker under what is wrong, `concise` is one line each."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from aegisd.config.problem import Problem
from aegisd.config.source import Source
from aegisd.config.visible import count_cells, show_text
from aegisd.core.masking import cover_line

_WIDEST = 200
_STYLES = {"error": "1;31", "warning": "1;33", "place": "34", "help": "36", "bold": "1"}


def render_full(problems: Sequence[Problem], sources: Mapping[str, Source], *, color: bool = False) -> str:
    """A block for each problem, and the sum of them at the end."""
    cover = lru_cache(maxsize=1)(cover_line)  # many problems may be in one line of megabytes
    blocks = [_render_block(problem, sources.get(problem.file), cover, color=color) for problem in problems]
    return "\n\n".join([*blocks, _sum_up(problems, len(sources))])


def render_concise(problems: Sequence[Problem], sources: Mapping[str, Source]) -> str:
    """`file:line:column: error AEG012 message`, one line each; empty when there is nothing."""
    del sources
    return "\n".join(
        f"{each.file}:{each.line}:{each.column}: {each.severity} {each.code} {each.message}"
        + (f", {each.label}" if each.label else "")
        for each in problems
    )


def _render_block(problem: Problem, source: Source | None, cover: Callable[[str], str], *, color: bool) -> str:
    gutter = " " * len(str(problem.line))
    head = _paint(f"{problem.severity}[{problem.code}]", problem.severity, color=color)
    lines = [
        f"{head}: {_paint(problem.message, 'bold', color=color)}",
        _paint(f"{gutter}--> {problem.file}:{problem.line}:{problem.column}", "place", color=color),
    ]
    if source is not None and source.text:
        lines += _render_frame(problem, source, gutter, cover, color=color)
    if problem.also is not None:
        also = problem.also
        lines.append(_paint(f"{gutter}::: {also.file}:{also.line}:{also.column} {also.text}", "place", color=color))
    if problem.help is not None:
        lines.append(f"{gutter} = {_paint('help', 'help', color=color)}: {problem.help}")
    return "\n".join(lines)


def _render_frame(
    problem: Problem, source: Source, gutter: str, cover: Callable[[str], str], *, color: bool
) -> list[str]:
    """The line and the marker. Of a long line, the part around the marker. Secrets are covered: reports are kept."""
    begin, end = source.line_start(problem.line), source.line_end(problem.line)
    text = cover(source.text[begin:end])
    at = begin + problem.column - 1
    left = max(begin, at - _WIDEST // 2) if at - begin > _WIDEST * 3 // 4 else begin
    right = min(end, left + _WIDEST)
    start = "…" if left > begin else ""
    before = start + _show(text[left - begin : at - begin])
    marked = _show(text[at - begin : min(at + problem.length, right) - begin])
    after = _show(text[at + problem.length - begin : right - begin]) + ("…" if right < end else "")
    marker = "^" * max(1, count_cells(marked)) + (f" {problem.label}" if problem.label else "")
    bar = f"{gutter} |"
    return [
        bar,
        f"{problem.line} | {before}{marked}{after}".rstrip(),
        f"{bar} {' ' * count_cells(before)}{_paint(marker, problem.severity, color=color)}",
    ]


def _show(text: str) -> str:
    return show_text(text.replace("\t", "    "))


def _sum_up(problems: Sequence[Problem], checked: int) -> str:
    errors = sum(problem.severity == "error" for problem in problems)
    counts = [(errors, "error"), (len(problems) - errors, "warning")]
    if not problems:
        return f"no problems in {_count(checked, 'file')}"
    found = ", ".join(_count(number, noun) for number, noun in counts if number)
    where = _count(len({problem.file for problem in problems}), "file")
    first = next((problem for problem in problems if problem.severity == "error"), problems[0])
    return f"{found} in {where} ({checked} checked).  aegisctl explain {first.code}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _paint(text: str, style: str, *, color: bool) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if color else text
