"""Which steps of a workflow a run carries out: the part that was asked for, and what of an earlier run need not be done
again.

Nothing is taken out of the plan: what is not carried out is skipped and says why, and what waits for it goes on.
"""

from collections.abc import Iterable, Mapping, Sequence

from aegisd.core.model import Part, Result, Step, Workflow
from aegisd.core.plan import followers_of, plan_steps
from aegisd.core.sentences import say_names
from aegisd.core.state import RunState

_HARMLESS = (None, Result.SUCCESS, Result.SKIP)


def explain_left_out(part: Part, steps: Sequence[Step]) -> Mapping[str, str]:
    """The steps that `part` does not ask for, each with why, in words. Names that no step has ask for nothing."""
    numbers = {step.name: index for index, step in enumerate(steps)}
    wanted = {numbers[name] for name in part.only if name in numbers}
    wanted |= _with_followers(steps, [numbers[name] for name in part.start if name in numbers])
    asked = [f"only {say_names(part.only)}"] if part.only else []
    asked += [f"what begins with {say_names(part.start)}"] if part.start else []
    others = f"not asked for: {' and '.join(asked)}"
    is_all = not part.only and not part.start
    return {
        step.name: "left out of this run" if step.name in part.skip else others
        for index, step in enumerate(steps)
        if step.name in part.skip or not (is_all or index in wanted)
    }


def reusable_steps(workflow: Workflow, state: RunState) -> tuple[str, ...]:
    """The steps of a run that passed and do not come after one that failed. Skipped steps are judged anew."""
    again = _with_followers(
        workflow.steps, [step.index for step in state.steps.values() if step.result not in _HARMLESS]
    )
    passed = {s.index for s in state.steps.values() if s.result is Result.SUCCESS or s.reused is not None}
    return tuple(step.name for index, step in enumerate(workflow.steps) if index in passed - again)


def _with_followers(steps: Sequence[Step], first: Iterable[int]) -> set[int]:
    """The nodes `first` of the plan of `steps`, and all that wait for them, directly or through others."""
    followers = followers_of(plan_steps(tuple(steps)).waits)
    waiting = list(first)
    found = set(waiting)
    while waiting:
        for follower in followers[waiting.pop()]:
            if follower not in found:
                found.add(follower)
                waiting.append(follower)
    return found
