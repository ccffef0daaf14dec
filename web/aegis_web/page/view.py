"""What a view is: a path, a template, and a function from a request to what the template shows."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from attrs import field, frozen

from aegis_web.auth import Caller
from aegisd.core.token import Scope
from aegisd.daemon import Daemon


@frozen(kw_only=True)
class Asked:
    """A request for a view. `args` are the first values of the query, `parts` those of the path; `now` is Unix time,
    `caller` has shown a token (None: nobody has)."""

    daemon: Daemon
    path: str
    args: Mapping[str, str]
    parts: Mapping[str, Any]
    now: float
    caller: Caller | None = None

    def may(self, scope: Scope) -> bool:
        """Whether the page offers what needs `scope`."""
        return self.caller is not None and self.caller.token.allows(scope)

    def text(self, name: str) -> str | None:
        """A value of the query, None when it is missing or empty."""
        return self.args.get(name, "").strip() or None

    def number(self, name: str, *, otherwise: int, most: int) -> int:
        """A positive number of the query, held to 1 ... `most`; anything else is `otherwise`."""
        given = self.args.get(name, "")
        return max(1, min(int(given), most)) if given.isascii() and given.isdigit() and len(given) < 10 else otherwise


@frozen(kw_only=True)
class Shown:
    """What a view shows. `state` is a key of the marks and becomes the favicon; `follow` says what makes the page look
    again: `all` events, those of `run:N`, or `none`; `terminal` are the commands that tell the same.
    With `location` the browser is sent there instead: the query and the line of the same view."""

    title: str
    values: Mapping[str, Any] = field(factory=dict)
    state: str = "idle"
    follow: str = "all"
    terminal: tuple[str, ...] = ()
    template: str | None = None
    status: int = 200
    location: str | None = None


@frozen(kw_only=True)
class View:
    """`rule` is a path as Quart writes them, `nav` the name of the entry of the navigation that it belongs to. `make`
    may raise CallError. What `grows` changes between events, too: no browser is told that it has it already."""

    name: str
    rule: str
    template: str
    make: Callable[[Asked], Awaitable[Shown]]
    nav: str = ""
    grows: bool = False
