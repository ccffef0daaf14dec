"""The example and the reference pages against the declarations."""

import re
import subprocess
import sys

import pytest

from aegisd.config import later
from aegisd.config.loader import load_config
from aegisd.config.reference import render_configuration, render_error_codes
from aegisd.config.sections import SECTIONS
from aegisd.config.topics import iter_topics
from aegisd.steps import SPECS
from tests.config.check import ENVIRONMENT, check, load_text
from tests.source import ROOT

# examples of keys that name files and credentials, which are not here
_MISSING = {
    "webhook.ca_file": ["AEG225"],
    "webhook.secret_file": ["AEG228"],
    "webhook.credential": ["AEG228"],
    "webhook-trigger.secret_file": ["AEG243"],
    "web.tls": ["AEG380"],
    "tls.cert": ["AEG013"],
    "tls.key": ["AEG013"],
}
EXAMPLE = ROOT / "aegis.toml.example"
REFERENCE = ROOT / "docs" / "reference"

FARM = '[executors.farm]\ntype = "slurm"\n'
SERVICE = f"{FARM}[services.qaagent]\nurl = 'http://h'\n"
STEPS = ("compile", "unit", "start", "discover", "build")
NEEDED = {
    ("http", ""): 'service = "qaagent"\n',
    ("http", "url"): "",
    ("http", "service"): "",
    **{(name, "path"): 'service = "qaagent"\n' for name in ("discover", "submit_bugs", "test", "verify")},
    **{(name, "allow_failures"): 'service = "qaagent"\n' for name in ("test", "verify")},
    ("step", "resources"): 'executor = "farm"\nrun = "x"\n',
    ("slurm-executor", "mode"): 'spool = "/s"\n',
    ("slurm-executor", "spool"): 'mode = "detached"\n',
    ("slurm-executor", "workspace"): 'allocation = "run"\n',
    ("slurm-executor", "scratch"): 'allocation = "run"\nworkspace = "copied"\n',
    ("slurm-executor", "copy_limit"): 'allocation = "run"\nworkspace = "copied"\n',
    ("gate", "coverage"): "min_coverage = 85\n",
    ("gate", "action"): "max_failures = 0\n",
}
"""What else a step must have beside a key, by its type and the key."""


def test_example_loads() -> None:
    """The example is a configuration without errors and warnings."""
    config, warnings = load_config(str(EXAMPLE), step_types=SPECS, environment={"HOME": "/h"})
    assert warnings == ()
    assert list(config.workflows) == ["ci", "deploy", "qa"]


@pytest.mark.parametrize("topic", [topic for topic, _, _ in iter_topics(SPECS)])
def test_example_has_every_key(topic: str) -> None:
    """S36: each key of this version is in the example, in force or commented out."""
    name = topic.rpartition(".")[2]
    assert re.search(rf"^(?:# )?(?:.*[{{,] )?\[*(?:\w+\.)*{name}(?: =|\]|\.)", EXAMPLE.read_text(), re.MULTILINE), topic


@pytest.mark.parametrize("name", later.SECTIONS)
def test_example_shows_later_sections(name: str) -> None:
    """Sections of later versions are there, commented out."""
    assert re.search(rf"^# \[+{name}[].]", EXAMPLE.read_text(), re.MULTILINE)


def test_commented_keys_are_right() -> None:
    """The example is fine as well with the keys of this version that are commented out."""
    head = EXAMPLE.read_text().partition("# Later versions.")[0]
    text = re.sub(r"^# (?!ca_file|tls)(\w+ = )", r"\1", head, flags=re.MULTILINE)
    assert text.count("\n# ") < head.count("\n# ")
    config, problems = check(text)
    assert [each.code for each in problems] == ["AEG041"]
    assert config
    assert config.control.group == "aegis"


def test_configuration_page_is_current() -> None:
    """docs/reference/configuration.md is what the declarations make it."""
    assert (REFERENCE / "configuration.md").read_text() == render_configuration(SPECS)


def test_error_codes_page_is_current() -> None:
    """docs/reference/error-codes.md is what the table of codes makes it."""
    assert (REFERENCE / "error-codes.md").read_text() == render_error_codes()


def test_pages_can_be_printed() -> None:
    """The module prints both pages."""
    for arguments, name in (([], "configuration.md"), (["error-codes"], "error-codes.md")):
        command = [sys.executable, "-m", "aegisd.config.reference", *arguments]
        done = subprocess.run(command, capture_output=True, check=True, cwd=ROOT, text=True)
        assert done.stdout == (REFERENCE / name).read_text()


@pytest.mark.parametrize("topic", [topic for topic, _, _ in iter_topics(SPECS)])
def test_page_has_every_key(topic: str) -> None:
    """Each key has a row."""
    assert f"\n| `{topic.rpartition('.')[2]}` |" in (REFERENCE / "configuration.md").read_text()


def test_examples_of_keys_load() -> None:
    """The example of each key is a value that the key takes."""
    heads = {
        "webhook": "[[webhooks]]\nname = 'x'\nurl = 'https://ci.example.org'\n",
        "daemon": "[daemon]\n",
        "keep": "[daemon.keep]\n",
        "control": "[control]\n",
        "artifacts": "[artifacts]\n",
        "telemetry": "[telemetry]\n",
        "executor": "[executors.x]\n",
        "local-executor": '[executors.local]\ntype = "local"\n',
        "slurm-executor": FARM,
        "resources": "[[workflows.x.steps]]\nrun = 'x'\nexecutor = 'farm'\n[workflows.x.steps.resources]\n",
        "workflow": f"{FARM}[workflows.x]\n",
        "param": "[workflows.x.params.p]\n",
        "file": "",
        "trigger": "[triggers.t]\n",
        "web": "[web]\n",
        "webhook-trigger": '[triggers.t]\ntype = "webhook"\nworkflow = "nightly"\n',
        "timer-trigger": '[triggers.t]\ntype = "timer"\nworkflow = "nightly"\n',
        "workflow-trigger": '[triggers.t]\ntype = "workflow"\nworkflow = "nightly"\n',
        "subscription": "[[subscriptions]]\n",
        "jsonl-subscription": "[[subscriptions]]\nname = 'x'\ntype = 'jsonl'\n",
        "command-subscription": "[[subscriptions]]\nname = 'x'\ntype = 'command'\n",
        "service": "[services.x]\n",
        "token": "[[web.tokens]]\n",
        "tls": "[web.tls]\n",
    }
    environment = {**ENVIRONMENT, "QAAGENT_API_KEY": "k3y", "OTLP_TOKEN": "t0ken"}
    for topic, table, slot in iter_topics(SPECS):
        kind = "" if table.name in {"step", "command"} else f'type = "{table.name}"\n'
        kind += 'event = "custom.x"\n' if topic == "emit.data" else ""
        kind += NEEDED.get((table.name, slot.name), NEEDED.get((table.name, ""), ""))
        needs = "".join(f"[[workflows.x.steps]]\nname = '{name}'\nrun = 'x'\n" for name in STEPS)
        run = "" if slot.name == "run" or kind else "run = 'x'\n"
        name = "" if slot.name == "name" else "name = 'last'\n"
        step = f"{needs}[[workflows.x.steps]]\n{name}{kind}{run}"
        head = heads.get(table.name, SERVICE + step)
        if table.name == "webhook":
            head = "\n".join(line for line in head.split("\n") if not line.startswith(f"{slot.name} ="))
        head = FARM + head if table.name == "resources" else head
        head += NEEDED.get((table.name, slot.name), "") if table.name.endswith("-executor") else ""
        url = "url = 'http://h'\n" if table.name == "service" and slot.name != "url" else ""
        text = f"{head}{url}{slot.name} = {slot.key.example}\n"
        text = text.replace('name = "unit"\n', 'name = "third"\n')
        if table.name == "token":
            text += "".join(f"{each} = {of.key.example}\n" for each, of in table.slots.items() if each != slot.name)
        if table.name == "webhook-trigger":
            text = _complete_webhook(text, slot.name)
        elif table.name.endswith("trigger"):
            text = _complete_trigger(text)
        elif table.name.endswith("subscription"):
            text = _complete_subscription(text)
        found = [each.code for each in check(text, environment)[1] if each.severity == "error"]
        assert found == _MISSING.get(topic, []), (topic, text)


def test_sections_are_one_registry() -> None:
    """Each section has one entry; those of later versions have no reader."""
    assert {name for name, section in SECTIONS.items() if section.read is None} == set(later.SECTIONS)
    assert load_text("").files == ("<stdin>",)


def _complete_webhook(text: str, given: str) -> str:
    """The webhook trigger `text` with what it must have: a sender that takes the key, and a secret."""
    needed = {"provider": "generic", "header": "X-Signature", "secret": "some words"}
    more = "".join(f'{name} = "{value}"\n' for name, value in needed.items() if name != given)
    text = text.replace("${GITHUB_HOOK_SECRET}", "some words")
    more = more.replace('header = "X-Signature"\n', "") if given == "provider" else more
    return f"{text}{more}[workflows.nightly]\n"


def _complete_trigger(text: str) -> str:
    """The trigger `text` with the keys that it must have, and the workflows that the examples name."""
    kind = "after" if 'type = "workflow"' in text else "cron"
    needed = {"type": "timer", "workflow": "nightly", kind: "ci" if kind == "after" else "0 2 * * *"}
    lines = [
        f'{name} = "{value}"\n' for name, value in needed.items() if not re.search(rf"^{name} = ", text, re.MULTILINE)
    ]
    workflows = "[workflows.ci]\n[workflows.nightly]\nparams = { target = 'x' }\n"
    return f"{text}{''.join(lines)}{workflows}"


def _complete_subscription(text: str) -> str:
    """The subscription `text` with the keys that it must have."""
    needed = {"name": "x", "type": "jsonl", **({"run": "cat"} if "'command'" in text else {})}
    return text + "".join(f"{name} = '{value}'\n" for name, value in needed.items() if f"\n{name} = " not in text)
