"""Reads a Varlink interface file (varlink.org/Interface-Definition) into types. Pure; used once, at import."""

import re
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

_TOKEN = re.compile(r"#[^\n]*|\s+|(?P<token>->|\[string\]|\[\]|[?():,]|[A-Za-z][A-Za-z0-9_.-]*)")


@frozen
class Scalar:
    """`bool`, `int`, `float`, `string` or `object`."""

    name: str


@frozen
class Nullable:
    """`?of`: null, or left out."""

    of: "Type"


@frozen
class Array:
    """`[]of`."""

    of: "Type"


@frozen
class Dictionary:
    """`[string]of`."""

    of: "Type"


@frozen
class Reference:
    """A type by its name."""

    name: str


@frozen
class Struct:
    """Named fields."""

    fields: Mapping[str, "Type"]


Type = Scalar | Nullable | Array | Dictionary | Reference | Struct

_SCALARS = {name: Scalar(name) for name in ("bool", "int", "float", "string", "object")}


@frozen
class Method:
    """What a method takes and what each reply holds."""

    parameters: Struct
    reply: Struct


@frozen(kw_only=True)
class Interface:
    """An interface file: `text` as it stands, and what it declares."""

    name: str
    text: str
    types: Mapping[str, Struct]
    methods: Mapping[str, Method]
    errors: Mapping[str, Struct]


def load_interface(path: Path) -> Interface:
    """The interface in the file at `path`. Raises ValueError when it is none."""
    return parse_interface(path.read_text(encoding="utf-8"))


def parse_interface(text: str) -> Interface:
    """The interface that `text` declares. Raises ValueError when it does not."""
    tokens = _Tokens(text)
    tokens.expect("interface")
    name = tokens.take()
    types: dict[str, Struct] = {}
    methods: dict[str, Method] = {}
    errors: dict[str, Struct] = {}
    while tokens.peek():
        kind, member = tokens.take(), tokens.take()
        if member in types or member in methods or member in errors:
            message = f'"{member}" is declared twice'
            raise ValueError(message)
        if kind == "type":
            types[member] = _read_struct(tokens)
        elif kind == "error":
            errors[member] = _read_struct(tokens)
        elif kind == "method":
            parameters = _read_struct(tokens)
            tokens.expect("->")
            methods[member] = Method(parameters, _read_struct(tokens))
        else:
            message = f'expected "type", "method" or "error", found "{kind}"'
            raise ValueError(message)
    return Interface(name=name, text=text, types=types, methods=methods, errors=errors)


class _Tokens:
    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        self._next = 0
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                message = f"line {text.count(chr(10), 0, position) + 1}: {text[position]!r} does not belong here"
                raise ValueError(message)
            if match["token"]:
                self._tokens.append(match["token"])
            position = match.end()

    def peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def take(self) -> str:
        token = self.peek()
        if not token:
            message = "the interface ends too early"
            raise ValueError(message)
        self._next += 1
        return token

    def accept(self, wanted: str) -> bool:
        if self.peek() != wanted:
            return False
        self._next += 1
        return True

    def expect(self, wanted: str) -> None:
        if not self.accept(wanted):
            message = f'expected "{wanted}", found "{self.peek()}"'
            raise ValueError(message)


def _read_struct(tokens: _Tokens) -> Struct:
    fields: dict[str, Type] = {}
    tokens.expect("(")
    while not tokens.accept(")"):
        name = tokens.take()
        tokens.expect(":")
        fields[name] = _read_type(tokens)
        if not tokens.accept(","):
            tokens.expect(")")
            break
    return Struct(fields)


def _read_type(tokens: _Tokens) -> Type:
    for prefix, kind in (("?", Nullable), ("[]", Array), ("[string]", Dictionary)):
        if tokens.accept(prefix):
            return kind(_read_type(tokens))
    if tokens.peek() == "(":
        return _read_struct(tokens)
    name = tokens.take()
    return _SCALARS.get(name) or Reference(name)
