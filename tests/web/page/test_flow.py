"""The drawing of how events flow, from values as the daemon's parts give them."""

from typing import Any

from aegis_web.page.flow import Flow, draw_flow


def trigger(name: str, workflow: str, *, enabled: bool = True) -> dict[str, Any]:
    """A `TriggerState`, as far as the drawing looks at it."""
    return {"name": name, "workflow": workflow, "about": "every night", "enabled": enabled}


def workflow(name: str, **more: Any) -> dict[str, Any]:
    """A `Workflow`, as far as the drawing looks at it."""
    return {"name": name, "executing": 0, "queued": 0, "steps": ["a"], "last": None, **more}


def draw(**given: Any) -> Flow:
    """A drawing of what is given and nothing else."""
    blank: dict[str, Any] = {"triggers": [], "workflows": [], "services": None, "webhooks": None, "subscriptions": None}
    return draw_flow(**{**blank, "ring": 100, "last_seq": 7, "rate": None, **given})


def lines(flow: Flow) -> set[tuple[str, str]]:
    """From which box to which the lines go."""
    return {(edge.start.name, edge.end.name) for edge in flow.edges}


def test_an_event_goes_from_its_trigger_to_who_hears_of_it() -> None:
    """S33: trigger, workflow, timeline, and each webhook, subscription and reader are joined as events go."""
    webhook = {"name": "slack", "state": "failing", "waiting": 2}
    flow = draw(
        triggers=[trigger("nightly", "ci")],
        workflows=[workflow("ci")],
        webhooks=[webhook],
        subscriptions=[{"name": "audit", "type": "file", "state": "working", "behind": 0}],
    )
    assert ("trigger nightly", "workflow ci") in lines(flow)
    assert ("workflow ci", "timeline") in lines(flow)
    assert {("timeline", name) for name in ("webhook slack", "subscription audit", "ring", "store")} <= lines(flow)
    slack = next(node for node in flow.nodes if node.name == "webhook slack")
    assert (slack.state, slack.note) == ("failure", "failing, 2 waiting")


def test_nothing_is_invented() -> None:
    """A host without webhooks and services has no boxes for them."""
    assert {node.name.split()[0] for node in draw(workflows=[workflow("ci")]).nodes} == {
        "people",
        "workflow",
        "timeline",
        "ring",
        "store",
        "page",
    }


def test_many_are_folded() -> None:
    """Forty workflows are nine boxes, the last of which counts the rest, and triggers of those lead to it."""
    flow = draw(workflows=[workflow(f"w{n}") for n in range(40)], triggers=[trigger("t", "w39")])
    shown = [node.label for node in flow.nodes if "workflow" in node.name]
    assert len(shown) == 9
    assert shown[-1] == "32 workflows more"
    assert ("trigger t", "more workflow") in lines(flow)


def test_boxes_do_not_overlap() -> None:
    """Boxes of a column keep their distance, and all lie inside the drawing."""
    flow = draw(workflows=[workflow(f"w{n}") for n in range(9)], triggers=[trigger(f"t{n}", "w1") for n in range(30)])
    for one in flow.nodes:
        assert one.x >= 0
        assert one.x + one.width <= flow.width
        assert one.y + one.height <= flow.height
        assert not any(
            other is not one and other.x == one.x and abs(other.y - one.y) < one.height for other in flow.nodes
        )


def test_a_trigger_of_a_workflow_that_is_gone_has_no_line() -> None:
    """A trigger whose workflow is not there is drawn alone."""
    flow = draw(triggers=[trigger("t", "gone")], workflows=[workflow("ci")])
    assert not any(start == "trigger t" for start, _ in lines(flow))
