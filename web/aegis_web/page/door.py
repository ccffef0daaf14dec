"""The tenant of the app that serves the page: each view of `VIEWS`, and the static files.

A browser that has the page of this moment already is told so (304) before anything is looked up. The moment is the
newest event, the configuration, who is signed in, and ten seconds of the clock, for what is not an event.
"""

import gzip
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from attrs import evolve
from quart import Response, request
from quart_trio import QuartTrio

from aegis_web.answers import dress
from aegis_web.auth import Caller, require
from aegis_web.links import site_url
from aegis_web.page.actions import add_actions
from aegis_web.page.asking import base_path
from aegis_web.page.assets import index_names, load_assets
from aegis_web.page.data import DATA, is_for_programs
from aegis_web.page.render import make_templates, render
from aegis_web.page.view import Asked, Shown, View
from aegis_web.page.views import NAV, VIEWS
from aegis_web.problems import PROBLEM_TYPE, make_problem
from aegis_web.snapshots import current_snapshots
from aegisd import __version__
from aegisd.core.token import Scope
from aegisd.daemon import Daemon

_SLICE_S = 10
_WORTH_PACKING = 1024
_REFRESHES = range(5, 3601)
_PROGRAMS = ("/api/", "/hooks/", "/static/")
_KEPT = {"Allow", "Retry-After", "WWW-Authenticate"}


def add_page(app: QuartTrio, daemon: Daemon) -> None:
    """Add the page to `app`."""
    assets = load_assets()
    page = _Page(daemon, names=index_names(assets))

    @app.get("/static/<name>", endpoint="page_static")
    async def static_file(name: str) -> Response:
        asset = assets.get(name)
        if asset is None:
            return make_problem(404, "there is no such file")
        response = Response(asset.data, content_type=asset.kind)
        if _takes_gzip():
            response = Response(asset.packed, content_type=asset.kind, headers={"Content-Encoding": "gzip"})
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["Vary"] = "Accept-Encoding"
        return response

    add_actions(app, daemon)
    for view in VIEWS:
        app.add_url_rule(view.rule, f"page_{view.name}", page.answer(view), methods=["GET"])

    @app.get("/login", endpoint="page_login")
    async def sign_in() -> Response:
        values = {"next": request.args.get("next", "/")}
        return page.show("login.html", Shown(title="Sign in", follow="none", values=values))

    @app.after_request
    async def show_problem(response: Response) -> Response:
        if response.content_type != PROBLEM_TYPE or not _is_for_people():
            return response
        problem = json.loads(await response.get_data(as_text=False))
        shown = page.show_problem({**problem, "wait_s": response.headers.get("Retry-After")})
        shown.headers.update({name: value for name, value in response.headers if name in _KEPT})
        return shown


class _Page:
    def __init__(self, daemon: Daemon, *, names: dict[str, str]) -> None:
        self._daemon = daemon
        self._templates = make_templates(assets=names)
        self._build = hashlib.sha256("".join(names.values()).encode()).hexdigest()[:8]

    def answer(self, view: View) -> Callable[..., Awaitable[Response]]:
        """The function that answers for `view`."""

        async def answer(**parts: Any) -> Response:
            now, caller = time.time(), await require(Scope.READ)
            if view.name in DATA and is_for_programs():
                return await self._answer_program(view, parts, now, caller)
            tag = None if view.grows else self._tag(now, caller)
            if tag is not None and request.if_none_match.contains_weak(tag):
                return _finish(Response(b"", status=304), tag)
            asked = Asked(
                daemon=self._daemon, path=request.path, args=request.args, parts=parts, now=now, caller=caller
            )

            async def make() -> tuple[bytes, bool] | str:
                shown = await view.make(asked)
                if shown.location is not None:
                    return shown.location
                return _pack(self._render(view.template, shown, nav=view.nav, now=now, caller=caller))

            is_signed_in = caller is not None and caller.is_signed_in
            key = (tag, site_url(self._daemon), request.full_path, _takes_gzip(), is_signed_in)
            made = await current_snapshots().get(key, make)
            if isinstance(made, str):
                return _finish(Response(b"", status=303, headers={"Location": made}), None)
            return _finish(_respond(made), tag)

        return answer

    async def _answer_program(
        self, view: View, parts: Mapping[str, Any], now: float, caller: Caller | None
    ) -> Response:
        asked = Asked(daemon=self._daemon, path=request.path, args=request.args, parts=parts, now=now, caller=caller)
        response = await dress(await DATA[view.name](asked))
        response.headers["Vary"] = f"Accept, {response.headers['Vary']}"
        return response

    def show_problem(self, problem: Mapping[str, Any]) -> Response:
        """A problem for people: in words, with the way on, or with the form to sign in."""
        status = problem["status"]
        values = {name: problem.get(name) for name in ("detail", "hint", "code", "request_id", "wait_s")}
        template = "login.html" if status in {401, 429} else "error.html"
        path = request.full_path.rstrip("?") if request.method == "GET" else "/"
        shown = Shown(title=problem["title"], values={**values, "status": status, "next": path}, follow="none")
        return self.show(template, shown, status=status)

    def show(self, template: str, shown: Shown, *, status: int = 200) -> Response:
        """A page that is the same for everybody."""
        blank = {"detail": None, "hint": None, "code": None, "request_id": None, "wait_s": None, "status": status}
        html = self._render(template, evolve(shown, values={**blank, **shown.values}), nav="", now=time.time())
        return _finish(_respond(_pack(html), status), None)

    def _render(self, template: str, shown: Shown, *, nav: str, now: float, caller: Caller | None = None) -> str:
        frame = {
            "base": base_path(self._daemon),
            "build": self._build,
            "caller": caller,
            "cursor": self._daemon.cursor,
            "host": self._daemon.config.daemon.name,
            "may_run": caller is not None and caller.token.allows(Scope.RUN),
            "nav": nav,
            "navigation": NAV,
            "now": now,
            "shown": shown,
            "url": request.full_path.rstrip("?"),
            "version": __version__,
        }
        return render(self._templates, shown.template or template, {**frame, **shown.values})

    def _tag(self, now: float, caller: Caller | None) -> str:
        who = None if caller is None else (caller.token.name, caller.token.scopes)
        moment = (self._build, self._daemon.cursor, id(self._daemon.config), who, int(now // _SLICE_S))
        return hashlib.sha256(repr(moment).encode()).hexdigest()[:20]


def _is_for_people() -> bool:
    """Browsers that go somewhere ask for HTML; programs, and scripts of the page, do not."""
    return "text/html" in request.headers.get("Accept", "") and not request.path.startswith(_PROGRAMS)


def _takes_gzip() -> bool:
    return "gzip" in request.headers.get("Accept-Encoding", "")


def _pack(html: str) -> tuple[bytes, bool]:
    """What is sent, and whether it is compressed."""
    data = html.encode("utf-8", "replace")
    if len(data) > _WORTH_PACKING and _takes_gzip():
        return gzip.compress(data, 5, mtime=0), True
    return data, False


def _respond(packed: tuple[bytes, bool], status: int = 200) -> Response:
    data, is_packed = packed
    headers = {"Content-Encoding": "gzip"} if is_packed else {}
    return Response(data, status=status, content_type="text/html; charset=utf-8", headers=headers)


def _finish(response: Response, tag: str | None) -> Response:
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Accept, Accept-Encoding, Cookie"
    if tag is not None:
        response.set_etag(tag, weak=True)
    refresh = request.args.get("refresh", "")
    if refresh.isascii() and refresh.isdigit() and len(refresh) < 5 and int(refresh) in _REFRESHES:
        response.headers["Refresh"] = refresh
    return response
