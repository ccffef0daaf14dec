"""Parameters in URLs: declared once, read from requests by that, and told by the OpenAPI document and the reference.

What is unknown, doubled or out of bounds is refused by name. A token in a URL is thus refused, too.
"""

import time
from collections.abc import Sequence
from typing import Any

from attrs import frozen
from werkzeug.datastructures import MultiDict

from aegis_web.auth import RefusedError
from aegisd.moments import parse_moment

LONGEST = 512
_MOST_VALUES = 50


@frozen(kw_only=True)
class Param:
    """A parameter `name`. `kind` is text, count, seconds, flag or moment; `choices` bound a text, `minimum` and
    `maximum` numbers. With `is_list` it may be there several times, and its values are alternatives."""

    name: str
    doc: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    minimum: int = 0
    maximum: int = 2**53
    default: Any = None
    is_list: bool = False

    def read(self, text: str) -> Any:
        """The value of `text`. Raises RefusedError and CallError."""
        if len(text) > LONGEST or "\0" in text:
            raise self.refuse(f"it has more than {LONGEST} characters, or NUL")
        if self.kind == "moment":
            return parse_moment(text, name=self.name, now=time.time())
        if self.kind == "flag":
            return self._pick({"true": True, "1": True, "false": False, "0": False}, text)
        if self.kind == "text":
            return self._pick({each: each for each in self.choices}, text) if self.choices else text
        return self._read_number(text)

    def refuse(self, why: str) -> RefusedError:
        """The refusal of a value."""
        return RefusedError(400, f"the parameter {self.name}: {why}", code="AEG315")

    def _pick(self, choices: dict[str, Any], text: str) -> Any:
        if text not in choices:
            raise self.refuse(f"one of {', '.join(choices)}")
        return choices[text]

    def _read_number(self, text: str) -> float:
        bounds = f"a number from {self.minimum} to {self.maximum}"
        try:
            number = int(text) if self.kind == "count" and text.isascii() and len(text) < 20 else float(text)
        except ValueError:
            raise self.refuse(bounds) from None
        if not self.minimum <= number <= self.maximum or (self.kind == "count" and not isinstance(number, int)):
            raise self.refuse(bounds)
        return number


def read_query(params: Sequence[Param], given: MultiDict[str, str]) -> dict[str, Any]:
    """The values of `params` by name; tuples for lists. Raises RefusedError and CallError."""
    known = {param.name: param for param in params}
    for name in given:
        if name not in known:
            hint = f"its parameters: {', '.join(known)}" if known else "it takes none"
            raise RefusedError(400, f"unknown parameter {name[:80]!r}", code="AEG315", hint=hint)
    return {param.name: _read(param, given.getlist(param.name)) for param in params}


def _read(param: Param, texts: list[str]) -> Any:
    if param.is_list:
        if len(texts) > _MOST_VALUES:
            raise param.refuse(f"at most {_MOST_VALUES} values")
        return tuple(param.read(text) for text in texts)
    if len(texts) > 1:
        raise param.refuse("it is there twice")
    return param.read(texts[0]) if texts else param.default
