"""`${NAME}` in definitions: kept as it was written, put in again to execute."""

from collections.abc import Mapping
from typing import Any

import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from aegisd.core.codec import decode_workflow, encode_workflow
from aegisd.core.model import OnBusy, Step, Workflow
from aegisd.core.variables import Written, add_references, fill, has_variable, hide_variables, put_variables

_FIND = {"A": "alpha", "B": "${A}"}.__getitem__


@frozen(kw_only=True)
class _Spec:
    words: tuple[str, ...] = ()
    env: Mapping[str, str] = field(factory=dict)
    body: Any = None


@frozen(kw_only=True)
class _Strict:
    url: str

    def __attrs_post_init__(self) -> None:
        if "$" in self.url:
            raise ValueError


def test_texts() -> None:
    """What comes in is not looked at again; `$${` is the text itself, and no variable."""
    assert fill("$${A}-${A}${B}$A", _FIND) == "${A}-alpha${A}$A"
    assert [has_variable(text) for text in ("${A}", "$${A}", "$${A}${A}", "$A", "")] == [
        True,
        False,
        True,
        False,
        False,
    ]


def _make(spec: Any, **more: Any) -> Workflow:
    return Workflow(name="w", steps=(Step(name="s", type="say", spec=spec),), **more)


def test_what_becomes_a_reference() -> None:
    """Texts that are in the workflow as they came to be, at any depth; nothing else."""
    spec = _Spec(words=("a", "alpha"), env={"X": "alpha"}, body={"a/b~": [1, "alpha"]})
    ways = (
        ("env", "TOKEN"),
        ("env", "OTHER"),
        ("env", "MISSING"),
        ("steps", "0", "spec", "words", "1"),
        ("steps", "0", "spec", "words", "7"),
        ("steps", "0", "spec", "words", "x"),
        ("steps", "0", "spec", "env", "X"),
        ("steps", "0", "spec", "body", "a/b~", "1"),
        ("steps", "0", "spec", "body", "a/b~", "0"),
        ("steps", "0", "spec", "none"),
        ("on_busy",),
    )
    workflow = _make(spec, env={"TOKEN": "alpha", "OTHER": "changed"})
    texts = [Written(way=way, text="${A}", value="alpha") for way in ways[:-1]]
    texts.append(Written(way=ways[-1], text="${A}", value=OnBusy.QUEUE.value))
    kept = add_references(workflow, texts)
    assert set(kept.references) == {
        "/env/TOKEN",
        "/steps/0/spec/words/1",
        "/steps/0/spec/env/X",
        "/steps/0/spec/body/a~1b~0/1",
    }
    hidden = hide_variables(kept)
    assert dict(hidden.env) == {"TOKEN": "${A}", "OTHER": "changed"}
    assert hidden.steps[0].spec == _Spec(words=("a", "${A}"), env={"X": "${A}"}, body={"a/b~": [1, "${A}"]})
    assert put_variables(hidden, _FIND) == kept


def test_a_class_that_looks_closely() -> None:
    """A class that takes no `${` keeps its value; the workflow's other texts are references nevertheless."""
    workflow = _make(_Strict(url="alpha"), env={"TOKEN": "alpha"})
    ways = (("steps", "0", "spec", "url"), ("env", "TOKEN"))
    kept = add_references(workflow, [Written(way=way, text="${A}", value="alpha") for way in ways])
    assert dict(kept.references) == {"/env/TOKEN": "${A}"}


def test_a_way_that_leads_nowhere() -> None:
    """A reference of another version's step is an error that says so, for whoever wants to execute it."""
    with pytest.raises(LookupError):
        put_variables(_make(_Spec(), references={"/steps/0/spec/gone": "${A}"}), _FIND)


@given(st.dictionaries(st.text(max_size=4), st.sampled_from(["${A}", "x${B}$${A}", "plain", "$${A}"]), max_size=6))
def test_there_and_back(env: dict[str, str]) -> None:
    """What is stored holds no value of a variable, and gives the same workflow again, whatever the names are."""
    values = {name: fill(text, {"A": "s3cret", "B": "s3cret"}.__getitem__) for name, text in env.items()}
    texts = [Written(way=("env", name), text=env[name], value=values[name]) for name in env if has_variable(env[name])]
    workflow = add_references(_make(_Spec(), env=values), texts)
    body = encode_workflow(workflow)
    assert b"s3cret" not in body
    stored = decode_workflow(body, step_types={"say": _Spec})
    assert encode_workflow(stored) == body
    assert put_variables(stored, {"A": "s3cret", "B": "s3cret"}.__getitem__) == workflow
