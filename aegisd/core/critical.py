"""What made a run as long as it was: since when each step could have begun, and the chain of steps that ends last.

Pure, and without recursion: a graph with very many paths costs as much as its edges.
"""

from collections.abc import Mapping

from aegisd.core.plan import Plan, followers_of
from aegisd.core.spans import Spans

Ends = Mapping[int, float]


def find_ends(plan: Plan, spans: Spans, *, now_s: float) -> Ends:
    """When each node of the plan had ended, in seconds since the start of the run. What goes on ends `now_s`; joins and
    steps that did not begin end when what they need did."""
    missing = [len(nodes) for nodes in plan.waits]
    followers = followers_of(plan.waits)
    order = [node for node, count in enumerate(missing) if count == 0]
    ends: dict[int, float] = {}
    for node in order:
        own = spans.get(node)
        if own:
            last = own[-1].end_s
            ends[node] = now_s if last is None else last
        else:
            ends[node] = max((ends[other] for other in plan.waits[node]), default=0.0)
        for follower in followers[node]:
            missing[follower] -= 1
            if missing[follower] == 0:
                order.append(follower)
    return ends


def find_ready(plan: Plan, spans: Spans, ends: Ends) -> dict[int, float]:
    """For each step that began: when all that it needs had ended."""
    return {
        index: min(max((ends[node] for node in plan.waits[index]), default=0.0), own[0].start_s)
        for index, own in spans.items()
        if own
    }


def find_critical(plan: Plan, spans: Spans, ends: Ends) -> tuple[int, ...]:
    """The indices of the steps of the chain, from the first to the one that ended last: each waited for the one before.
    Of equals the first in the definition counts. Empty when nothing began."""
    begun = [index for index in spans if spans[index]]
    node = min(begun, key=lambda index: (-ends[index], index), default=None)
    chain: list[int] = []
    while node is not None:
        if node < plan.steps and spans.get(node):
            chain.append(node)
        node = min(plan.waits[node], key=lambda other: (-ends[other], other), default=None)
    return tuple(reversed(chain))
