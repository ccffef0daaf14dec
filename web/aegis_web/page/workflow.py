"""`/workflows/NAME`: a workflow as it is configured now: its steps, its last runs, how long it usually takes, and its
definition as a read-only text whose lines can be linked to."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from aegis_web.page.asking import find_failing, read_strip
from aegis_web.page.graph import Box, Graph, draw_graph, make_box
from aegis_web.page.view import Asked, Shown, View
from aegis_web.page.words import run_kind
from aegisd.core.model import Workflow
from aegisd.core.plan import plan_steps
from aegisd.core.record import RunFilter
from aegisd.daemon import Daemon
from aegisd.wire.errors import CallError

_DURATIONS = 50
_ENV_TABLE = re.compile(r"\.env\]")
_VALUE = re.compile(r"^(\s*[^=\s]+ = ).*$")


async def show_workflow(asked: Asked) -> Shown:
    """See the module."""
    daemon, name = asked.daemon, asked.parts["name"]
    parameters = next((each.params for each in daemon.config.workflows.values() if each.name == name), ())
    plan = daemon.plan(name, params={each.name: "" for each in parameters if each.default is None})
    view = next(each for each in await daemon.list_workflows() if each["name"] == name)
    passed = await daemon.list_runs(RunFilter(workflow=name, results=("success",), limit=_DURATIONS))
    values: dict[str, Any] = {
        "workflow": view,
        "plan": plan,
        "graph": draw_steps(daemon.config.workflows[name], await read_last_steps(daemon, view["last"])),
        "strip": await read_strip(daemon, name),
        "failing": await find_failing(daemon, view),
        "passed": passed[::-1],
        "points": draw_durations([run["duration_s"] or 0.0 for run in passed[::-1]]),
        "definition": find_definition(daemon.show_config(origin=False), name),
    }
    needed = "".join(f" {each.name}=VALUE" for each in parameters if each.default is None)
    terminal = (f"aegisctl run {name}{needed}", f"aegisctl plan {name}", f"aegisctl history --workflow={name}")
    return Shown(title=name, state=run_kind(view["last"]), values=values, terminal=terminal)


async def read_last_steps(daemon: Daemon, last: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    """The steps of the last run by name; none where there is no such run, or its events are gone."""
    try:
        return (
            {} if last is None else {step["name"]: step for step in (await daemon.desks.replays.read(last["id"])).steps}
        )
    except CallError:
        return {}


def draw_steps(workflow: Workflow, last: Mapping[str, Mapping[str, Any]]) -> Graph | None:
    """The graph of a workflow as it is configured, each step as it is in the `last` run, by name; its boxes lead to the
    rows of the table."""
    hrefs = {step.name: f"#step-{step.name}" for step in workflow.steps}
    boxes = [
        make_box(last[step.name], href=hrefs[step.name])
        if step.name in last
        else Box(name=step.name, note=step.type, href=hrefs[step.name])
        for step in workflow.steps
    ]
    return draw_graph(boxes, plan_steps(workflow.steps))


def find_definition(config: str, workflow: str) -> list[str]:
    """The lines of `workflow` in the configuration as TOML. Values of variables are covered: they may be secret."""
    heads = {
        f"[workflows.{workflow}",
        f'[workflows."{workflow}"',
        f"[[workflows.{workflow}",
        f'[[workflows."{workflow}"',
    }
    found: list[str] = []
    is_inside = is_env = False
    for line in config.splitlines():
        if line.startswith("["):
            is_inside = any(line.startswith((f"{head}]", f"{head}.")) for head in heads)
            is_env = bool(_ENV_TABLE.search(line))
        if is_inside:
            found.append(cover_env(line, is_env=is_env))
    while found and not found[-1].strip():
        found.pop()
    return found


def cover_env(line: str, *, is_env: bool) -> str:
    """A line of TOML without the values of variables; `is_env`: it is in a table of nothing else."""
    if is_env and _VALUE.match(line):
        return _VALUE.sub(r"\1•••", line)
    if line.startswith("env = {"):
        return f"env = {{ {', '.join(f'{name} = •••' for name in _read_names(line))} }}"
    return line


def _read_names(line: str) -> list[str]:
    try:
        return list(tomllib.loads(line)["env"])
    except (tomllib.TOMLDecodeError, KeyError):
        return []


def draw_durations(seconds: Sequence[float]) -> str:
    """The points of a polyline in a drawing of 300 by 48: how long runs took, the oldest at the left."""
    if len(seconds) < 2:
        return ""
    top = max(seconds) or 1.0
    step = 296 / (len(seconds) - 1)
    return " ".join(f"{2 + place * step:.1f},{46 - 44 * value / top:.1f}" for place, value in enumerate(seconds))


VIEW = View(name="workflow", rule="/workflows/<name>", template="workflow.html", make=show_workflow, nav="overview")
