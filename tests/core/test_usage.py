"""What models have used, folded from events."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aegisd.core.events import Event, StepStarted
from aegisd.core.events.agent import LlmResponded
from aegisd.core.usage import GROUPS, Usage, fold_usage


def _event(run: int = 1, step: str = "a", **said: Any) -> Event:
    return Event(
        seq=1, id="", type="llm.responded", time="", run=run, step=step, workflow="w", data=LlmResponded(**said)
    )


def test_tokens_are_summed() -> None:
    """S103: prompt, completion and total tokens and the cost by model; other events count for nothing."""
    events = [
        _event(model="m", prompt_tokens=10, completion_tokens=5, cost_usd=0.5),
        _event(model="n", prompt_tokens=1, completion_tokens=1, total_tokens=9),
        _event(model="m", prompt_tokens=2, completion_tokens=3, cost_usd=0.25),
        Event(seq=4, id="", type="step.started", time="", run=1, data=StepStarted(step_type="command")),
    ]
    assert fold_usage(events, ("model",)) == [
        Usage(
            calls=2,
            prompt_tokens=12,
            completion_tokens=8,
            total_tokens=20,
            cost_usd=0.75,
            unpriced=0,
            group={"model": "m"},
        ),
        Usage(calls=1, prompt_tokens=1, completion_tokens=1, total_tokens=9, unpriced=1, group={"model": "n"}),
    ]


def test_a_cost_is_of_what_has_one() -> None:
    """W4.11: there is no price table: a cost is what the callers said, and calls that said none are counted."""
    found = fold_usage([_event(cost_usd=0.5), _event(), _event()], ())
    assert [(usage.calls, usage.cost_usd, usage.unpriced) for usage in found] == [(3, 0.5, 2)]
    assert [(usage.cost_usd, usage.unpriced) for usage in fold_usage([_event()], ())] == [(None, 1)]
    assert fold_usage([], ("model",)) == []


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from("ab"), st.sampled_from([None, "m", "n"]), st.integers(0, 99))
    ),
    st.lists(st.sampled_from(GROUPS), unique=True),
)
def test_parts_make_the_whole(calls: list[tuple[int, str, str | None, int]], by: list[str]) -> None:
    """S103: however usage is split, by run, workflow, step, role and model, its parts add up to all of it."""
    events = [_event(run, step, model=model, prompt_tokens=tokens) for run, step, model, tokens in calls]
    parts = fold_usage(events, tuple(by))
    assert sum(part.calls for part in parts) == len(calls)
    assert sum(part.total_tokens for part in parts) == sum(tokens for *_, tokens in calls)
    assert len({tuple(part.group.items()) for part in parts}) == len(parts)
