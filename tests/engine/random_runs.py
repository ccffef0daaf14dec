"""Random workflows, submissions and cancellations for the engine, for hypothesis. Times are in virtual seconds."""

from attrs import frozen
from hypothesis import strategies as st

from aegisd.core.model import Condition, OnBusy, Result, Step, Workflow
from tests.engine.scripted import Play, ScriptedSpec

MOST_HOLD_S = 3.0

_delays = st.sampled_from([0.0, 0.0, 0.125, 0.25, 0.5, 1.0, 4.0])
_results = st.sampled_from([Result.SUCCESS] * 4 + [Result.FAILURE] * 3 + [Result.ERROR, Result.TIMEOUT])
_manners = st.sampled_from([""] * 12 + ["raise", "group", "none", "object", "surrogate", "hold", "burst"])
_plays = st.builds(
    Play,
    delay=_delays,
    result=_results,
    reported=st.integers(0, 1),
    manners=_manners,
    hold=st.sampled_from([0.125, MOST_HOLD_S]),
)


@frozen(kw_only=True)
class Scenario:
    """What happens to the engine: `submissions` are (time, workflow), `cancels` are (time, run), `grace` says how long
    runs may go on after `ends_at`; a commit takes `commit_s`, and the first `failures` of them fail."""

    workflows: tuple[Workflow, ...]
    submissions: tuple[tuple[float, int], ...]
    cancels: tuple[tuple[float, int], ...]
    slots: int
    ends_at: float
    grace: float
    commit_s: float
    failures: int


@st.composite
def _steps(draw: st.DrawFn) -> tuple[Step, ...]:
    names = [f"s{number}" for number in range(draw(st.integers(0, 6)))]
    steps = []
    for index, name in enumerate(names):
        needs = st.none() | st.lists(st.sampled_from(names[:index]), max_size=2).map(tuple) if index else st.none()
        steps.append(
            Step(
                name=name,
                type="scripted",
                spec=ScriptedSpec(plays=tuple(draw(st.lists(_plays, min_size=1, max_size=3)))),
                phase=draw(st.sampled_from([None, "fast", "slow"])),
                parallel=draw(st.booleans()),
                needs=draw(needs),
                condition=draw(st.sampled_from(Condition)),
                retries=draw(st.sampled_from([0, 0, 1, 2])),
                retry_delay=draw(st.sampled_from([0.0, 0.25, 1.0])),
                timeout=draw(st.sampled_from([None, None, 0.125, 0.5, 3.0])),
                allow_failure=draw(st.booleans()),
            )
        )
    return tuple(steps)


@st.composite
def _workflows(draw: st.DrawFn) -> tuple[Workflow, ...]:
    return tuple(
        Workflow(
            name=f"w{number}",
            steps=draw(_steps()),
            timeout=draw(st.sampled_from([None, None, 0.25, 1.0, 5.0])),
            max_concurrent=draw(st.integers(1, 2)),
            on_busy=draw(st.sampled_from(OnBusy)),
            priority=draw(st.integers(-1, 1)),
        )
        for number in range(draw(st.integers(1, 3)))
    )


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Anything that can happen to the engine."""
    workflows = draw(_workflows())
    times = st.sampled_from([0.0, 0.125, 0.25, 0.5, 1.0, 2.0, 3.0])
    submissions = draw(st.lists(st.tuples(times, st.integers(0, len(workflows) - 1)), min_size=1, max_size=6))
    cancels = draw(st.lists(st.tuples(times, st.integers(1, len(submissions))), max_size=3))
    return Scenario(
        workflows=workflows,
        submissions=tuple(submissions),
        cancels=tuple(cancels),
        slots=draw(st.integers(1, 3)),
        ends_at=draw(st.sampled_from([3.0, 3.0, 10.0])),
        grace=draw(st.sampled_from([0.0, 1.0, 1000.0])),
        commit_s=draw(st.sampled_from([0.0, 0.0, 0.125])),
        failures=draw(st.sampled_from([0, 0, 0, 2])),
    )
