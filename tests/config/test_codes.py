"""The table of codes, and what `explain` makes of it and of the keys."""

import re
from pathlib import Path

import pytest

from aegisctl.failure import KINDS
from aegisd.config.code import Code
from aegisd.config.codes import CODES
from aegisd.config.explain import explain, nearest
from aegisd.config.topics import iter_topics
from aegisd.steps import SPECS
from aegisd.wire.errors import ERRORS
from tests.config.check import check
from tests.source import ROOT

TOML = [code for code in CODES.values() if code.kind == "toml"]


@pytest.mark.parametrize("code", TOML, ids=lambda code: code.code)
def test_bad_example_is_bad(code: Code) -> None:
    """The bad example has this fault and no other."""
    assert {each.code for each in check(code.bad)[1]} == {code.code}


@pytest.mark.parametrize("code", TOML, ids=lambda code: code.code)
def test_good_example_is_good(code: Code) -> None:
    """Nothing is wrong with the good example."""
    config, problems = check(code.good)
    assert config is not None
    assert problems == ()


def test_all_codes_are_known() -> None:
    """Each code that the sources show has an entry, each entry of a configuration fault is shown somewhere."""
    sources = "".join(path.read_text() for path in Path(ROOT, "aegisd", "config").glob("[!c]*.py"))
    sources += "".join(path.read_text() for path in Path(ROOT, "web", "aegis_web").glob("*.py"))
    sources += "".join(path.read_text() for path in Path(ROOT, "aegisd").glob("hook_*.py"))
    sources += "".join(Path(ROOT, "aegisd", "config", name).read_text() for name in ("step.py", "changes.py"))
    used = set(re.findall(r'"(AEG\d{3})"', sources))
    calls = {code for code, _ in (*ERRORS.values(), *KINDS.values())}
    assert used | calls == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_codes_are_explained(code: str) -> None:
    """Each code has a text with a bad and a good example; upper and lower case are the same."""
    text = explain(code.lower(), step_types=SPECS)
    assert text
    assert text.startswith(f"{code}  ")
    assert "\nbad:\n" in text
    assert "\ngood:\n" in text
    assert all(len(line) <= 100 for line in text.splitlines())


@pytest.mark.parametrize("topic", [topic for topic, _, _ in iter_topics(SPECS)])
def test_keys_are_explained(topic: str) -> None:
    """Each key has its type, its default or that it must be given, and an example; also under its bare name."""
    text = explain(topic, step_types=SPECS)
    assert text
    assert text.startswith(f"{topic}   ")
    assert "default: " in text or "must be given" in text
    bare = explain(topic.partition(".")[2], step_types=SPECS)
    assert bare is not None


def test_key() -> None:
    """The whole text of one key."""
    assert explain("step.timeout", step_types=SPECS) == (
        "step.timeout   duration above 0, default: no limit but the workflow's\n\n"
        "  Ends one attempt; retries still follow. The workflow's own `timeout` ends\n  everything.\n\n"
        '  [[workflows.NAME.steps]]\n  timeout = "10m"'
    )


@pytest.mark.parametrize(
    ("topic", "start"),
    [
        ("daemon", "[daemon]   "),
        ("[daemon]", "[daemon]   "),
        ("workflow.on_busy", "workflow.on_busy   one of "),
        ("workflows.ci.on_busy", "workflow.on_busy   one of "),
        ("steps.retries", "step.retries   whole number, 0 to 1,000"),
        ("step.run", "command.run   string, or list of strings, must be given"),
        ("daemon.keep.days", "keep.days   "),
        ("wait", '[[workflows.NAME.steps]] with type = "wait"'),
        ("timeout", "webhook.timeout   "),
        ("include", "file.include   "),
        ("executors", "[executors.NAME]   "),
        ("executor.spool", "slurm-executor.spool   path"),
        ("webhooks", "[[webhooks]]   "),
        ("step.executor", "step.executor   name"),
        ("cli", "cli   a section of a later version"),
    ],
)
def test_ways_to_ask(topic: str, start: str) -> None:
    """People may write a topic as they see it in a file."""
    text = explain(topic, step_types=SPECS)
    assert text
    assert text.startswith(start)


def test_settings_that_need_a_restart_say_so() -> None:
    """A key that a reload cannot change has a line about it."""
    assert "next start of aegisd" in (explain("control.socket", step_types=SPECS) or "")


@pytest.mark.parametrize(
    ("topic", "near"),
    [("AEG12", "AEG012"), ("XYZ7777", None), ("step.timout", "step.timeout"), ("demon", "daemon"), ("q" * 1000, None)],
)
def test_unknown_topics(topic: str, near: str | None) -> None:
    """An unknown topic has no text, but perhaps a neighbour."""
    assert explain(topic, step_types=SPECS) is None
    assert nearest(topic, step_types=SPECS) == near
