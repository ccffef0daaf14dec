"""`/runs/N/graph`: which step of a run waited for which, and how each ended: a drawing, and the same as a table. With
`?at=SEQ` as it was after that event."""

from typing import Any

from aegis_web.page.asking import base_path
from aegis_web.page.graph import draw_graph, make_box
from aegis_web.page.run import read_count
from aegis_web.page.view import Asked, Shown, View
from aegis_web.page.words import run_kind
from aegisd.core.model import Step
from aegisd.core.plan import Plan


async def show_graph(asked: Asked) -> Shown:
    """See the module."""
    number, at = asked.parts["run"], read_count(asked, "at")
    replay = await asked.daemon.desks.replays.read(number, at=at)
    steps, base = replay.steps, base_path(asked.daemon)
    boxes = [make_box(step, href=f"{base}/runs/{number}/steps/{step['name']}") for step in steps]
    values: dict[str, Any] = {
        "run": replay.run,
        "graph": draw_graph(boxes, replay.plan),
        "steps": steps,
        "needs": find_needs(replay.definition.steps, replay.plan),
        "at": at,
    }
    follow = "none" if at is not None else f"run:{number}"
    title = f"{replay.run['workflow']} #{number}, graph"
    terminal = (f"aegisctl show {number}", f"aegisctl plan {replay.run['workflow']}")
    return Shown(title=title, state=run_kind(replay.run), values=values, follow=follow, terminal=terminal)


def find_needs(steps: tuple[Step, ...], plan: Plan) -> dict[str, list[str]]:
    """For each step the names of those that it waits for, seen through joins."""
    found = {}
    for index, step in enumerate(steps):
        nodes = [other for node in plan.waits[index] for other in ((node,) if node < plan.steps else plan.waits[node])]
        found[step.name] = [steps[node].name for node in dict.fromkeys(nodes) if node < plan.steps]
    return found


VIEW = View(name="run_graph", rule="/runs/<int:run>/graph", template="run_graph.html", make=show_graph, nav="runs")
