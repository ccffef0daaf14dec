"""Conditions: whether a step runs after what happened before it, and the words for why not."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegisd.core.condition import explain_unmet, is_met
from aegisd.core.model import Condition, Step
from aegisd.core.plan import plan_steps
from aegisd.core.schedule import Before, Schedule
from tests.core.graphs import acyclic_steps, make_step, model_ancestors, model_waits

_OUTCOMES = list(itertools.product((False, True), repeat=2))  # (failed, reported failures)


@given(acyclic_steps(), st.randoms(use_true_random=False))
def test_conditions_look_at_ancestors_only(steps: tuple[Step, ...], random: Any) -> None:
    """S56, W2.5, W2.7: whatever the outcomes and their order, what is known before a step is what its ancestors came
    to: a failed one is named if there is one, and so is one that reported failures."""
    ancestors = model_ancestors(model_waits(steps))
    schedule = Schedule(plan_steps(steps))
    running, failed, reported = schedule.start(), set[int](), set[int]()
    while running:
        index = running.pop(random.randrange(len(running)))
        before = schedule.before(index)
        assert (before.failed is not None) == bool(ancestors[index] & failed)
        assert (before.reported is not None) == bool(ancestors[index] & reported)
        assert before.failed is None or before.failed in ancestors[index] & failed
        assert before.reported is None or before.reported in ancestors[index] & reported
        fails, reports = random.choice(_OUTCOMES)
        failed |= {index} if fails else set()
        reported |= {index} if reports else set()
        running += schedule.finish(index, failed=fails, reported=reports)


@pytest.mark.parametrize("outcomes", list(itertools.product(_OUTCOMES, repeat=3)))
def test_conditions_over_all_outcomes(outcomes: tuple[tuple[bool, bool], ...]) -> None:
    """S56: after three steps with every combination of outcomes, each condition decides as its name says."""
    schedule = Schedule(plan_steps(tuple(make_step(name) for name in "abcd")))
    for index, (failed, reported) in enumerate(outcomes):
        schedule.finish(index, failed=failed, reported=reported)
    before = schedule.before(3)
    any_failed, any_reported = (any(column) for column in zip(*outcomes, strict=True))
    assert is_met(Condition.ON_SUCCESS, before) is not any_failed
    assert is_met(Condition.ON_FAILURE, before) is any_failed
    assert is_met(Condition.HAS_FAILURES, before) is any_reported
    assert is_met(Condition.ALWAYS, before)


def test_conditions_of_the_first_step() -> None:
    """S56: before the first step nothing has failed: on_success and always run, the other two do not."""
    met = [condition for condition in Condition if is_met(condition, Before())]
    assert met == [Condition.ON_SUCCESS, Condition.ALWAYS]


def test_the_first_failure_is_named() -> None:
    """Of several failed steps the first one is the reason, however many steps later."""
    schedule = Schedule(plan_steps(tuple(make_step(name) for name in "abcde")))
    for index in range(4):
        schedule.finish(index, failed=index in {1, 2}, reported=index == 3)
    assert schedule.before(4) == Before(failed=1, reported=3)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Condition.ON_SUCCESS, "lint failed"),
        (Condition.ON_FAILURE, "no earlier step failed"),
        (Condition.HAS_FAILURES, "no earlier step reported failures"),
    ],
)
def test_skip_reasons_in_words(condition: Condition, words: str) -> None:
    """S56: why a step was not started can be read by people."""
    assert explain_unmet(condition, "lint") == words
