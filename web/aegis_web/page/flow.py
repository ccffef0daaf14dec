"""How events flow on this host, as a drawing: boxes in columns and lines between them, laid out here, so that the
template only writes them down. Everything comes from the running configuration and from what the parts say of
themselves."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen

from aegis_web.page.words import plural

_WIDTH, _GAP, _ROW, _BOX = 176, 64, 52, 40
_MOST = 9
_LETTERS = 22

Rows = Sequence[Mapping[str, Any]]


@frozen(kw_only=True)
class Node:
    """A box. `x` and `y` are its upper left corner in the drawing's own units."""

    name: str
    label: str
    note: str = ""
    state: str = "idle"
    href: str | None = None
    x: int = 0
    y: int = 0
    width: int = _WIDTH
    height: int = _BOX

    @property
    def short(self) -> str:
        """As much of the label as fits."""
        return self.label if len(self.label) <= _LETTERS else f"{self.label[: _LETTERS - 1]}…"


@frozen(kw_only=True)
class Edge:
    """A line from one box to another, with its path in SVG."""

    start: Node
    end: Node

    @property
    def path(self) -> str:
        """A curve from the right side of one to the left side of the other."""
        x1, y1 = self.start.x + self.start.width, self.start.y + self.start.height // 2
        x2, y2 = self.end.x, self.end.y + self.end.height // 2
        middle = (x1 + x2) // 2
        return f"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2 - 5} {y2}"


@frozen(kw_only=True)
class Flow:
    """The whole drawing, and the same in sentences."""

    width: int
    height: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    headings: tuple[tuple[int, str], ...] = field(factory=tuple)

    @property
    def sentences(self) -> list[tuple[Node, list[Node]]]:
        """Each box with those that it hands on to."""
        return [(node, [edge.end for edge in self.edges if edge.start is node]) for node in self.nodes]


def draw_flow(
    *,
    triggers: Rows,
    workflows: Rows,
    services: Rows | None,
    webhooks: Rows | None,
    subscriptions: Rows | None,
    ring: int,
    last_seq: int,
    rate: float | None,
    base: str = "",
) -> Flow:
    """The drawing. What a list has beyond nine is one box that counts the rest."""
    sources = [*_fold([_trigger(each, base) for each in triggers], "trigger"), _MANUAL]
    running = _fold([_workflow(each, base) for each in workflows], "workflow")
    timeline = Node(
        name="timeline", label="timeline", note=f"event {last_seq:,}{_show_rate(rate)}", href=f"{base}/events"
    )
    outside = [
        Node(name="ring", label="ring", note=f"the newest {ring:,} events"),
        Node(name="store", label="store", note="every event, on disk"),
        Node(name="page", label="page, aegisctl, API", note="read at their own pace", href=f"{base}/events"),
        *_fold([_webhook(each, base) for each in webhooks or ()], "webhook"),
        *_fold([_subscription(each) for each in subscriptions or ()], "subscription"),
    ]
    asked = _fold([_service(each, base) for each in services or ()], "service")
    columns = [
        _place(column, place, _tallest(sources, running, outside, asked))
        for place, column in enumerate([sources, [*running, *asked], [timeline], outside])
    ]
    placed = {node.name: node for column in columns for node in column}
    targets = {each["name"]: each["workflow"] for each in triggers}
    edges = [*_starts(columns[0], columns[1], targets, placed)]
    middle = placed["timeline"]
    edges += [Edge(start=node, end=middle) for node in columns[1] if not node.name.startswith("service ")]
    edges += [Edge(start=middle, end=node) for node in columns[3]]
    height = max(node.y + node.height for node in placed.values()) + 12
    headings = ("what starts runs", "workflows", "recorded once", "who hears of it")
    return Flow(
        width=4 * _WIDTH + 3 * _GAP + 4,
        height=height,
        nodes=tuple(placed.values()),
        edges=tuple(edges),
        headings=tuple((place * (_WIDTH + _GAP) + 2, text) for place, text in enumerate(headings)),
    )


_MANUAL = Node(name="people", label="people and scripts", note="aegisctl run, the API")


def _tallest(*columns: Sequence[Node]) -> int:
    sources, running, outside, asked = columns
    return max(len(sources), len(running) + len(asked), len(outside))


def _place(column: Sequence[Node], place: int, rows: int) -> list[Node]:
    """Centred beside the tallest column."""
    top = 30 + (rows - len(column)) * _ROW // 2
    return [
        Node(
            name=node.name,
            label=node.label,
            note=node.note,
            state=node.state,
            href=node.href,
            x=place * (_WIDTH + _GAP) + 2,
            y=top + row * _ROW,
        )
        for row, node in enumerate(column)
    ]


def _fold(nodes: list[Node], what: str) -> list[Node]:
    if len(nodes) <= _MOST:
        return nodes
    left = len(nodes) - _MOST + 1
    href = (nodes[0].href or "").rpartition("/")[0] or None
    return [*nodes[: _MOST - 1], Node(name=f"more {what}", label=f"{plural(left, what)} more", href=href)]


def _starts(
    sources: Sequence[Node], running: Sequence[Node], targets: Mapping[str, str], placed: Mapping[str, Node]
) -> list[Edge]:
    """From each trigger to its workflow; people can start any of them."""
    fallback = placed.get("more workflow")
    edges = []
    for node in sources:
        if node.name.startswith("trigger "):
            end = placed.get(f"workflow {targets[node.name.removeprefix('trigger ')]}", fallback)
            edges += [Edge(start=node, end=end)] if end is not None else []
        elif node.name == _MANUAL.name:
            edges += [Edge(start=node, end=each) for each in running if "workflow" in each.name.split(" ")]
    return edges


def _trigger(trigger: Mapping[str, Any], base: str) -> Node:
    note = trigger["about"] if trigger["enabled"] else "switched off"
    return Node(name=f"trigger {trigger['name']}", label=trigger["name"], note=note, href=f"{base}/triggers")


def _workflow(workflow: Mapping[str, Any], base: str) -> Node:
    busy = [
        f"{workflow[word]} {text}" for word, text in (("executing", "running"), ("queued", "queued")) if workflow[word]
    ]
    last = workflow["last"] or {}
    return Node(
        name=f"workflow {workflow['name']}",
        label=workflow["name"],
        note=", ".join(busy) or plural(len(workflow["steps"]), "step"),
        state=last.get("result") or last.get("state") or "idle",
        href=f"{base}/workflows/{workflow['name']}",
    )


def _webhook(webhook: Mapping[str, Any], base: str) -> Node:
    waiting = f", {webhook['waiting']} waiting" if webhook["waiting"] else ""
    states = {"fine": "success", "failing": "failure", "disabled": "failure", "retrying": "timeout"}
    return Node(
        name=f"webhook {webhook['name']}",
        label=f"webhook {webhook['name']}",
        note=f"{webhook['state']}{waiting}",
        state=states.get(webhook["state"], "idle"),
        href=f"{base}/webhooks/{webhook['name']}",
    )


def _subscription(subscription: Mapping[str, Any]) -> Node:
    note = str(subscription.get("state") or subscription.get("type") or "")
    behind = f", {subscription['behind']} behind" if subscription.get("behind") else ""
    state = {"working": "success", "failing": "failure"}.get(note, "idle")
    return Node(
        name=f"subscription {subscription['name']}", label=subscription["name"], note=note + behind, state=state
    )


def _show_rate(rate: float | None) -> str:
    """Events a minute; nothing where nobody counts them."""
    return "" if rate is None else f", {rate:.0f}/min" if rate >= 1 else f", {rate:.1f}/min"


def _service(service: Mapping[str, Any], base: str) -> Node:
    state = {"up": "success", "down": "failure"}.get(service["state"], "idle")
    note = f"service, {service['state']}"
    return Node(
        name=f"service {service['name']}", label=service["name"], note=note, state=state, href=f"{base}/services"
    )
