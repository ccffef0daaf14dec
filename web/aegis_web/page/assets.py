"""Files that do not change while aegisd runs: style, scripts and icons. Read and compressed once, at the start.

Their names hold a digest of what is in them, so that browsers keep them for ever and a new version is never mixed with
an old one."""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from aegis_web.page.words import MARKS

_FOLDER = Path(__file__).parent / "static"
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="7" fill="{colour}"/>{inside}</svg>'
)
_COLOURS = {
    "success": "#146c2e",
    "failure": "#b3151c",
    "error": "#b3151c",
    "timeout": "#8a5300",
    "executing": "#0b57b8",
}
_STROKE = '<path d="{path}" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/>'
_PATHS = {
    "success": "M9 17l5 5 9-11",
    "failure": "M10 10l12 12M22 10l-12 12",
    "error": "M16 8v10M16 24v.1",
    "timeout": "M16 9v7l5 3",
    "executing": "M12 10l9 6-9 6z",
    "pending": "M16 16v.1",
    "cancellation": "M10 22l12-12",
    "skip": "M10 16h12",
    "idle": "M9 23l7-15 7 15M12 18h8",
}


@frozen(kw_only=True)
class Asset:
    """One file: its bytes as they are and compressed."""

    name: str
    kind: str
    data: bytes
    packed: bytes


def load_assets() -> dict[str, Asset]:
    """The files by the name that they are served under."""
    files = {path.name: path.read_bytes() for path in sorted(_FOLDER.iterdir()) if path.is_file()}
    files |= {f"icon-{kind}.svg": _draw_icon(kind) for kind in (*MARKS, "idle")}
    return {asset.name: asset for asset in (_make(name, data) for name, data in files.items())}


def index_names(assets: Mapping[str, Asset]) -> dict[str, str]:
    """From the plain name of each file to the one that it is served under."""
    return {f"{name.split('.')[0]}.{name.rsplit('.', 1)[1]}": name for name in assets}


def _make(name: str, data: bytes) -> Asset:
    stem, suffix = name.rsplit(".", 1)
    kind = "text/javascript" if suffix == "js" else mimetypes.guess_type(name)[0] or "application/octet-stream"
    digest = hashlib.sha256(data).hexdigest()[:12]
    return Asset(
        name=f"{stem}.{digest}.{suffix}",
        kind=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        data=data,
        packed=gzip.compress(data, 9, mtime=0),
    )


def _draw_icon(kind: str) -> bytes:
    inside = _STROKE.format(path=_PATHS.get(kind, _PATHS["executing" if kind == "finalizing" else "idle"]))
    colour = _COLOURS.get("executing" if kind == "finalizing" else kind, "#565e68")
    return _ICON.format(colour=colour, inside=inside).encode()
