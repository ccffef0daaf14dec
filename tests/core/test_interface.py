"""Reading interface files, and checking values against their types."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegisd.control.parameters import check_parameters
from aegisd.control.service import INTERFACES
from aegisd.core.interface import Array, Dictionary, Method, Nullable, Reference, Scalar, Struct, parse_interface
from aegisd.core.parameters import fits
from aegisd.wire.errors import INTERFACE, CallError

TEXT = """
# about it
interface org.example.a-b   # more
type Pair (left: int, right: ?Pair, )
type Empty ()
method Go(
  # a comment
  name: string, maybe: ?float,
  tags: []string, map: [string][]Pair, any: object, on: bool,
  inner: (deep: (x: int))
) -> (done: bool)
method Stop() -> ()
error Bad (why: string)
"""
EXAMPLE = parse_interface(TEXT)
GOOD: dict[str, Any] = {
    "name": "x",
    "tags": ["a"],
    "map": {"k": [{"left": 1, "right": {"left": 2, "right": None}}]},
    "any": {"a": [None]},
    "on": True,
    "inner": {"deep": {"x": 1}},
}


def test_everything_is_read() -> None:
    """Names, types of every kind, methods and errors; comments and commas at the end do not matter."""
    assert EXAMPLE.name == "org.example.a-b"
    assert EXAMPLE.text == TEXT
    assert EXAMPLE.types == {
        "Pair": Struct({"left": Scalar("int"), "right": Nullable(Reference("Pair"))}),
        "Empty": Struct({}),
    }
    assert EXAMPLE.methods["Stop"] == Method(Struct({}), Struct({}))
    assert EXAMPLE.methods["Go"].parameters.fields["map"] == Dictionary(Array(Reference("Pair")))
    assert EXAMPLE.errors == {"Bad": Struct({"why": Scalar("string")})}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "type A ()",
        "interface a.b type A",
        "interface a.b type A (x int)",
        "interface a.b type A (x: int",
        "interface a.b method A()",
        "interface a.b method A() -> (x: )",
        "interface a.b thing A ()",
        "interface a.b type A (x: int y: int)",
        "interface a.b type A (x: $)",
        "interface a.b\ntype Twice (x: int)\ntype Twice (y: int)",
    ],
)
def test_what_is_no_interface(text: str) -> None:
    """Anything else is a ValueError."""
    with pytest.raises(ValueError, match=r"expected|belong|too early|twice"):
        parse_interface(text)


@pytest.mark.parametrize("name", INTERFACES)
def test_our_own_files_hold_together(name: str) -> None:
    """Our files are read, and every type that they refer to is there."""

    def check(kind: object, types: object) -> None:
        match kind:
            case Reference():
                assert kind.name in INTERFACES[name].types
            case Nullable() | Array() | Dictionary():
                check(kind.of, types)
            case Struct():
                for field in kind.fields.values():
                    check(field, types)

    interface = INTERFACES[name]
    assert interface.name == name
    for method in interface.methods.values():
        check(method.parameters, interface.types)
        check(method.reply, interface.types)
    for struct in (*interface.types.values(), *interface.errors.values()):
        check(struct, interface.types)


def test_good_parameters_pass() -> None:
    """What fits is handed on; null is like left out."""
    method = EXAMPLE.methods["Go"]
    assert check_parameters(EXAMPLE, method, GOOD) == GOOD
    assert check_parameters(EXAMPLE, method, {**GOOD, "maybe": None}) == GOOD
    assert check_parameters(EXAMPLE, method, {**GOOD, "maybe": 1}) == {**GOOD, "maybe": 1}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", None),
        ("name", 1),
        ("name", "a\0b"),
        ("name", "\ud800"),
        ("maybe", "1"),
        ("maybe", True),
        ("maybe", math.inf),
        ("tags", "a"),
        ("tags", [1]),
        ("tags", [None]),
        ("tags", {}),
        ("map", {"k": [{"left": 1.0}]}),
        ("map", {"k": [{"left": True}]}),
        ("map", {"k": [{"left": 2**63}]}),
        ("map", {"k": [{"left": 1, "extra": 1}]}),
        ("map", {"k": [{}]}),
        ("map", {"\0": []}),
        ("any", []),
        ("any", "x"),
        ("on", 1),
        ("inner", {"deep": {}}),
        ("inner", {"deep": {"x": "1"}}),
        ("other", 1),
        ("", None),
    ],
    ids=repr,
)
def test_bad_parameters_are_named(name: str, value: object) -> None:
    """InvalidParameter carries the name of the parameter at fault."""
    with pytest.raises(CallError) as caught:
        check_parameters(EXAMPLE, EXAMPLE.methods["Go"], {**GOOD, name: value})
    assert caught.value.name == "org.varlink.service.InvalidParameter"
    assert caught.value.parameters["parameter"] == name


@pytest.mark.parametrize("name", GOOD)
def test_missing_parameters_are_named(name: str) -> None:
    """What is not nullable must be there."""
    with pytest.raises(CallError) as caught:
        check_parameters(EXAMPLE, EXAMPLE.methods["Go"], {key: value for key, value in GOOD.items() if key != name})
    assert caught.value.parameters["parameter"] == name


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(value=ANYTHING, method=st.sampled_from(sorted(INTERFACES[INTERFACE].methods)))
def test_any_value_is_judged(value: object, method: str) -> None:
    """No value makes the check raise, and a null where null is not allowed never passes."""
    interface = INTERFACES[INTERFACE]
    for kind in interface.methods[method].parameters.fields.values():
        assert fits(value, kind, interface.types) in {True, False}
        if value is None:
            assert fits(value, kind, interface.types) is isinstance(kind, Nullable)
