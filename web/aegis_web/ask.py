"""An operation of the HTTP API: its declaration, and one request for it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from attrs import field, frozen

from aegis_web.auth import Caller
from aegis_web.params import Param
from aegisd.core.token import Scope
from aegisd.daemon import Daemon

TOKEN = ("Authorization",)
TOKEN_OR_KEY = ("Authorization", "X-API-Key")


@frozen(kw_only=True)
class Ask:
    """One request. `path` are the parts of the path by name (runs and other numbers as int), `query` the values of the
    operation's parameters, `body` the fields that were given. `caller` is None for anybody who may read."""

    daemon: Daemon
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    caller: Caller | None

    @property
    def by(self) -> str:
        """Who asks, as events call them."""
        return "somebody" if self.caller is None else self.caller.by


Handler = Callable[[Ask], Awaitable[Any]]


@frozen(kw_only=True)
class Operation:
    """What can be asked for: the one source of the route, the checks, the OpenAPI document and the reference page.

    `path` has its parts in braces. `answer` is what `handler` gives, in the language of the interface file: a type
    (`Run`, `[]Run`, `(run: int)`) or a method (`GetStatus()`) whose reply it is; or, with `media`, bytes of these
    types. `body` is a struct of it, None where no body is looked at. `also` are further statuses of success.
    A handler may give a Response instead. `is_shared`: what it gives is the same for all who ask for the same, and may
    be a moment old.
    """

    method: str
    path: str
    name: str
    summary: str
    handler: Handler
    answer: str = "()"
    status: int = 200
    also: tuple[int, ...] = ()
    media: tuple[str, ...] = ("application/json",)
    scope: Scope | None = Scope.READ
    credentials: tuple[str, ...] = TOKEN
    query: tuple[Param, ...] = ()
    body: str | None = None
    tag: str = "runs"
    errors: tuple[int, ...] = field(default=())
    is_shared: bool = False

    @property
    def changes(self) -> bool:
        """Whether it changes something."""
        return self.method != "GET"
