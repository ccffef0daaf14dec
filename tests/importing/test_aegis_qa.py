"""A configuration of aegis_qa as one of aegis: what is carried over, what is said, and that the result validates."""

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegisd.config.loader import check_files
from aegisd.importing.aegis_qa import adopt_config
from aegisd.importing.unreadable import UnreadableError
from aegisd.importing.yaml_file import read_yaml
from aegisd.steps import SPECS

EXAMPLE = Path(__file__).with_name("example.yaml").read_bytes()
_SET = {"IMPORT_TEST_KEY": "k", "IMPORT_TEST_SECRET": "s" * 32}


def _import(text: str | bytes) -> tuple[dict[str, Any], list[str]]:
    """The configuration, and what is said of it. It has no error that a variable does not explain."""
    data = text.encode() if isinstance(text, str) else text
    draft = adopt_config(read_yaml(data), source="x.yaml")
    rendered = draft.render()
    _, problems, _ = check_files(
        ["-"], step_types=SPECS, environment={**os.environ, **_SET}, stdin_text=rendered.encode()
    )
    assert [(p.code, p.message) for p in problems if p.severity == "error"] == []
    return tomllib.loads(rendered), [change for _, change in draft.list_changes()]


def test_the_example() -> None:
    """Services, steps with their conditions, retries and limits, webhooks and limits of the daemon are carried over."""
    config, _ = _import(EXAMPLE)
    assert config["daemon"] == {"keep": {"runs": 500}, "event_log_size": 200}
    assert config["services"]["qaagent"] == {
        "url": "http://localhost:8001",
        "description": "Finds routes, tests them",
        "repo_url": "https://git.example.org/qaagent",
        "features": ["route discovery", "test generation"],
        "api_key": "${IMPORT_TEST_KEY}",
    }
    assert config["services"]["bugalizer"]["health"] == "/healthz"
    steps = config["workflows"]["full_pipeline"]["steps"]
    assert [(step["name"], step["condition"], step.get("service")) for step in steps] == [
        ("discover", "always", "qaagent"),
        ("test", "always", "qaagent"),
        ("test-2", "always", "agent-2"),
        ("submit_bugs", "has_failures", "bugalizer"),
        ("verify", "on_success", "qaagent"),
        ("report", "always", None),
    ]
    assert steps[1] | {"parallel": True, "retries": 2, "retry_delay": 2.0, "timeout": 60} == steps[1]
    assert [step.get("timeout") for step in steps] == [30.0, 60, 30.0, 30.0, 30.0, None]
    assert [(hook["name"], hook["events"], hook.get("secret")) for hook in config["webhooks"]] == [
        ("hooks.example.org", ["*"], "${IMPORT_TEST_SECRET}"),
        ("localhost", ["workflow.completed"], None),
    ]


def test_what_changes_is_said() -> None:
    """W1.3, W1.19: what means something else here is a comment where it stood; the API key does not become a text."""
    draft = adopt_config(read_yaml(EXAMPLE), source=".aegis.yaml")
    text = draft.render()
    for words in (
        "# Imported from .aegis.yaml",
        "# The API key was left out. Make a token: aegisctl token new",
        "# failing tests now fail the step",
        "# url: aegis has no defaults for variables; ${QA_URL:-...} became its default",
        "# it was called 'agent 2', which is no name here",
        "# signatures are those of Standard Webhooks",
        "# tests that failed; there a step that failed in any way counted, too",
    ):
        assert words in text
    assert "IMPORT_TEST_API_KEY" not in text
    assert any(place == "workflows.full_pipeline, step test" for place, _ in draft.list_changes())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("workflows: {w: {name: W, steps: [{type: fly, service: x}]}}", "the type 'fly' is not one of aegis"),
        ("workflows: {w: {name: W, steps: [{type: test, service: x}]}}", "there is no service 'x'"),
        ("workflows: {w: {name: W, steps: [7]}}", "step 1 is no mapping"),
        ("services: {a: {name: A}}", "the service 'a' has no address"),
        ("services: {a: {url: 'http://a:8000', name: a, healt: /x}}", "unknown key 'healt': it was ignored there, too"),
        ("event_log_size: -1", "event_log_size is no number from 1 to 1e+06 (-1)"),
        ("history_max_records: [1]", "history_max_records is no number"),
        ("workflows: {w: {steps: [{type: report, service: '', condition: on_failur}]}}", "there the step ran always"),
        ("workflows: {w: {steps: [{type: report, service: '', retries: -1}]}}", "retries is no number from 0 to 1000"),
        ("webhooks: [{url: 'ftp://x'}]", "the address 'ftp://x' is none that can be sent to"),
        ("webhooks: [{url: 'https://h.example', events: [step.done]}]", "there is no event 'step.done'"),
        ("webhooks: [{url: 'https://h.example', secret: hunter2}]", "its secret was shorter than 24 characters"),
        ("webhooks: ['https://h.example']", "webhook 1 is no mapping"),
        ("services: []", "the file.services is no mapping"),
        ('services: {a: {url: "http://a:1${x y}"}}', "${x y} is no variable"),
    ],
)
def test_what_cannot_be_taken_over(text: str, words: str) -> None:
    """W1.12, W1.14, W1.18: what was wrong there is named instead of passed over, and what is left validates."""
    if "${x y}" in text:
        draft = adopt_config(read_yaml(text.encode()), source="x.yaml")
        changes = [change for _, change in draft.list_changes()]
    else:
        _, changes = _import(text)
    assert any(words in change for change in changes), changes
    assert not any("hunter2" in change for change in changes)


def test_names_stay_apart() -> None:
    """Two names that would become one are kept apart, and their steps go to the right one."""
    config, _ = _import(
        "services: {'a b': {url: 'http://a:8000'}, a-b: {url: 'http://b:8000'}, '!!': {url: 'http://c:8000'}}\n"
        "workflows: {w: {steps: [{type: test, service: a-b}, {type: test, service: '!!'}]}}"
    )
    assert list(config["services"]) == ["a-b", "a-b-2", "service"]
    assert [step["service"] for step in config["workflows"]["w"]["steps"]] == ["a-b-2", "service"]


def test_texts_cannot_leave_their_place() -> None:
    """Line breaks, quotes and brackets in keys, texts and comments become no lines of the configuration."""
    evil = "x\n[daemon]\nruns = 9\x1b[31m\"'''"
    config, _ = _import(
        b"aegis: {name: %(evil)s}\nservices: {%(evil)s: {url: 'http://a:8000', description: %(evil)s, %(evil)s: 1}}\n"
        b"workflows: {%(evil)s: {name: %(evil)s, steps: [{type: %(evil)s, service: %(evil)s}]}}"
        % {b"evil": __import__("json").dumps(evil).encode()}
    )
    assert "daemon" not in config
    assert list(config["services"]) == ["x-daemon-runs-9-31m"]


@pytest.mark.parametrize("text", ["", "[]", "7", "other: 1", "a: b"])
def test_other_files_are_refused(text: str) -> None:
    """W1.24: a file that is none of aegis_qa, or no mapping, is refused in words."""
    with pytest.raises(UnreadableError, match="no configuration of aegis_qa"):
        adopt_config(read_yaml(text.encode()), source="x.yaml")


_KEYS = st.sampled_from(
    [
        "aegis",
        "llm",
        "services",
        "workflows",
        "auth",
        "webhooks",
        "name",
        "url",
        "steps",
        "type",
        "service",
        "condition",
        "parallel",
        "retries",
        "retry_delay",
        "timeout",
        "events",
        "secret",
        "api_key",
        "api_key_env",
        "features",
        "description",
        "health_endpoint",
        "event_log_size",
        "history_max_records",
        "history_db_path",
        "test",
        "report",
        "has_failures",
    ]
)
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | _KEYS | st.text(max_size=30) | st.dates()
_ANYTHING = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS | st.text(max_size=9), inner, max_size=5)
)
_STEPS = st.dictionaries(_KEYS, _LEAVES, max_size=6) | _ANYTHING
_FILES = st.fixed_dictionaries(
    {"aegis": _ANYTHING},
    optional={
        "services": st.dictionaries(st.text(max_size=9), st.dictionaries(_KEYS, _LEAVES) | _ANYTHING, max_size=3),
        "workflows": st.dictionaries(
            st.text(max_size=9), st.fixed_dictionaries({"steps": st.lists(_STEPS, max_size=4)}) | _ANYTHING, max_size=3
        ),
        "webhooks": st.lists(st.dictionaries(_KEYS, _LEAVES) | _ANYTHING, max_size=3) | _ANYTHING,
        "auth": _ANYTHING,
        "event_log_size": _LEAVES,
        "history_max_records": _LEAVES,
    },
)


@settings(max_examples=150)
@given(_FILES)
def test_whatever_it_says(values: dict[str, Any]) -> None:
    """No values make the import raise, or write what is no TOML; what was read is read again."""
    draft = adopt_config(values, source="x.yaml")
    config = tomllib.loads(draft.render())
    assert set(config.get("services", {})) == set(draft.services)
    assert set(config.get("workflows", {})) == set(draft.workflows)
    assert len(config.get("webhooks", [])) == len(draft.webhooks)


def test_half_a_character() -> None:
    """Half of a pair of surrogates, which YAML can spell, is no text: it does not get into the file."""
    config, _ = _import(r'services: {a: {url: "http://a:8000", description: "x\ud800y"}}')
    assert config["services"]["a"]["description"] == "x?y"
