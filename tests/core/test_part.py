"""Parts of a workflow: which steps a run leaves out, and why, in words."""

import pytest

from aegisd.core.model import Part, Step
from aegisd.core.part import explain_left_out

_CHAIN = tuple(Step(name=name, type="command", spec=None) for name in "abcd")
_GRAPH = (
    Step(name="build", type="command", spec=None, needs=()),
    Step(name="unit", type="command", spec=None, needs=("build",)),
    Step(name="slow", type="command", spec=None, needs=("build",)),
    Step(name="pack", type="command", spec=None, needs=("unit",)),
)


@pytest.mark.parametrize(
    ("part", "left_out"),
    [
        (Part(only=("b",)), dict.fromkeys("acd", "not asked for: only b")),
        (Part(start=("c",)), dict.fromkeys("ab", "not asked for: what begins with c")),
        (Part(skip=("b", "d")), dict.fromkeys("bd", "left out of this run")),
        (Part(start=("b",), skip=("c",)), {"a": "not asked for: what begins with b", "c": "left out of this run"}),
        (Part(only=("a",), start=("d",)), dict.fromkeys("bc", "not asked for: only a and what begins with d")),
        (Part(only=("gone",)), dict.fromkeys("abcd", "not asked for: only gone")),
        (Part(), {}),
    ],
)
def test_chain(part: Part, left_out: dict[str, str]) -> None:
    """Steps one after another: `only` those, `start` with all that follow, `skip` not those, whatever else is said."""
    assert explain_left_out(part, _CHAIN) == left_out


def test_graph() -> None:
    """What begins with a step is that step and what waits for it, directly or through others; no neighbours."""
    assert set(explain_left_out(Part(start=("unit",)), _GRAPH)) == {"build", "slow"}
    assert explain_left_out(Part(start=("build",)), _GRAPH) == {}
