"""What is different between two runs. Pure: two descriptions in, differences out."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

_SETTINGS = ("description", "timeout_s", "max_concurrent", "on_busy", "on_restart", "priority", "dir")
_STEP_SKIPPED = ("index", "name", "group", "origin")


class Difference:
    """`what` is a topic (`definition`, `part`, `params`, `env`, `result`, `duration`, `artifacts`), `name` the thing in
    it; `left` and `right` are what each run has, None where it has nothing."""

    def __init__(self, what: str, name: str, left: Any, right: Any) -> None:
        self.what = what
        self.name = name
        self.left = left
        self.right = right


class RunFacts:
    """A run as it is compared: the answers of GetRun and GetDefinition, and all of its artifacts."""

    def __init__(
        self, detail: Mapping[str, Any], definition: Mapping[str, Any], artifacts: Sequence[Mapping[str, Any]]
    ) -> None:
        self.run: Mapping[str, Any] = detail["run"]
        self.steps: dict[str, Mapping[str, Any]] = {step["name"]: step for step in detail["steps"]}
        self.definition = definition
        self.plan: dict[str, Mapping[str, Any]] = {step["name"]: step for step in definition["steps"]}
        self.artifacts: dict[str, Mapping[str, Any]] = {artifact["key"]: artifact for artifact in artifacts}


def compare_runs(left: RunFacts, right: RunFacts) -> list[Difference]:
    """All differences. Durations always differ a little: they are told, and count in `is_equal` for nothing."""
    return [
        *_compare_definitions(left, right),
        *_compare_maps("part", _part(left), _part(right)),
        *_compare_maps("params", left.run["params"], right.run["params"]),
        *_compare_maps("env", dict.fromkeys(left.definition["env"], ""), dict.fromkeys(right.definition["env"], "")),
        *_compare_results(left, right),
        *_compare_durations(left, right),
        *_compare_maps("artifacts", _digests(left), _digests(right)),
    ]


def is_equal(differences: Sequence[Difference]) -> bool:
    """Whether two runs came to the same."""
    return all(each.what == "duration" for each in differences)


def _compare_definitions(left: RunFacts, right: RunFacts) -> Iterator[Difference]:
    if left.definition["digest"] == right.definition["digest"]:
        return
    found = [
        Difference("definition", name, left.definition.get(name), right.definition.get(name))
        for name in ("workflow", *_SETTINGS)
        if left.definition.get(name) != right.definition.get(name)
    ]
    for name in dict.fromkeys([*left.plan, *right.plan]):
        found += _compare_steps(name, left.plan.get(name), right.plan.get(name))
    if list(left.plan) != list(right.plan) and left.plan.keys() == right.plan.keys():
        found.append(Difference("definition", "order of steps", list(left.plan), list(right.plan)))
    if not found:  # a value of the environment, or a key that is not shown
        found.append(Difference("definition", "digest", left.definition["digest"], right.definition["digest"]))
    yield from found


def _compare_steps(name: str, left: Mapping[str, Any] | None, right: Mapping[str, Any] | None) -> list[Difference]:
    if left is None or right is None:
        return [Difference("definition", f"step {name}", left and left["type"], right and right["type"])]
    keys = [key for key in {**left, **right} if key not in _STEP_SKIPPED and left.get(key) != right.get(key)]
    return [Difference("definition", f"step {name}: {key}", left.get(key), right.get(key)) for key in keys]


def _compare_results(left: RunFacts, right: RunFacts) -> Iterator[Difference]:
    yield from _compare_maps("result", _results(left), _results(right))
    yield from _compare_maps("tests", _failing(left), _failing(right))


def _compare_durations(left: RunFacts, right: RunFacts) -> Iterator[Difference]:
    yield from _compare_maps("duration", _durations(left), _durations(right))


def _compare_maps(what: str, left: Mapping[str, Any], right: Mapping[str, Any]) -> list[Difference]:
    names = dict.fromkeys([*left, *right])
    return [
        Difference(what, name, left.get(name), right.get(name)) for name in names if left.get(name) != right.get(name)
    ]


def _part(facts: RunFacts) -> dict[str, Any]:
    return {name: ", ".join(steps) for name, steps in (facts.run.get("part") or {}).items() if steps}


def _results(facts: RunFacts) -> dict[str, Any]:
    whole = {"(run)": facts.run["result"] or facts.run["state"]}
    return {**whole, **{name: step["result"] or step["state"] for name, step in facts.steps.items()}}


def _durations(facts: RunFacts) -> dict[str, Any]:
    """Seconds with tenths."""
    known = {"(run)": facts.run["duration_s"], **{name: step["duration_s"] for name, step in facts.steps.items()}}
    return {name: round(seconds, 1) for name, seconds in known.items() if seconds is not None}


def _failing(facts: RunFacts) -> dict[str, Any]:
    """The tests that failed, by step and name."""
    found = {}
    for name, step in facts.steps.items():
        for test in ((step.get("data") or {}).get("tests") or {}).get("names") or ():
            found[f"{name}: {test}"] = "failed"
    return found


def _digests(facts: RunFacts) -> dict[str, Any]:
    return {key: artifact["sha256"] for key, artifact in facts.artifacts.items()}
