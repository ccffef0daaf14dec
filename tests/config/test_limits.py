"""Limits and sandboxes in a configuration: what steps get from their workflow, and what a host that cannot refuses."""

from collections.abc import Collection

import pytest

from aegisd.config.loader import check_files
from aegisd.config.problems import Problem
from aegisd.config.show import render_config
from aegisd.config.values import Config, DaemonConfig
from aegisd.core.codec import decode_workflow, encode_workflow
from aegisd.core.model import Sandboxing
from aegisd.core.obstacle import Obstacle, Obstacles
from aegisd.steps import SPECS
from tests.config.check import ENVIRONMENT, load_text

TEXT = """[workflows.ci]
sandbox = "bwrap"
network = false
[[workflows.ci.steps]]
run = "make"
memory = "64MiB"
cpus = 0.5
pids = 20
nice = 3
wait_for_children = true
[[workflows.ci.steps]]
name = "fetch"
run = "make fetch"
network = true
[[workflows.ci.steps]]
name = "settle"
type = "wait"
seconds = 1
"""
MISSING = Obstacle(reason="bubblewrap is not installed", fix="apt install bubblewrap")
NO_CGROUP = Obstacle(reason="no cgroups", fix="Delegate=yes", certain=False)


class Host:
    """A host with obstacles; `asked` is what was asked of it."""

    def __init__(self, **obstacles: Obstacle) -> None:
        self.obstacles = obstacles
        self.asked: list[tuple[str, frozenset[str]]] = []

    def find(self, daemon: DaemonConfig, demands: Collection[str]) -> Obstacles:
        """What the configuration may not ask for."""
        self.asked.append((daemon.state_dir, frozenset(demands)))
        return {name: found for name, found in self.obstacles.items() if name in demands}


def _check(text: str, host: Host) -> tuple[Config | None, tuple[Problem, ...]]:
    config, problems, _ = check_files(
        ["-"], step_types=SPECS, environment=ENVIRONMENT, stdin_text=text, find_obstacles=host.find
    )
    return config, problems


def test_the_word_of_the_workflow() -> None:
    """Steps have what their workflow says unless they say otherwise; steps without a program have nothing."""
    make, fetch, settle = load_text(TEXT).workflows["ci"].steps
    assert (make.spec.sandbox, make.spec.network, fetch.spec.network) == (Sandboxing.BWRAP, False, True)
    assert (make.spec.memory, make.spec.cpus, make.spec.pids, make.spec.nice) == (64 * 2**20, 0.5, 20, 3)
    assert not hasattr(settle.spec, "sandbox")


def test_definitions_keep_it() -> None:
    """A stored definition comes back as it was; one of an earlier version has no limits."""
    workflow = load_text(TEXT).workflows["ci"]
    assert decode_workflow(encode_workflow(workflow), step_types=SPECS) == workflow
    old = b'{"name": "ci", "steps": [{"name": "a", "type": "command", "spec": {"run": "make"}}]}'
    spec = decode_workflow(old, step_types=SPECS).steps[0].spec
    assert (spec.memory, spec.sandbox, spec.network, spec.wait_for_children) == (None, None, None, False)


def test_it_is_shown_with_its_place() -> None:
    """`config show` gives each step what it has; what comes from the workflow, with that line."""
    config = load_text(TEXT)
    shown = render_config(config, origin=True).splitlines()
    assert [line for line in shown if line.startswith("network")][1].endswith("# <stdin>:3")
    again = load_text(render_config(config, origin=False))
    assert [step.spec for step in again.workflows["ci"].steps] == [s.spec for s in config.workflows["ci"].steps]


def test_a_host_that_can() -> None:
    """It is asked once, for all that steps want and nothing else, with the state directory of the configuration."""
    host = Host()
    config, problems = _check(f'{TEXT}[daemon]\nstate_dir = "/srv/state"\n', host)
    assert (config is not None, problems) == (True, ())
    assert host.asked == [("/srv/state", {"memory", "cpus", "pids", "sandbox", "network"})]


def test_a_host_that_is_not_asked() -> None:
    """Steps that want nothing of the host, `nice` and `wait_for_children` included, cost no look at it."""
    host = Host(sandbox=MISSING)
    text = '[[workflows.w.steps]]\nrun = "make"\nnice = 5\nwait_for_children = true\nsandbox = "none"\nnetwork = true\n'
    assert _check(text, host)[1] == ()
    assert host.asked == []


def test_a_host_that_cannot() -> None:
    """Each demand is an error where it stands, with the reason and the repair; one sandbox is told of once a step."""
    config, problems = _check(TEXT, Host(sandbox=MISSING, network=MISSING, pids=NO_CGROUP))
    assert config is None
    found = [(each.line, each.code, each.severity) for each in problems]
    assert found == [(2, "AEG211", "error"), (8, "AEG213", "warning")]
    assert "cannot be honoured on this host: bubblewrap is not installed" in problems[0].message
    assert problems[0].help == "apt install bubblewrap"
    assert "could not be honoured if you started aegisd: no cgroups" in problems[1].message


def test_other_faults_are_told_too() -> None:
    """What the host cannot do hides no other fault, and other faults do not hide it."""
    _, problems = _check(f"{TEXT}[daemon]\nruns = 0\n", Host(memory=MISSING))
    assert [each.code for each in problems] == ["AEG212", "AEG015"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[workflows.w]\nnetwork = false\n[[workflows.w.steps]]\nrun = 'x'\n", 2),
        ("[workflows.w]\nnetwork = false\n[[workflows.w.steps]]\nrun = 'x'\nsandbox = 'none'\n", 2),
        ("[workflows.w]\nsandbox = 'none'\n[[workflows.w.steps]]\nrun = 'x'\nnetwork = false\n", 5),
    ],
)
def test_no_network_without_a_sandbox(text: str, line: int) -> None:
    """`network = false` is refused where it stands, in the step or in its workflow."""
    _, problems = _check(text, Host())
    assert [(each.code, each.line) for each in problems] == [("AEG210", line)]
