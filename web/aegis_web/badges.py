"""`/badge/NAME.svg` and `/badge/NAME.json`: how a workflow stands, as a picture for a README and as an endpoint of
shields.io (https://shields.io/badges/endpoint-badge).

A picture is always one, also for a workflow that there is not: a broken image says nothing. It may be shown on other
sites, where reading is open to everybody. Runs of pull requests never count; `?branch=` narrows it to a branch.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

from attrs import frozen
from quart import Response, request
from quart_trio import QuartTrio

from aegis_web.answers import dress
from aegis_web.auth import require
from aegis_web.params import Param, read_query
from aegisd.core.model import Result
from aegisd.core.token import Scope
from aegisd.daemon import Daemon
from aegisd.selector import no_such_workflow

_PARAMS = (
    Param(name="branch", doc="Only runs of this branch."),
    Param(name="label", doc="The words on the left; default: the name of the workflow."),
)
_MOST_LABEL = 60
_WORDS: Mapping[Result | None, tuple[str, str, str]] = {
    Result.SUCCESS: ("passed", "brightgreen", "#2a7d3b"),
    Result.FAILURE: ("failed", "red", "#b3151c"),
    Result.TIMEOUT: ("timed out", "orange", "#a65300"),
    Result.ERROR: ("error", "orange", "#a65300"),
}
_UNKNOWN = ("unknown", "lightgrey", "#5f6670")
_CACHE_S = 60

# Widths of a proportional sans serif of 11 px, in tenths of a pixel: close enough for what `textLength` then fits.
_NARROW, _USUAL, _WIDE = 38, 66, 96
_SMALL_LETTERS = frozenset("fijlrt.,:;|!'()[]I ")
_BIG_LETTERS = frozenset("mwMW@%")


@frozen(kw_only=True)
class Badge:
    """What a badge says."""

    label: str
    message: str
    color: str
    fill: str
    is_error: bool


def add_badges(app: QuartTrio, daemon: Daemon) -> None:
    """Add both paths to `app`."""

    @app.get("/badge/<name>.svg", endpoint="badge_svg")
    async def badge_svg(name: str) -> Response:
        badge = await _find(daemon, name)
        response = await dress(draw_badge(badge), content_type="image/svg+xml; charset=utf-8")
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return _never_keep(response)

    @app.get("/badge/<name>.json", endpoint="badge_json")
    async def badge_json(name: str) -> Response:
        if name not in daemon.config.workflows:
            await require(Scope.READ)
            raise no_such_workflow(name, list(daemon.config.workflows))
        return _never_keep(await dress(show_badge(await _find(daemon, name))))


async def _find(daemon: Daemon, name: str) -> Badge:
    await require(Scope.READ)
    query = read_query(_PARAMS, request.args)
    run = None
    if name in daemon.config.workflows:
        run = await daemon.desks.telemetry.standing.find(name, branch=query["branch"] or None)
    return make_badge(query["label"] or name, None if run is None else run.result)


def make_badge(label: str, result: Result | None) -> Badge:
    """The badge of a workflow whose last telling run ended so."""
    message, color, fill = _WORDS.get(result, _UNKNOWN)
    is_error = result not in {None, Result.SUCCESS}
    return Badge(label=label[:_MOST_LABEL], message=message, color=color, fill=fill, is_error=is_error)


def show_badge(badge: Badge) -> dict[str, Any]:
    """As shields.io reads it."""
    return {
        "schemaVersion": 1,
        "label": badge.label,
        "message": badge.message,
        "color": badge.color,
        "isError": badge.is_error,
        "cacheSeconds": _CACHE_S,
    }


def draw_badge(badge: Badge) -> bytes:
    """As SVG, without style sheets, scripts and anything from elsewhere."""
    left, right = measure_text(badge.label) + 12, measure_text(badge.message) + 12
    label, message = (escape(_printable(text)) for text in (badge.label, badge.message))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="{label}: {message}"><title>{label}: {message}</title>'
        f'<rect width="{left + right}" height="20" rx="3" fill="#3f464e"/>'
        f'<path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H{left}z" fill="{badge.fill}"/>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">'
        f'<text x="6" y="14" textLength="{left - 12}">{label}</text>'
        f'<text x="{left + 6}" y="14" textLength="{right - 12}">{message}</text></g></svg>\n'
    )
    return svg.encode("utf-8", "replace")


def measure_text(text: str) -> int:
    """About how many pixels `text` is wide."""
    widths = (
        _NARROW if sign in _SMALL_LETTERS else _WIDE if sign in _BIG_LETTERS or ord(sign) > 0x2E80 else _USUAL
        for sign in text
    )
    return max(1, round(sum(widths) / 10))


def _printable(text: str) -> str:
    """XML has no control characters."""
    return "".join(sign if sign.isprintable() else "�" for sign in text)


def _never_keep(response: Response) -> Response:
    """Proxies of images keep what they may."""
    response.headers["Cache-Control"] = "no-cache, max-age=0"
    return response
