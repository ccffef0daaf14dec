"""`/compare?a=RUN&b=RUN`: what is different between two runs. Runs are written as `aegisctl` takes them: 842, quality,
quality~2."""

from itertools import groupby
from typing import Any

from attrs import frozen

from aegis_web.page.view import Asked, Shown, View
from aegis_web.page.words import FAILED, MARKS, Difference, RunFacts, compare_runs, is_equal, run_kind, word_of
from aegisd.wire.errors import CallError

_MOST_ARTIFACTS = 5000
_MOST_ROWS = 200
_LONGEST = 400
_TITLES = {
    "definition": "Definition",
    "params": "Parameters",
    "env": "Variables (names)",
    "result": "Results",
    "tests": "Failing tests",
    "duration": "Durations",
    "artifacts": "Artifacts (SHA-256)",
}


@frozen(kw_only=True)
class Side:
    """What one of the runs has: in words, with a key of the marks where it is a result."""

    words: str
    kind: str = ""


@frozen(kw_only=True)
class Row:
    """One difference."""

    name: str
    left: Side
    right: Side
    note: str = ""


@frozen(kw_only=True)
class Topic:
    """The differences of one kind; `left_out` are too many to be shown."""

    title: str
    rows: tuple[Row, ...]
    left_out: int


async def show_compare(asked: Asked) -> Shown:
    """See the module. Without two runs it asks for them."""
    given = {name: asked.text(name) or "" for name in ("a", "b")}
    values: dict[str, Any] = {"given": given, "topics": [], "left": None, "right": None, "equal": False}
    if not given["a"] or not given["b"]:
        return Shown(title="Compare two runs", values=values, follow="none")
    left, right = [await read_facts(asked, given[name]) for name in ("a", "b")]
    differences = compare_runs(left, right)
    values |= {
        "left": left.run,
        "right": right.run,
        "topics": list_topics(differences),
        "equal": is_equal(differences),
    }
    numbers = f"{left.run['id']} {right.run['id']}"
    title = f"#{left.run['id']} and #{right.run['id']}"
    state = run_kind(right.run) if run_kind(right.run) in FAILED else "idle"
    return Shown(title=title, state=state, values=values, terminal=(f"aegisctl diff {numbers}",))


async def read_facts(asked: Asked, selector: str) -> RunFacts:
    """A run with its definition and all of its artifacts; `-` is the last one of who signed in. Raises CallError."""
    daemon = asked.daemon
    if selector == "-" and asked.caller is None:
        raise CallError("BadParameter", "- stands for your last run, and you have not signed in")
    number = await daemon.find_run(selector, by=asked.caller.by if asked.caller else "")
    artifacts: list[dict[str, Any]] = []
    after = ""
    while len(artifacts) < _MOST_ARTIFACTS:
        page = await daemon.artifacts.page(number, after=after)
        artifacts += page["artifacts"]
        if page["next"] is None:
            return RunFacts(await daemon.get_run(number), await daemon.artifacts.definition(number), artifacts)
        after = page["next"]
    message = f"run #{number} has more than {_MOST_ARTIFACTS} artifacts, which is too many for this page"
    raise CallError("NotPossible", message, hint=f"aegisctl diff {number} ...")


def list_topics(differences: list[Difference]) -> list[Topic]:
    """The differences by topic, in their order."""
    topics = []
    for what, members in groupby(differences, key=lambda each: each.what):
        rows = [_make_row(each) for each in members]
        kept = tuple(rows[:_MOST_ROWS])
        topics.append(Topic(title=_TITLES.get(what, what), rows=kept, left_out=len(rows) - len(kept)))
    return topics


def _make_row(each: Difference) -> Row:
    left, right = (_show(each.what, value) for value in (each.left, each.right))
    note = ""
    if each.what == "duration" and each.left is not None and each.right is not None:
        note = f"{each.right - each.left:+.1f} s".replace("-", "\u2212")
    return Row(name=each.name, left=left, right=right, note=note)


def _show(what: str, value: Any) -> Side:
    if value is None:
        return Side(words="–")
    if what == "result" and value in MARKS:
        return Side(words=word_of(value), kind=value)
    if what == "env":
        return Side(words="is set")
    if what == "duration":
        return Side(words=f"{value:.1f} s")
    text = str(value)
    if what == "artifacts":
        return Side(words=text[:12])
    return Side(words=(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…") or "(empty)")


VIEW = View(name="compare", rule="/compare", template="compare.html", make=show_compare, nav="runs")
