"""A run's page: what its URL says, what its steps left and used, and how it is measured."""

from typing import Any

import pytest

from aegis_web.page.findings import list_tests, list_uses
from aegis_web.page.run import is_asking, read_flips, turn_over
from aegis_web.page.tokens import draw_tokens
from aegisd.core.events.agent import LlmResponded
from tests.core.spans_kit import Story, chain


def make_step(**more: Any) -> dict[str, Any]:
    """A step as the daemon shows it."""
    blank = {"name": "unit", "type": "command", "state": "finished", "result": "success", "attempts": [], "data": {}}
    return {**blank, **more}


def make_attempt(**usage: Any) -> dict[str, Any]:
    """An attempt of a step that used something and left two processes to be killed."""
    return {"usage": usage, "receipt": {"killed": 2}}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [(None, set()), ("", set()), ("3", {3}), ("1.4.7", {1, 4, 7}), ("1.x.-2.٣.99999999", {1}), ("1..1", {1})],
)
def test_which_groups_are_turned_over(text: str | None, numbers: set[int]) -> None:
    """Numbers of the URL; anything else in it is passed over."""
    assert read_flips(text) == numbers


def test_a_group_is_turned_over_and_back() -> None:
    """The link of a group has all the others as they are; without any there is nothing in the URL."""
    assert turn_over(frozenset({1, 4}), 2) == "1.2.4"
    assert turn_over(frozenset({1, 4}), 4) == "1"
    assert turn_over(frozenset({4}), 4) is None


def test_who_asks() -> None:
    """Only an approval that executes waits for a person."""
    assert is_asking(make_step(type="approval", state="executing"))
    assert not is_asking(make_step(type="approval"))
    assert not is_asking(make_step(state="executing"))


def test_what_steps_used() -> None:
    """All attempts of a step together, the most processor time first; what nobody measured is not 0."""
    first = make_attempt(user_s=1.0, system_s=0.5, memory_bytes=10, read_bytes=0, written_bytes=None)
    again = make_attempt(user_s=0.5, system_s=None, memory_bytes=30, read_bytes=4, written_bytes=None)
    other = make_attempt(user_s=4.0, system_s=0.0)
    busy, unit = list_uses([make_step(attempts=[first, again]), make_step(name="busy", attempts=[other]), make_step()])
    assert (unit.name, unit.cpu_s, unit.memory, unit.read, unit.written, unit.killed) == ("unit", 2.0, 30, 4, None, 4)
    assert (busy.share, unit.share) == (100.0, 50.0)
    assert (busy.memory, busy.read) == (None, None)


def test_the_tests_of_steps() -> None:
    """Counts, failing tests with their messages, and the slowest; steps without reports are left out."""
    report = {
        "failed": 1,
        "passed": 2,
        "failures": [{"name": "a::b", "message": "1 != 2", "is_new": True}],
        "new": 1,
        "compared_with": 4,
        "slowest": [{"name": "a::slow", "duration_s": 3.1}],
    }
    (found,) = list_tests([make_step(result="failure", data={"tests": report}), make_step()])
    assert found.words == "1 failed (1 new), 2 passed"
    assert found.failing == ("a::b: 1 != 2  (new since #4)",)
    assert found.slowest == ("3.1s  a::slow",)


def make_calls(*costs: float | None) -> Story:
    """A run whose step asks a model each second."""
    story = Story(chain("think")).begin("think", 0.0)
    for number, cost in enumerate(costs, start=1):
        data = LlmResponded(model="m", prompt_tokens=100, completion_tokens=10, cost_usd=cost)
        story.add(float(number), data, "think")
    return story


def test_what_models_cost() -> None:
    """The curve goes up at each call and ends at the sum, at the right; the rows say who spent it."""
    found = draw_tokens(make_calls(0.25, 0.75).history)
    assert found is not None
    assert (found.unit, found.top, found.whole_s) == ("usd", 1.0, 2.0)
    points = [tuple(float(each) for each in point.split(",")) for point in found.points.split()]
    assert points == [(0, 94), (300, 94), (300, 71.5), (600, 71.5), (600, 4), (600, 4)]
    assert [(row["group"], row["calls"]) for row in found.rows] == [({"step": "think", "model": "m"}, 2)]


def test_without_prices_the_curve_is_of_tokens() -> None:
    """Nothing is said to cost nothing; and without calls there is nothing to draw."""
    found = draw_tokens(make_calls(None, None).history)
    assert found is not None
    assert (found.unit, found.top) == ("tokens", 220.0)
    assert draw_tokens(make_calls().history) is None


def test_very_many_calls_are_a_small_drawing() -> None:
    """Ten thousand calls are some hundred points, the last at their sum."""
    found = draw_tokens(make_calls(*[0.5] * 10_000).history)
    assert found is not None
    assert found.top == 5000.0
    assert len(found.points) < 20_000
